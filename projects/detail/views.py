"""The page of a project."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.rules import ADD_PROJECT, REPORT_ON_PROJECT, REVIEW_REPORTS
from estates_portal.caching import cached_until_change, conditional_get
from projects.access import HIDDEN_PROJECT
from projects.estate_risk import estate_behind
from projects.models import Project
from projects.models.choices import OVER

from .page import ProjectPage
from .same_town import same_town
from .status import status_summary
from .to_finish import tasks_of


@login_not_required
@require_safe
@conditional_get
def project_detail(request, slug):
    page = ProjectPage.for_reader(slug, request.user, today=timezone.localdate())
    context = {
        "project": page.project,
        "page": page,
        "estate": cached_until_change(
            request, ("estate behind", page.project.pk), lambda: estate_behind(page.project, request.user)
        ),
        "same_town": cached_until_change(
            request, ("same town", page.project.pk), lambda: same_town(page.project, request.user)
        ),
        "admin_url": admin_url(page, request.user),
        "example_data": page.project.is_example,
    }
    if request.user.is_authenticated:
        context |= {
            "tasks": tasks_of(page.project) if request.user.has_perm(ADD_PROJECT) else [],
            "status": status_summary(page.project),
            "benefits": page.project.benefits.all(),
            "closure": (closure := closure_of(page.project)),
            "merged_into": merged_into(closure, request.user),
            "can_report": request.user.has_perm(REPORT_ON_PROJECT, page.project),
            "proposals": page.project.proposals.waiting().select_related("proposed_by"),
            "can_review": request.user.has_perm(REVIEW_REPORTS, page.project),
        }
    return render(request, "projects/detail/project_detail.html", context)


def closure_of(project):
    """The newest `ProjectClosure` of a project that is over, or None. One query for one that is over."""
    return project.closures.select_related("recorded_by").first() if project.delivery_state in OVER else None


def merged_into(closure, reader):
    """(title, address) of the project that it was merged into, without those of one that `reader` cannot see, or None.

    One query for a merged project.
    """
    if closure is None or closure.merged_into_id is None:
        return None
    other = Project.objects.visible_to(reader).filter(pk=closure.merged_into_id).first()
    return (other.title, other.get_absolute_url()) if other else (HIDDEN_PROJECT, "")


def admin_url(page, user):
    """The address of the project in the admin; "" if `user` cannot edit it there."""
    model = "hub" if page.hub else "hospitalscheme"
    if not user.has_perm(f"projects.change_{model}", page.project):
        return ""
    return reverse(f"admin:projects_{model}_change", args=[page.project.pk])
