"""The reports to review: what each changes, the filters, and those that can be accepted together."""

from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects

from estates_portal.sorting import sort_key
from projects.models import Project, Rating, ReportState, StatusReport
from projects.models.choices import RATING_ORDER
from projects.versions import StaleVersion
from sites.filters import from_list
from sites.models import Organisation
from sites.successions import acting_organisation

from . import workflow
from .compare import ChangeKind, changes_between
from .queries import reports_to_review

MAX_TOGETHER = 100  # reports to accept on one page
WORSE = {Rating.RED, Rating.AMBER}


@dataclass
class QueuedReport:
    """A submitted report, the report before it or None, and the organisation that acts for the lead or None.

    `changes` are the [`ChangeKind`] since the report before.
    """

    report: StatusReport
    before: StatusReport | None
    organisation: Organisation | None
    changes: list

    def can_accept_in_bulk(self):
        """Whether the programme office can accept it together with others: it is green, and asks and changes nothing.

        So no rating is red or amber, it needs no decision, proposes no progress note and was never returned, and it
        says the same as the report before, which was accepted without another rating. Corrections are left out.
        """
        report, before = self.report, self.before
        is_same = before is not None and not self.changes and not report.corrects_id
        is_green = report.overall == Rating.GREEN and not {rating for *_facet, rating in report.ratings()} & WORSE
        asks = report.year_figures or report.help_needed.strip() or report.public_note.strip() or report.was_returned
        return is_same and is_green and not asks and before.state == ReportState.ACCEPTED and not before.office_rating

    @property
    def changes_label(self):
        """What it changes: "Rating, money", "Nothing", "First report"."""
        if self.before is None:
            return "First report"
        return ", ".join(kind.label for kind in self.changes).capitalize() or "Nothing"


def _changes(kind):
    return lambda row: kind in row.changes


# {value in addresses: (label, whether a `QueuedReport` is shown)}
SHOWN = {
    "unchanged": ("Nothing changed", lambda row: row.before is not None and not row.changes),
    "text": ("Only text changed", lambda row: row.changes == [ChangeKind.TEXT]),
    "rating": ("Rating changed", _changes(ChangeKind.RATING)),
    "dates": ("Stage or dates changed", _changes(ChangeKind.DATES)),
    "money": ("Money changed", _changes(ChangeKind.MONEY)),
    "risks": ("Highest risk changed", _changes(ChangeKind.RISKS)),
    "first": ("First report", lambda row: row.before is None),
    "returned": ("Returned before", lambda row: row.report.was_returned),
    "late": ("Late", lambda row: row.report.is_late),
}
SORTS = {
    "": ("Oldest first", lambda row: 0),  # as the queue is
    "title": ("Project, A to Z", lambda row: sort_key(row.report.project.title)),
    "rating": ("Delivery confidence, red first", lambda row: RATING_ORDER.get(row.report.overall, len(RATING_ORDER))),
    "changes": ("Most changes", lambda row: -len(row.changes)),
}


def _select(label, noun):
    return forms.ChoiceField(label=label, required=False, error_messages=from_list(noun))


class QueueFilter(forms.Form):
    """The filters and the order of these `QueuedReport`s."""

    show = _select("Show", "reports")
    period = _select("Period", "a period")
    organisation = _select("Organisation", "an organisation")
    programme = _select("Programme", "a programme")
    rating = _select("Delivery confidence", "a rating")
    sort = _select("Sort by", "an order")

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        periods = {row.report.period for row in rows}
        newest = sorted(periods, key=lambda period: period.starts_on, reverse=True)
        self._offer("show", "All reports", [(value, label) for value, (label, _is_shown) in SHOWN.items()])
        self._offer("period", "All periods", [(period.slug, period.name) for period in newest])
        self._offer("organisation", "All organisations", _by_name(row.organisation for row in rows))
        self._offer("programme", "All programmes", _by_name(row.report.project.programme for row in rows))
        self._offer("rating", "All ratings", Rating.choices)
        self.fields["sort"].choices = [(value, label) for value, (label, _key) in SORTS.items()]

    def _offer(self, name, every_one, choices):
        self.fields[name].choices = [("", every_one), *choices]

    def finds(self, row):
        """Whether the row matches the filters other than `show`."""
        report, chosen = row.report, self.cleaned_data
        values = {
            "period": report.period.slug,
            "organisation": row.organisation and row.organisation.slug,
            "programme": report.project.programme and report.project.programme.slug,
            "rating": report.overall,
        }
        return all(chosen[name] in {"", value} for name, value in values.items())


def _by_name(records):
    records = {record for record in records if record is not None}
    return [(record.slug, str(record)) for record in sorted(records, key=lambda record: sort_key(record.name))]


class ReviewQueue:
    """The reports to review that the reviewer can see, by the filters in `data`. An invalid filter shows none.

    `successions` are those of `Organisation.objects`. Four queries.
    """

    def __init__(self, reviewer, data, successions):
        rows = queued_reports(reviewer, successions)
        self.has_reports = bool(rows)
        self.form = QueueFilter(data, rows=rows)
        is_valid = self.form.is_valid()
        self.found = [row for row in rows if self.form.finds(row)] if is_valid else []
        self.show = self.form.cleaned_data.get("show", "")
        self.is_filtered = not is_valid or any(v for k, v in self.form.cleaned_data.items() if k != "sort")

    @property
    def totals(self):
        """[(value of the filter `show`, label, number)] of those that match the other filters, without zeros."""
        numbers = [(show, label, sum(map(is_shown, self.found))) for show, (label, is_shown) in SHOWN.items()]
        return [total for total in numbers if total[2]]

    @cached_property
    def rows(self):
        """The [`QueuedReport`] that match the filters, in the chosen order."""
        rows = self.found
        if self.show:
            rows = [row for row in rows if SHOWN[self.show][1](row)]
        return sorted(rows, key=SORTS[self.form.cleaned_data.get("sort", "")][1])

    @cached_property
    def together(self):
        """Those of `rows` that can be accepted together, MAX_TOGETHER at most."""
        return [row for row in self.rows if row.can_accept_in_bulk()][:MAX_TOGETHER]


def queued_reports(reviewer, successions):
    """[`QueuedReport`] to review, oldest first. Four queries."""
    reports = reports_to_review(reviewer).with_previous()
    reports = list(reports.select_related("project__lead_organisation", "project__programme"))
    prefetch_related_objects(reports, "milestones")
    previous = StatusReport.objects.filter(pk__in={report.previous_id for report in reports if report.previous_id})
    before = {report.pk: report for report in previous.prefetch_related("milestones")}
    return [_queued(report, before.get(report.previous_id), successions) for report in reports]


def _queued(report, before, successions):
    organisation = acting_organisation(report.project.lead_organisation, successions)
    return QueuedReport(report, before, organisation, changes_between(before, report) if before else [])


def accept_together(by, versions, comment, successions):
    """Accept these reports, {id: version on the page}, each with its own event, except those that changed since.

    Returns ([accepted report], [(report, reason why it is left out)]).
    """
    offered = {row.report.pk for row in queued_reports(by, successions) if row.can_accept_in_bulk()}
    reports = StatusReport.objects.filter(pk__in=versions, project__in=Project.objects.visible_to(by))
    accepted, left_out = [], []
    for report in reports.select_related("project", "period").order_by("submitted_at", "pk"):
        if report.state != ReportState.SUBMITTED:
            left_out.append((report, f"is now {report.get_state_display().lower()}"))
        elif report.version != versions[report.pk]:
            left_out.append((report, "was submitted again"))
        elif report.pk not in offered:
            left_out.append((report, "needs its own review"))
        else:
            try:
                accepted.append(workflow.accept(report, by, comment, opened_version=report.version))
            except (StaleVersion, ValidationError):
                left_out.append((report, "changed at the same time"))
    return accepted, left_out
