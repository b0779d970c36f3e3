"""Filtered pages that people keep: one's own, and those that colleagues share."""

from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.models import SavedView

MOST = 100  # of one person
KEEPABLE = {
    "home": "Portfolio",
    "projects:project_list": "Projects",
    "projects:hub_list": "Hubs",
    "projects:hospital_scheme_list": "Hospital schemes",
    "projects:timeline": "Timeline",
    "projects:what_changed": "What changed",
    "projects:as_at": "As at a period",
    "projects:risk_list": "Risks and issues",
    "projects:my_work": "My work",
}


def page_of(address):
    """(name of the page, path, query) of an address that can be kept, or None."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or len(parts.query) > 1000 or "\0" in address:
        return None
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    return (KEEPABLE[name], parts.path, parts.query) if name in KEEPABLE else None


class ViewForm(forms.ModelForm):
    class Meta:
        model = SavedView
        fields = ["name", "shared", "is_start"]
        labels = {
            "name": "Name",
            "shared": "Share it with my organisation",
            "is_start": "Begin with it when I sign in",
        }
        error_messages = {"name": {"required": "Enter a name"}}

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if SavedView.objects.filter(owner=self.instance.owner, name=name).exists():
            raise forms.ValidationError("You already have a view with this name")
        return name


def visible_views(person):
    """Views of the person, and those shared by colleagues of the same organisation."""
    theirs = Q(owner=person)
    if person.organisation_id:
        theirs |= Q(shared=True, owner__organisation=person.organisation_id, owner__is_active=True)
    return SavedView.objects.filter(theirs).select_related("owner")


@require_safe
def view_list(request):
    found = list(visible_views(request.user))
    context = {
        "mine": [one for one in found if one.owner_id == request.user.pk],
        "others": [one for one in found if one.owner_id != request.user.pk],
    }
    return render(request, "projects/portfolio/view_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def view_add(request):
    """Keep the page in `?page=` under a name."""
    address = request.POST.get("page") or request.GET.get("page", "")
    page = page_of(address)
    if page is None:
        messages.info(request, "That page cannot be kept")
        return redirect("projects:view_list")
    words, path, query = page
    form = ViewForm(request.POST or None, instance=SavedView(owner=request.user, path=path, query=query))
    if not request.user.organisation_id:
        del form.fields["shared"]
    if request.method == "POST" and form.is_valid():
        if SavedView.objects.filter(owner=request.user).count() >= MOST:
            form.add_error(None, f"{MOST} views are the most: take one away first")
        else:
            _keep(form)
            messages.success(request, f"{form.instance.name} was saved")
            return redirect("projects:view_list")
    return render(request, "projects/portfolio/view_add.html", {"form": form, "words": words, "address": address})


@transaction.atomic
def _keep(form):
    if form.instance.is_start:
        SavedView.objects.filter(owner=form.instance.owner).update(is_start=False)
    form.save()


@require_POST
def view_change(request, pk):
    """Take one's view away, or make it the start, or no longer so."""
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    action = request.POST.get("action")
    if action == "remove":
        view.delete()
        messages.success(request, f"{view.name} was taken away")
    elif action in {"start", "no_start"}:
        with transaction.atomic():
            SavedView.objects.filter(owner=request.user).update(is_start=False)
            if action == "start":
                SavedView.objects.filter(pk=view.pk).update(is_start=True)
    return redirect("projects:view_list")


@require_safe
def start(request):
    """Where signing in leads: one's start view, or the front page."""
    view = SavedView.objects.filter(owner=request.user, is_start=True).first()
    if view is None or page_of(view.get_absolute_url()) is None:
        return redirect("home")
    return redirect(view.get_absolute_url())
