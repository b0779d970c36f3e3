"""One project, on one page."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.rules import REPORT_ON_PROJECT
from estates_portal.caching import cached_until_change, conditional_get
from projects.labels import band_words
from projects.models import Project, ReportingPeriod

from .page import Profile
from .status import standing_of


@login_not_required
@require_safe
@conditional_get
def project_detail(request, slug):
    related = ("place", "site", "lead_organisation", "programme", "hub", "hospitalscheme")
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related(*related), slug=slug)
    profile = Profile(project, request.user)
    context = {
        "project": project,
        "profile": profile,
        "admin_url": admin_url(project, request.user),
        "example_data": project.is_example,
    }
    if request.user.is_authenticated:
        context |= _status(request, project, profile)
    return render(request, "projects/detail/project_detail.html", context)


def _status(request, project, profile):
    """What signed-in readers see besides: where the project stands by its reports, and what they may do."""
    period = None
    project.partners_read = profile.partner_ids
    if request.user.has_perm(REPORT_ON_PROJECT, project):
        period = cached_until_change(
            request, "open period", lambda: ReportingPeriod.objects.open_on(timezone.localdate()).last()
        )
    return {
        "standing": standing_of(project),
        "benefits": list(project.benefits.all()) if "benefit" in profile.facts else [],
        "report_period": period,
        "follows": "following" in profile.facts,
        "worst": band_words(profile.worst_score),
    }


def admin_url(project, user):
    """Where `user` may edit the project in the admin; "" where they may not."""
    model = "hub" if hasattr(project, "hub") else "hospitalscheme"
    if not user.has_perm(f"projects.change_{model}", project):
        return ""
    return reverse(f"admin:projects_{model}_change", args=[project.pk])
