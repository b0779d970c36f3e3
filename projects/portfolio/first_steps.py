"""What a new programme office sets up first, computed from the records: nothing is stored."""

from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.models import Invitation, Role, User
from estates_portal.accounts.rules import REVIEW_REPORTS, require
from estates_portal.caching import cached_until_change
from estates_portal.identity import current_system
from projects.models import Project, RatingMeaning, ReportingPeriod


@dataclass(frozen=True)
class Step:
    """One step, with the address where it is done. `guide` says what it is for."""

    label: str
    guide: str
    url: str
    is_done: bool


def first_steps(user):
    """[`Step`] in their order. Six queries."""
    *first, publish = steps_of_records(user)
    return [*first, step_of_people(), publish]


def step_of_people():
    """Invite contributors. One query, or two without one."""
    contributors = User.objects.filter(role=Role.CONTRIBUTOR, is_active=True, is_example=False)
    return Step(
        "Invite contributors",
        "Paste a list of the people who report on projects.",
        reverse("people:invite"),
        contributors.exists() or Invitation.objects.open().filter(role=Role.CONTRIBUTOR).exists(),
    )


def steps_of_records(user):
    """[`Step`] that are done with records of projects and sites, the last of them publishing. Four queries."""
    real = Project.objects.visible_to(user).filter(is_example=False)
    return [
        Step(
            "Enter your contact details",
            "The email address and telephone that public pages and emails show.",
            reverse("admin:sites_system_changelist"),
            bool(current_system().office_email),
        ),
        Step(
            "Add reporting periods",
            "The months or quarters that reports are for, and when they are due.",
            reverse("projects:period_list"),
            ReportingPeriod.objects.filter(ends_on__gte=timezone.localdate()).exists(),
        ),
        Step(
            "Check what the ratings mean",
            "What red, amber and green mean for your system. Contributors see this on the report.",
            reverse("admin:projects_ratingmeaning_changelist"),
            RatingMeaning.objects.exists(),
        ),
        Step(
            "Add projects",
            "Start with those that report each month.",
            reverse("projects:project_add"),
            real.exists(),
        ),
        Step(
            "Publish a project",
            "Its accepted facts are then on the public pages. Open a project, and edit who can see it.",
            reverse("projects:project_list"),
            real.filter(published=True).exists(),
        ),
    ]


def steps_left(request):
    """The number of first steps that are not done, for the programme office; 0 for others.

    Those of records are counted again when the data of projects changes. One query or two more for people.
    """
    if not request.user.has_perm(REVIEW_REPORTS):
        return 0
    of_records = cached_until_change(request, "first_steps", lambda: _left(steps_of_records(request.user)))
    return of_records + _left([step_of_people()])


def _left(steps):
    return sum(not step.is_done for step in steps)


@require_safe
def first_steps_page(request):
    require(request.user, REVIEW_REPORTS)
    steps = first_steps(request.user)
    context = {"steps": steps, "done": sum(step.is_done for step in steps)}
    return render(request, "projects/portfolio/first_steps.html", context)
