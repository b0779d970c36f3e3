"""The home page, the dashboard, what changed and past positions."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.caching import cached_until_change, conditional_get
from estates_portal.identity import current_system
from estates_portal.nhsuk.forms import SelectForm
from estates_portal.paging import PER_PAGE, page_of
from estates_portal.sorting import sort_key
from projects.charts import bars
from projects.labels import ALL_RATING_LABELS, RATINGS
from projects.models import Project
from projects.project_list import NOT_IN_SCOPE, ProjectList
from sites.successions import successions_of

from .changes import CHANGE_KINDS, changes_between, is_of_kind
from .coverage import coverage_of
from .dashboard import AHEAD_DAYS, default_scope, portfolio_of
from .first_steps import steps_left
from .front_page import front_page
from .snapshots import (
    filter_snapshots,
    period_choices,
    periods_reported,
    snapshot_counts,
    snapshots_at,
    titles_of,
    two_periods,
)

# Filters of the snapshots of a period, not of the projects today.
SNAPSHOT_FILTERS = ("rating", "stage", "sign")
NAMED = 100  # projects with outstanding reports, on one page


def dashboard(request):
    """The dashboard, the home page of signed-in users."""
    query = default_scope(request.GET)
    project_list = _in_scope(request, query)
    scope = project_list.scope
    today = timezone.localdate()
    portfolio = cached_until_change(
        request,
        ("portfolio", scope),
        lambda: portfolio_of(project_list.projects, scope, today, successions_of(request)),
    )
    movement = cached_until_change(request, ("movement", scope), lambda: _movement(project_list.projects))
    context = {
        "portfolio": portfolio,
        "movement": movement,
        "changes_query": query.urlencode(),
        "today": today,
        "last_ahead": today + timedelta(days=AHEAD_DAYS),
        "spend_bars": bars(portfolio.spend.bars),
        "form": project_list.form,
        "chips": project_list.chips if "state" in request.GET else _without_state(project_list),
        "example_data": portfolio.has_examples,
        "scope": scope,
        "steps_left": steps_left(request),
    }
    if movement is not None:
        query["from"], query["to"] = (period.slug for period in movement[:2])
        context["movement_query"] = query.urlencode()
        context["movement_numbers"] = _with_changes(movement[2], query)
    return render(request, "projects/portfolio/dashboard.html", context)


def _in_scope(request, query):
    return ProjectList.from_request(request, query=query, without=NOT_IN_SCOPE)


def _without_state(project_list):
    """The chips of the selected filters, without the default delivery state."""
    del project_list.form.cleaned_data["state"]
    return project_list.chips


def _movement(projects):
    """(older period, newer period, `ChangeTotals`) from the last closed period to the newest; None without both.

    Without a closed period, the older one is the period before the newest.
    """
    periods = periods_reported()
    if len(periods) < 2:
        return None
    newest, *earlier = periods
    older = next((period for period in earlier if period.is_closed), earlier[0])
    return older, newest, changes_between(projects, older, newest)[1]


def _with_changes(totals, query):
    """[(`ChangeKind`, its total as text, whether to mark it, address of its projects)] for the page *What changed*."""
    address = reverse("projects:what_changed")
    linked = []
    for kind, total, is_marked in totals.shown:
        query["change"] = kind.key
        linked.append((kind, total, is_marked, f"{address}?{query.urlencode()}"))
    return linked


@require_safe
@conditional_get
def what_changed(request):
    """Changes between two periods, in total and for each project; with `change`, the projects of one kind of change."""
    project_list = _in_scope(request, _query(request, "from", "to", "change"))
    periods = periods_reported()
    pair = two_periods(periods, request.GET.get("from", ""), request.GET.get("to", ""))
    context = {"form": project_list.form, "chips": project_list.chips, "pair": pair}
    if pair is not None:
        choices = [(period.slug, str(period)) for period in periods]
        older, newer = pair
        context["selects"] = SelectForm({"from": ("From", choices, older.slug), "to": ("To", choices, newer.slug)})
        context |= _changes_of(request, project_list.projects, older, newer)
    return render(request, "projects/portfolio/what_changed.html", context)


def _changes_of(request, projects, older, newer):
    """The context of the totals and of the page of changed projects."""
    changes, totals = changes_between(projects, older, newer)
    coverage = coverage_of(projects, newer, {change.project_id: change.after for change in changes})
    selected = request.GET.get("change", "")
    changed = [change for change in changes if change.is_any and is_of_kind(change, selected)]
    page = page_of(request, changed, per_page=PER_PAGE * 2)
    titles = titles_of([change.project_id for change in page.object_list], timezone.localdate())
    rows = [(change, *titles[change.project_id]) for change in page.object_list]
    return {
        "totals": totals,
        "numbers": _with_changes(totals, _query(request, "page")),
        "rating_columns": [(rating, ALL_RATING_LABELS[rating]) for rating in RATINGS],
        "selected": CHANGE_KINDS.get(selected),
        "page_obj": page,
        "rows": rows,
        "coverage": coverage,
        "unchanged_label": coverage.unchanged_label(changes),
        "outstanding": list(coverage.outstanding.values())[:NAMED],
        "example_data": any(row[-1] for row in rows),
    }


@require_safe
@conditional_get
def as_at(request):
    """The portfolio as reported for a period, from the figures frozen with the reports."""
    periods = periods_reported()
    period = next(
        (period for period in periods if period.slug == request.GET.get("period")), periods[0] if periods else None
    )
    project_list = _in_scope(request, _query(request, "period", *SNAPSHOT_FILTERS))
    context = {"form": project_list.form, "chips": project_list.chips, "period": period}
    if period is not None:
        context["selects"] = SelectForm({"period": ("Period", period_choices(periods), period.slug)})
        snapshots = snapshots_at(project_list.projects, period)
        selected = {name: request.GET.getlist(name) for name in SNAPSHOT_FILTERS}
        chosen = filter_snapshots(snapshots, selected["rating"], selected["stage"], selected["sign"])
        titles = titles_of(chosen, timezone.localdate())
        ordered = sorted(chosen, key=lambda pk: (sort_key(titles[pk].title), pk))
        page = page_of(request, ordered, per_page=PER_PAGE * 2)
        rows = [(snapshots[pk], *titles[pk]) for pk in page.object_list]
        context |= {
            "total": len(snapshots),
            "coverage": coverage_of(project_list.projects, period, snapshots),
            "counts": _with_addresses(request, period, snapshot_counts(snapshots.values())),
            "is_filtered": any(selected.values()),
            "page_obj": page,
            "rows": rows,
            "example_data": any(row[-1] for row in rows),
        }
    return render(request, "projects/portfolio/as_at.html", context)


def _with_addresses(request, period, counts):
    """The counts with the addresses of their rows: {name: [(value, label, number, address)]}."""
    query = _query(request, "page", *SNAPSHOT_FILTERS)
    query["period"] = period.slug
    linked = {}
    for name, values in counts.items():
        for value, label, number in values:
            selected = query.copy()
            selected[name] = value
            linked.setdefault(name, []).append((value, label, number, f"?{selected.urlencode()}"))
    return linked


def _query(request, *without):
    query = request.GET.copy()
    for name in without:
        query.pop(name, None)
    return query


@login_not_required
@require_safe
@conditional_get
def home(request):
    """The dashboard for signed-in users; the public home page for others, and for anyone with `?front`."""
    if request.user.is_authenticated and "front" not in request.GET:
        return dashboard(request)
    projects = Project.objects.visible_to(request.user)
    today, since = timezone.localdate(), current_system().openings_since
    context = cached_until_change(request, ("home", since), lambda: front_page(projects, today, since))
    return render(request, "projects/portfolio/home.html", context)
