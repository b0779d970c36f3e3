"""Saved views: filtered pages with a name, private or shared with colleagues."""

from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from estates_portal.accounts.models import Role, User
from estates_portal.accounts.rules import REVIEW_REPORTS, require
from projects.models import ReportingPeriod, SavedView
from projects.models.saved_view import Audience
from projects.reporting.waiting import waiting_for
from sites.models import Organisation

MAX_VIEWS = 100  # for each user
PRIVATE = "private"
SAVEABLE_PAGES = {
    "home": "Portfolio",
    "projects:project_list": "Projects",
    "projects:hub_list": "Hubs",
    "projects:hospital_scheme_list": "Hospital schemes",
    "projects:timeline": "Timeline",
    "projects:what_changed": "What changed",
    "projects:as_at": "Past position",
    "projects:risk_list": "Risks and issues",
    "projects:register_table": "Registers",
    "projects:my_work": "My work",
}


def saveable_page(address):
    """(title of the page, path, query) of an address that can be saved, or None."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or len(parts.query) > 1000 or "\0" in address:
        return None
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    return (SAVEABLE_PAGES[name], parts.path, parts.query) if name in SAVEABLE_PAGES else None


class ViewForm(forms.ModelForm):
    audience = forms.ChoiceField(
        label="Share with",
        required=False,
        initial=PRIVATE,
        widget=forms.RadioSelect,
        help_text="They see your name next to the view",
        error_messages={"invalid_choice": "Select who to share with from the list"},
    )
    field_order = ["name", "audience", "is_start"]

    class Meta:
        model = SavedView
        fields = ["name", "is_start"]
        labels = {"name": "Name", "is_start": "Open this view when I sign in"}
        error_messages = {"name": {"required": "Enter a name"}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        number = len(self.instance.owner.organisation_ids)
        own = [(Audience.ORGANISATION.value, "My organisations" if number > 1 else "My organisation")] if number else []
        others = [(audience.value, audience.label) for audience in (Audience.OFFICE, Audience.EVERYONE)]
        self.fields["audience"].choices = [(PRIVATE, "No one"), *own, *others]

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if SavedView.objects.filter(owner=self.instance.owner, name=name).exists():
            raise forms.ValidationError("You already have a view with this name")
        return name

    def clean(self):
        cleaned_data = super().clean()
        audience = cleaned_data.get("audience") or PRIVATE
        if audience != PRIVATE:
            self.instance.shared, self.instance.audience = True, audience
        return cleaned_data


def visible_views(person):
    """The user's own views, and those that active users share with them.

    Views for an organisation are shared by users of the same organisations or those they have succeeded.
    """
    lineage = Organisation.objects.lineage(person.organisation_ids, timezone.localdate())
    colleagues = User.objects.working_for(lineage.values("pk")).filter(is_active=True)
    shared = Q(audience=Audience.ORGANISATION, owner__in=colleagues.values("pk")) | Q(audience=Audience.EVERYONE)
    if person.has_perm(REVIEW_REPORTS):
        shared |= Q(audience=Audience.OFFICE)
    visible = Q(owner=person) | (Q(shared=True, owner__is_active=True) & shared)
    return SavedView.objects.filter(visible).select_related("owner")


@require_safe
def saved_view_list(request):
    saved_views = list(visible_views(request.user))
    context = {
        "pinned": next((view for view in saved_views if view.pinned), None),
        "mine": [view for view in saved_views if view.owner_id == request.user.pk],
        "others": [view for view in saved_views if view.owner_id != request.user.pk],
        "can_pin": request.user.has_perm(REVIEW_REPORTS),
    }
    return render(request, "projects/portfolio/saved_view_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_add(request):
    """Save the page in `?page=` under a name."""
    address = request.POST.get("page") or request.GET.get("page", "")
    page = saveable_page(address)
    if page is None:
        messages.info(request, "You cannot save this page as a view")
        return redirect("projects:saved_view_list")
    title, path, query = page
    form = ViewForm(request.POST or None, instance=SavedView(owner=request.user, path=path, query=query))
    if request.method == "POST" and form.is_valid():
        if SavedView.objects.filter(owner=request.user).count() >= MAX_VIEWS:
            form.add_error(None, f"You can save up to {MAX_VIEWS} views. Delete one first")
        else:
            _save(form)
            messages.success(request, f"{form.instance.name} saved")
            return redirect("projects:saved_view_list")
    return render(
        request, "projects/portfolio/saved_view_add.html", {"form": form, "page_title": title, "address": address}
    )


@transaction.atomic
def _save(form):
    if form.instance.is_start:
        SavedView.objects.filter(owner=form.instance.owner).update(is_start=False)
    form.save()


@require_POST
def saved_view_change(request, pk):
    """Delete one of the user's views, set or unset it as the start page, or pin or unpin one for everyone."""
    action = request.POST.get("action")
    if action in {"pin", "unpin"}:
        return _pin(request, pk, is_pinned=action == "pin")
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    if action == "remove":
        view.delete()
        messages.success(request, f"{view.name} deleted")
    elif action in {"start", "no_start"}:
        with transaction.atomic():
            SavedView.objects.filter(owner=request.user).update(is_start=False)
            if action == "start":
                SavedView.objects.filter(pk=view.pk).update(is_start=True)
    return redirect("projects:saved_view_list")


@transaction.atomic
def _pin(request, pk, *, is_pinned):
    """Pin the view instead of another, or unpin it."""
    view = get_object_or_404(visible_views(request.user), pk=pk)
    require(request.user, REVIEW_REPORTS, view)
    if is_pinned and not view.can_be_pinned:
        messages.warning(request, f"{view} not pinned: only views shared with everyone can be pinned")
        return redirect("projects:saved_view_list")
    if is_pinned:
        SavedView.objects.filter(pinned=True).update(pinned=False)
    SavedView.objects.filter(pk=view.pk).update(pinned=is_pinned)
    messages.success(request, f"{view} {'pinned for everyone' if is_pinned else 'no longer pinned'}")
    return redirect("projects:saved_view_list")


@require_safe
def start(request):
    """Redirect after sign-in: to the user's start view, or where their work of the day is."""
    view = SavedView.objects.filter(owner=request.user, is_start=True).first()
    if view is not None and saveable_page(view.get_absolute_url()) is not None:
        return redirect(view.get_absolute_url())
    if request.user.role == Role.CONTRIBUTOR:
        return redirect("projects:my_work")
    if request.user.has_perm(REVIEW_REPORTS) and _something_waits(request):
        return redirect("projects:reporting")
    return redirect("home")


def _something_waits(request):
    """Whether a period is open and something waits for a decision."""
    is_open = ReportingPeriod.objects.open_on(timezone.localdate()).exists()
    return is_open and bool(waiting_for(request).total)
