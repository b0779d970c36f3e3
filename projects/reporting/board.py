"""The board of reporting progress: its filters, organisations with reporters and reminders, and earlier periods."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

from django import forms
from django.db.models import Count, Exists, OuterRef

from projects.labels import RATING_LABELS, percent, plural
from projects.models import ProjectKind, ReportExpected, ReportingPeriod, StatusReport
from projects.working_days import expected_share
from sites.filters import from_list
from sites.models import Organisation

from .progress import (
    PROGRESS_STATES,
    ExpectedReport,
    OrganisationProgress,
    by_name,
    by_outstanding,
    reporting_progress,
    state_label,
    time_label,
    totals,
)
from .reminders import newest_reminders
from .reporters import reporters_of
from .workflow import projects_expected_to_report

EARLIER_PERIODS = 6
NAMED_REPORTERS = 3  # the board counts further ones


def _select(label, noun):
    return forms.ChoiceField(label=label, required=False, error_messages=from_list(noun))


class BoardFilter(forms.Form):
    """The filters and the order of the board, for these rows of `reporting_progress`."""

    show = _select("Show", "reports")
    organisation = _select("Organisation", "an organisation")
    kind = _select("Type", "a type of project")
    sort = _select("Sort by", "an order")

    def __init__(self, *args, rows, period, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["show"].choices = [
            ("", "All reports"),
            ("outstanding", "Outstanding"),
            ("missing", state_label("missing", period)),
            ("draft", "Draft"),
            ("returned", "Returned"),
            ("in", "Submitted or accepted"),
            ("submitted", "Submitted, to review"),
            ("accepted", "Accepted"),
            ("late", "Late"),
        ]
        organisations = [(row.slug, row.name) for row in sorted(rows, key=by_name)]
        self.fields["organisation"].choices = [("", "All organisations"), *organisations]
        self.fields["kind"].choices = [("", "All types"), *ProjectKind.choices]
        self.fields["sort"].choices = [
            ("", "Most outstanding"),
            ("name", "Organisation, A to Z"),
            ("on-time", "Least often on time"),
        ]

    @property
    def filters(self):
        """Labels of the chosen filters: ["Show: Late"]."""
        chosen = [(self.fields[name], self.cleaned_data[name]) for name in ("show", "organisation", "kind")]
        return [f"{field.label}: {dict(field.choices)[value]}" for field, value in chosen if value]


@dataclass(frozen=True)
class OnTime:
    """The number of reports expected for an earlier period, and of those submitted by its due date."""

    period: ReportingPeriod
    number: int
    expected: int

    @property
    def level(self):
        """Whether "all", "some" or "none" were on time; "no" if no report was expected."""
        if not self.expected:
            return "no"
        return "all" if self.number == self.expected else "some" if self.number else "none"

    @property
    def label(self):
        """For example "Oct 2026: 5 of 6"."""
        number = f"{self.number} of {self.expected}" if self.expected else "no reports due"
        return f"{self.period.starts_on:%b %Y}: {number}"

    @property
    def month(self):
        return f"{self.period.starts_on:%b}"

    @property
    def percent(self):
        return f"{percent(self.number, self.expected)}%" if self.expected else "–"


class Earlier:
    """The last EARLIER_PERIODS periods before one, oldest first, with the reports of these projects on time.

    They count under the organisations that act for their leads on the day `on`. Three queries, and one for each of the
    periods that is not closed.
    """

    def __init__(self, period, projects, on):
        before = ReportingPeriod.objects.filter(starts_on__lt=period.starts_on).order_by("-starts_on")
        self.periods = list(before[:EARLIER_PERIODS])[::-1]
        self.on_time, self.expected = Counter(), Counter()
        self._acting = {pk: line[-1].pk for pk, line in Organisation.objects.successions(on).items()}
        for period_id, organisation_id, expected, on_time in self._numbers(projects.values("pk")):
            for key in ((period_id, self._acting_for(organisation_id)), period_id):
                self.expected[key] += expected
                self.on_time[key] += on_time

    def _numbers(self, projects):
        """Yields (id of a period, id of an organisation, reports expected, reports on time)."""
        closed = [period for period in self.periods if period.is_closed]
        recorded = ReportExpected.objects.filter(period__in=closed, project__in=projects, not_needed="").order_by()
        reports = _submitted_by(OuterRef("period__due_on"), period=OuterRef("period"), project=OuterRef("project"))
        on_time = Count("pk", filter=Exists(reports))
        yield from recorded.values_list("period", "organisation").annotate(Count("pk"), on_time=on_time)
        for period in self.periods:
            if not period.is_closed:
                expected = projects_expected_to_report(period).filter(pk__in=projects).order_by()
                reports = _submitted_by(period.due_on, period=period, project=OuterRef("pk"))
                on_time = Count("pk", filter=Exists(reports))
                numbers = expected.values_list("lead_organisation").annotate(Count("pk"), on_time=on_time)
                yield from ((period.pk, *row) for row in numbers)

    def _acting_for(self, organisation_id):
        return self._acting.get(organisation_id, organisation_id)

    def of(self, organisation_id):
        """[`OnTime`] in each period of an organisation; of one that has ended, those of the one that acts for it."""
        keys = [(period, (period.pk, self._acting_for(organisation_id))) for period in self.periods]
        return [OnTime(period, self.on_time[key], self.expected[key]) for period, key in keys]

    def of_all(self):
        """[`OnTime`] of all organisations in each period."""
        return [OnTime(period, self.on_time[period.pk], self.expected[period.pk]) for period in self.periods]


def _submitted_by(day, **of):
    return StatusReport.objects.reported().filter(corrects=None, submitted_at__date__lte=day, **of)


@dataclass
class BoardRow:
    """An organisation on the board, and those of its expected reports that the filters show.

    `reporters` and `reminder`, (time, sender) of the newest one, are set by `Board.complete`.
    """

    progress: OrganisationProgress
    reports: list[ExpectedReport]
    earlier: list[OnTime]
    reporters: list = ()
    reminder: tuple = ()

    @property
    def named_reporters(self):
        """The names of the first reporters: "Ann, Bea, Cem and 2 more"."""
        names = ", ".join(person.name for person in self.reporters[:NAMED_REPORTERS])
        more = len(self.reporters) - NAMED_REPORTERS
        return f"{names} and {more} more" if more > 0 else names

    @property
    def earlier_share(self):
        """The share of reports on time in earlier periods; 1 if none was expected."""
        expected = sum(on_time.expected for on_time in self.earlier)
        return sum(on_time.number for on_time in self.earlier) / expected if expected else 1


SORTS = {
    "": lambda row: by_outstanding(row.progress),
    "name": lambda row: by_name(row.progress),
    "on-time": lambda row: (row.earlier_share, by_name(row.progress)),
}


class Board:
    """The board of these projects for a period on a day, by the filters in `data`. An invalid filter shows no rows.

    Three queries, and those of `Earlier`.
    """

    def __init__(self, period, projects, on, data):
        self.period = period
        every_row = reporting_progress(period, projects, on)
        self.has_reports = bool(every_row)
        self.form = BoardFilter(data, rows=every_row, period=period)
        self.is_filtered = not self.form.is_valid() or bool(self.form.filters)
        self.organisations = self._chosen(every_row)
        self.totals = totals(self.organisations, period)
        self.expected = sum(len(row.expected) for row in self.organisations)
        self.submitted = sum(row.submitted for row in self.organisations)
        self.steady = round(expected_share(period.opens_on, period.due_on, on) * self.expected)
        self.earlier = Earlier(period, projects, on)
        self.rows = self._rows() if self.form.is_valid() else []

    def _chosen(self, rows):
        """The rows of the chosen organisation and type of project."""
        slug, kind = (self.form.cleaned_data.get(name, "") for name in ("organisation", "kind"))
        rows = [row.only(lambda report: kind in {"", report.project.kind}) for row in rows if slug in {"", row.slug}]
        return [row for row in rows if row.expected]

    def _rows(self):
        show, sort = self.form.cleaned_data["show"], self.form.cleaned_data["sort"]
        rows = [
            BoardRow(row, [report for report in row.expected if report.is_shown(show)], self.earlier.of(row.pk))
            for row in self.organisations
        ]
        return sorted((row for row in rows if row.reports), key=SORTS[sort])

    @property
    def outstanding(self):
        return self.expected - self.submitted

    @property
    def bar(self):
        """[(status, number of reports before it, its number)] without zeros, for a bar of all statuses."""
        numbers = [(state, number) for state, _label, number in self.totals if number and state in PROGRESS_STATES]
        starts = accumulate((number for _state, number in numbers), initial=0)
        return [(state, start, number) for (state, number), start in zip(numbers, starts, strict=False)]

    @property
    def submitted_label(self):
        """For example "39 of 62 reports are in (63%)"."""
        if not self.expected:
            return ""
        reports = plural(self.expected, "report")
        share = percent(self.submitted, self.expected)
        return f"{self.submitted:,} of {reports} {'is' if self.expected == 1 else 'are'} in ({share}%)"

    @property
    def steady_label(self):
        """For example "48 (77%)": the number of reports by now, if as many came in each working day."""
        return f"{self.steady:,} ({percent(self.steady, self.expected)}%)" if self.expected else ""

    def complete(self, rows):
        """Set the reporters and the newest reminder of these `BoardRow`s. At most three queries; returns the rows."""
        reporters = reporters_of([row.progress.pk for row in rows if row.progress.pk])
        reminders = newest_reminders(self.period)
        for row in rows:
            row.reporters = reporters.get(row.progress.pk, [])
            own = [reminders[report.project.pk] for report in row.progress.expected if report.project.pk in reminders]
            row.reminder = max(own, default=())
        return rows


HEADINGS = [
    "Organisation",
    "Reference",
    "Project",
    "Type",
    "Report",
    "Delivery confidence",
    "Programme office rating",
    "Submitted",
    "Late",
    "Submitted by",
    "Last saved",
    "Saved by",
    "Reporters",
    "Last reminder",
    "Example data",
]


def csv_rows(rows):
    """Yields the rows of a spreadsheet with HEADINGS, for these completed `BoardRow`s."""
    for row in rows:
        reporters = "; ".join(f"{person.name} <{person.email}>" for person in row.reporters)
        reminded = time_label(row.reminder[0]) if row.reminder else ""
        for expected in row.reports:
            report, project = expected.report, expected.project
            submitted = report if expected.is_in else None
            yield [
                row.progress.name,
                project.reference,
                project.title,
                project.get_kind_display(),
                expected.label,
                expected.rating_label,
                RATING_LABELS.get(expected.office_rating, ""),
                time_label(submitted.submitted_at) if submitted else "",
                "Yes" if expected.is_late else "No",
                submitted.submitted_by if submitted else "",
                time_label(report.saved_at) if report else "",
                report.saved_by if report else "",
                reporters,
                reminded,
                "Yes" if project.is_example else "No",
            ]
