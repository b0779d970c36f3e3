"""Hand over an organisation's records, in two steps: select, then confirm. Undo it from its page."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from estates_portal.accounts.rules import HAND_OVER, MERGE_ORGANISATIONS, require
from estates_portal.addresses import get_by_slug
from projects.labels import plural
from projects.models import HandOver
from sites.models import Organisation

from . import merging, services
from .forms import HandOverForm, MergeForm


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request, slug):
    require(request.user, HAND_OVER)
    former = get_by_slug(Organisation.objects.not_merged().select_related("successor"), slug)
    form = HandOverForm(request.POST or None, former=former, by=request.user, today=timezone.localdate())
    context = {"organisation": former, "form": form, "acts": former.hand_overs.select_related("former", "successor")}
    if request.method == "POST" and form.is_valid():
        if "confirm" not in request.POST:
            context |= {"successor": form.cleaned_data["successor"], "counts": services.counts_of(form.chosen)}
            return render(request, "projects/handover/hand_over_confirm.html", context)
        try:
            act = services.hand_over(
                former,
                form.cleaned_data["successor"],
                on=form.cleaned_data["on"],
                chosen=form.chosen,
                keep_as_partner=form.cleaned_data.get("keep_as_partner", False),
                request=request,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{former.label} handed over to {act.successor.label}")
            return redirect(act)
    return render(request, "projects/handover/hand_over.html", context)


@require_safe
def hand_over_detail(request, pk):
    require(request.user, HAND_OVER)
    acts = HandOver.objects.select_related("former", "successor", "by", "undone_by")
    act = get_object_or_404(acts, pk=pk)
    context = {"act": act, "groups": services.rows_of(act), "counts": services.counts_of(act.moved)}
    return render(request, "projects/handover/hand_over_detail.html", context)


@require_POST
def hand_over_undo(request, pk):
    require(request.user, HAND_OVER)
    act = get_object_or_404(HandOver, pk=pk)
    try:
        left = services.undo(act, request=request)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "Hand-over undone")
        if left:
            messages.warning(request, f"{plural(left, 'record')} not given back, because they have changed since")
    return redirect(act)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_merge(request, slug):
    require(request.user, MERGE_ORGANISATIONS)
    duplicate = get_by_slug(Organisation.objects.not_merged(), slug)
    form = MergeForm(request.POST or None, duplicate=duplicate)
    context = {"organisation": duplicate, "form": form, "counts": merging.counts_of(duplicate)}
    if request.method == "POST" and form.is_valid():
        kept = context["kept"] = form.cleaned_data["kept"]
        if "confirm" in request.POST:
            try:
                merging.merge(duplicate, kept, request=request)
            except ValidationError as error:
                form.add_error(None, error)
                del context["kept"]
            else:
                messages.success(request, f"{duplicate.label} merged into {kept.label}")
                return redirect(kept)
    return render(request, "projects/handover/organisation_merge.html", context)
