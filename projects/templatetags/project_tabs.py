"""The head of each page of a project: its title and status, and tabs to its other pages."""

from django import template
from django.db.models import Count, F, Q
from django.urls import reverse

from projects.labels import RATING_LABELS, SHORT_STAGES
from projects.models import Project, Risk
from projects.models.choices import differing_office_rating

register = template.Library()

# (label, URL name, its further arguments, first parts of addresses under the project that belong to the tab)
TABS = [
    ("Overview", "project_detail", [], ("", "notes", "facts")),
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
    """The title of the project, what its newest report says, and the tabs that the user can open. One query.

    With `is_heading`, the title is the heading of the page; else it is a link to the project.
    """
    request = context["request"]
    is_signed_in = request.user.is_authenticated
    newest = _newest(project) if is_signed_in else {}
    folder = request.path.removeprefix(project.get_absolute_url()).partition("/")[0]
    return {
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


def _newest(project):
    """The number of open risks, the stage and the ratings of the newest report."""
    row = (
        Project.objects.filter(pk=project.pk)
        .values(
            "stage",
            overall=F("current_report__overall"),
            office=F("current_report__independent_rating"),
            open_risks=Count("risks", filter=Q(risks__in=Risk.objects.open())),
        )
        .get()
    )
    return {
        "open_risks": row["open_risks"],
        "stage": SHORT_STAGES.get(row["stage"], ""),
        "rating": row["overall"],
        "rating_label": RATING_LABELS.get(row["overall"], ""),
        "office": differing_office_rating(row["overall"], row["office"]),
    }
