"""The head of each page of a project: its title and status, its buttons, and tabs to its other pages."""

from django import template
from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from estates_portal.accounts.rules import EDIT_FACTS, PROPOSE_FACTS, REPORT_ON_PROJECT
from estates_portal.caching import cached_until_change
from projects.labels import RATING_LABELS, SHORT_STAGES
from projects.models import Following, Project, ReportingPeriod, ReportState, Risk
from projects.models.choices import differing_office_rating

register = template.Library()

# (label, URL name, its further arguments, first parts of addresses under the project that belong to the tab)
TABS = [
    ("Overview", "project_detail", [], ("", "notes", "facts", "close")),
    ("Reports", "report_list", [], ("updates", "report")),
    ("Milestones", "milestone_list", [], ("milestones", "timeline")),
    ("Finance", "finance", [], ("money",)),
    ("Risks", "project_risks", [], ("risks",)),
    ("Benefits", "register", ["benefits"], ("benefits",)),
    ("Backlog", "register", ["backlog"], ("backlog",)),
    ("Decisions", "register", ["decisions"], ("decisions",)),
    ("Documents", "register", ["documents"], ("documents",)),
    ("History", "project_history", [], ("history",)),
]
PUBLIC_TABS = [TABS[0], ("Timeline", "project_timeline", [], ("timeline",))]


@register.inclusion_tag("components/project_head.html", takes_context=True)
def project_head(context, project, is_heading=False):
    """The title of the project, what its newest report says, and the tabs and buttons of the user. One query.

    One more for those who can report, and at most two for a contributor who does not lead. With `is_heading`, the title
    is the heading of the page; else it is a link to the project.
    """
    request = context["request"]
    is_signed_in = request.user.is_authenticated
    newest = _newest(project, request.user) if is_signed_in else {}
    folder = request.path.removeprefix(project.get_absolute_url()).partition("/")[0]
    buttons = _buttons(request, project, newest, folder) if is_signed_in else {}
    return buttons | {
        "request": request,
        "project": project,
        "is_heading": is_heading,
        "is_signed_in": is_signed_in,
        "newest": newest,
        "tabs": [
            (
                label,
                reverse(f"projects:{name}", args=[project.slug, *arguments]),
                folder in folders,
                newest.get("open_risks", 0) if label == "Risks" else 0,
            )
            for label, name, arguments, folders in (TABS if is_signed_in else PUBLIC_TABS)
        ],
    }


def _buttons(request, project, newest, folder):
    """What the user can do on any page of the project. A page of a report or of facts has no button to itself."""
    user, period = request.user, None
    if folder != "report" and user.has_perm(REPORT_ON_PROJECT, project):
        today = timezone.localdate()
        period = cached_until_change(request, "open period", lambda: ReportingPeriod.objects.open_on(today).last())
    reported = period is not None and newest["period_id"] == period.pk
    is_open = reported and newest["is_submitted"] and timezone.localdate() <= period.due_on
    return {
        "report_period": period,
        "reported": reported,
        "can_withdraw": is_open and folder != "updates",  # the page of the report has the button
        "can_edit_facts": folder != "facts"
        and any(user.has_perm(name, project) for name in (EDIT_FACTS, PROPOSE_FACTS)),
    }


def _newest(project, user):
    """The number of open risks, the stage and the ratings of the newest report, and whether the user follows."""
    row = (
        Project.objects.filter(pk=project.pk)
        .values(
            "stage",
            "current_report_id",
            overall=F("current_report__overall"),
            office=F("current_report__independent_rating"),
            state=F("current_report__state"),
            submitted_at=F("current_report__submitted_at"),
            period_id=F("current_report__period"),
            open_risks=Count("risks", filter=Q(risks__in=Risk.objects.open())),
            follows=Exists(Following.objects.filter(person=user.pk, project=OuterRef("pk"))),
        )
        .get()
    )
    return {
        "follows": row["follows"],
        "report_id": row["current_report_id"],
        "period_id": row["period_id"],
        "submitted_at": row["submitted_at"],
        "is_submitted": row["state"] == ReportState.SUBMITTED,
        "open_risks": row["open_risks"],
        "stage": SHORT_STAGES.get(row["stage"], ""),
        "rating": row["overall"],
        "rating_label": RATING_LABELS.get(row["overall"], ""),
        "office": differing_office_rating(row["overall"], row["office"]),
    }
