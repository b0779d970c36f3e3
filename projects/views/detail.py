"""One project, on one page."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.conditional import unchanged

from ..control import band_words, followed_by, over_budget, with_control
from ..models import Project, ReportingPeriod
from ..profile import Profile
from ..reporting import REPORT
from ..status import standing_of


@login_not_required
@require_safe
@unchanged
def project_detail(request, slug):
    projects = Project.objects.visible_to(request.user)
    if request.user.is_authenticated:
        projects = followed_by(with_control(projects, timezone.localdate()), request.user)
    related = ("place", "site", "lead_organisation__successor", "programme")
    project = get_object_or_404(projects.select_related(*related, "hub", "hospitalscheme"), slug=slug)
    context = {
        "project": project,
        "profile": Profile(project, request.user),
        "admin_url": admin_url(project, request.user),
        "example_data": project.is_example,
    }
    if request.user.is_authenticated:
        context |= _status(project, request.user)
    return render(request, "projects/project_detail.html", context)


def _status(project, user):
    """What signed-in readers see besides: where the project stands by its reports, and what they may do."""
    period = None
    if user.has_perm(REPORT, project):
        period = ReportingPeriod.objects.open_on(timezone.localdate()).last()
    return {
        "standing": standing_of(project),
        "benefits": list(project.benefits.all()) if project.has_benefits else [],
        "report_period": period,
        "follows": project.is_followed,
        "worst": band_words(project.worst_score),
        "over": over_budget(project),
    }


def admin_url(project, user):
    """Where `user` may edit the project in the admin; "" where they may not."""
    model = "hub" if hasattr(project, "hub") else "hospitalscheme"
    if not user.has_perm(f"projects.change_{model}", project):
        return ""
    return reverse(f"admin:projects_{model}_change", args=[project.pk])
