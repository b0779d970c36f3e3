"""Adds 12 months of status reports to example projects, and deletes them."""

import datetime
import random
from collections import Counter
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from estates_portal.accounts.models import Role, User
from estates_portal.dates import MONTH_NAMES, DatePrecision, PartialDate
from projects.costs import costs_of, freeze_costs
from projects.models import (
    DateChangeReason,
    DeliveryState,
    Project,
    ProposedNote,
    Rating,
    ReportAction,
    ReportEvent,
    ReportExpected,
    ReportingPeriod,
    ReportMilestone,
    ReportState,
    Stage,
    StatusReport,
    Submission,
)
from projects.models.choices import trend
from projects.models.milestone import MilestoneDates, has_several_openings, main_opening
from projects.working_days import next_working_day

MONTHS = 12
MAX_PROJECTS = 400  # projects with reports: enough to try the pages, and quick to make
PEOPLE = {
    "reporter.example@example.org": ("Robin Reporter", Role.CONTRIBUTOR),
    "reviewer.example@example.org": ("Ola Reviewer", Role.PROGRAMME_OFFICE),
}
NEXT_RATINGS = {
    Rating.GREEN: [Rating.GREEN] * 8 + [Rating.AMBER] * 2,
    Rating.AMBER: [Rating.AMBER] * 6 + [Rating.GREEN] * 2 + [Rating.RED],
    Rating.RED: [Rating.RED] * 4 + [Rating.AMBER] * 3,
}
SUMMARIES = {
    Rating.GREEN: ["On time and within budget", "Works on programme", "Business case awaiting approval"],
    Rating.AMBER: ["Programme delayed by several weeks", "Tender prices above estimate", "Approval delayed"],
    Rating.RED: ["Funding does not cover the whole scheme", "Contractor has stopped work on site"],
}
PROGRESS = [
    "Designs agreed with clinical leads. Ground surveys complete.",
    "Steel frame complete to the second floor. Ground floor services being installed.",
    "Business case presented to the board. Questions from the region answered.",
    "Planning conditions met except for the travel plan. Neighbours informed of the works.",
]
NEXT = [
    "Tender returns due by the end of the month, then a report to the programme board.",
    "Start cladding. Agree the equipment list with departments.",
    "Submit the full business case to the joint investment committee.",
    "Sign heads of terms with the landlord.",
]
PATHS = [
    "Works resequenced to recover three weeks, to be agreed with the contractor by next month.",
    "Fit-out savings to be agreed with the cost consultant and decided at the next programme board.",
    "The trust and the ICB to agree who funds the gap. Paper to the next programme board.",
]
HELP = ["Decision from the programme board on the scope", "Support from the ICB with the planning authority"]


def add_reports(on, *, seed=1):
    """Add reports for the last MONTHS months to up to MAX_PROJECTS active example projects; return the counts.

    Some are late or missing; the newest month is not reviewed. Safe to repeat: skips projects with reports.
    """
    dice = random.Random(seed)  # noqa: S311 -- example data
    projects = Project.objects.filter(is_example=True, delivery_state=DeliveryState.ACTIVE, status_reports=None)
    projects = list(
        projects.exclude(stage=Stage.CLOSED)
        .prefetch_related("milestones__statements", "annual_costs", "cost_estimates", "risks")
        .order_by("pk")[:MAX_PROJECTS]
    )
    if not projects:
        return Counter()
    with transaction.atomic():
        writer, reviewer = example_people()
        builder = _ReportBuilder(on, projects, dice, writer, reviewer)
        return builder.insert()


def example_people():
    """[contributor, programme office user]: two users who cannot sign in, created if missing."""
    users = []
    for email, (name, role) in PEOPLE.items():
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, name=name, role=role, is_example=True)
            User.objects.filter(pk=user.pk).update(is_active=False)
        users.append(user)
    return users


def _periods(on, reviewer):
    """The periods of the last MONTHS months, created if missing, closed except for the last two."""
    months = on.year * 12 + on.month - 1
    periods = []
    for number in range(months - MONTHS + 1, months + 1):
        starts_on = datetime.date(number // 12, number % 12 + 1, 1)
        ends_on = PartialDate(starts_on, DatePrecision.MONTH).last
        period = ReportingPeriod.objects.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).first()
        if period is None:
            past = number < months - 1
            period = ReportingPeriod.objects.create(
                name=f"{MONTH_NAMES[starts_on.month - 1]} {starts_on.year}",
                slug=f"{starts_on:%Y-%m}",
                starts_on=starts_on,
                ends_on=ends_on,
                opens_on=starts_on + datetime.timedelta(days=19),
                due_on=next_working_day(ends_on + datetime.timedelta(days=5)),
                closed_at=noon(ends_on + datetime.timedelta(days=20)) if past else None,
                closed_by=reviewer if past else None,
            )
        periods.append(period)
    return periods


def noon(day):
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(12)))


class _ReportBuilder:
    """Builds and inserts the reports of all months. They are accepted after their milestones are inserted."""

    def __init__(self, on, projects, dice, writer, reviewer):
        self.on, self.projects, self.dice = on, projects, dice
        self.writer, self.reviewer = writer, reviewer
        self.periods = _periods(on, reviewer)
        self.reasons = list(DateChangeReason.objects.filter(in_use=True))
        self.reports, self.milestones, self.events, self.expected = [], [], [], []

    def insert(self):
        for project in self.projects:
            self._add_reports_of(project)
        StatusReport.objects.bulk_create(self.reports, batch_size=500)
        for rows in (self.milestones, self.events):
            for row in rows:
                row.report_id = row.report.pk
        ReportMilestone.objects.bulk_create(self.milestones, batch_size=1000)
        ReportEvent.objects.bulk_create(self.events, batch_size=1000)
        ReportExpected.objects.bulk_create(self.expected, batch_size=1000, ignore_conflicts=True)
        accepted = [report.pk for report in self.reports if report.reviewed_at]
        for start in range(0, len(accepted), 500):
            StatusReport.objects.filter(pk__in=accepted[start : start + 500]).update(state=ReportState.ACCEPTED)
        reports = {}
        for report in self.reports:
            if report.state != ReportState.DRAFT:
                reports.setdefault(report.project_id, []).append(report)
        for project in self.projects:
            project_reports = reports.get(project.pk, [])
            project.current_report = project_reports[-1] if project_reports else None
            project.trend = trend([report.overall for report in project_reports])
        Project.objects.bulk_update(self.projects, ["current_report", "trend"], batch_size=500)
        return Counter({"status reports": len(self.reports)})

    def _add_reports_of(self, project):
        rating = self.dice.choice([Rating.GREEN, Rating.GREEN, Rating.AMBER])
        for period in self.periods:
            rating = self.dice.choice(NEXT_RATINGS[rating])
            if period.is_closed:
                self.expected.append(
                    ReportExpected(period=period, project=project, organisation_id=project.lead_organisation_id)
                )
            last = period is self.periods[-1]
            if period.opens_on > self.on or self.dice.random() < (0.4 if last else 0.06):
                continue  # not open yet, or missing
            self._report(project, period, rating)

    def _report(self, project, period, rating):
        late = self.dice.random() < 0.12
        day = period.due_on + datetime.timedelta(days=self.dice.randint(1, 8) if late else -self.dice.randint(0, 4))
        at = noon(min(day, self.on - datetime.timedelta(days=1)))  # never later than now
        accepted = period.is_closed
        stamps = {"started_by": self.writer, "saved_by": self.writer, "submitted_by": self.writer}
        stamps |= {"started_at": at, "saved_at": at, "submitted_at": at, "frozen_at": at}
        if accepted:
            stamps |= {"reviewed_by": self.reviewer, "reviewed_at": at + datetime.timedelta(days=2)}
            if self.dice.random() < 0.05 and rating != Rating.RED:
                stamps |= {"independent_rating": Rating.RED, "independent_reason": "The gap in funding is not closed"}
        report = StatusReport(
            project=project,
            period=period,
            state=ReportState.SUBMITTED,
            overall=rating,
            schedule=self.dice.choice(NEXT_RATINGS[rating]),
            cost=self.dice.choice(NEXT_RATINGS[rating]),
            scope=self.dice.choice([Rating.GREEN, rating]),
            benefits=self.dice.choice([Rating.GREEN, Rating.NOT_RATED]),
            summary=self.dice.choice(SUMMARIES[rating]),
            progress=self.dice.choice(PROGRESS),
            next_steps=self.dice.choice(NEXT),
            path_to_green=self.dice.choice(PATHS) if rating != Rating.GREEN else "",
            help_needed=self.dice.choice(HELP) if rating == Rating.RED else "",
            stage=(stage := _stage_at(project, at.date())),
            frozen_stage=stage,
            frozen_delivery_state=project.delivery_state,
            frozen_worst_risk=_worst_risk_at(project, at.date()),
            **stamps,
        )
        self._freeze_costs(report)
        self.reports.append(report)
        self.events.append(ReportEvent(report=report, action=ReportAction.SUBMITTED, by=self.writer, at=at))
        if accepted:
            reviewed = report.reviewed_at
            self.events.append(ReportEvent(report=report, action=ReportAction.ACCEPTED, by=self.reviewer, at=reviewed))
        self._add_milestones(report, at.date())

    def _freeze_costs(self, report):
        """Freeze the costs of the project, with a forecast that moves each month towards today's."""
        costs = costs_of(report.project)
        freeze_costs(report, costs)
        if costs.variance is not None:
            share = Decimal(self.periods.index(report.period)) / (len(self.periods) - 1 or 1)
            reported = costs.approved.pounds + (costs.forecast.pounds - costs.approved.pounds) * share
            report.frozen_forecast = reported.quantize(Decimal(1))

    def _add_milestones(self, report, on):
        milestones = report.project.milestones.all()
        opening = main_opening(milestones)
        report.frozen_several_openings = has_several_openings(milestones)
        for milestone in milestones:
            dates = MilestoneDates.from_statements(milestone.statements.all(), on=on)
            row = ReportMilestone(report=report, milestone=milestone, title=milestone.title, kind=milestone.kind)
            row.set_dates(dates)
            row.slippage_days = row.dates.at(on).slippage_days
            if row.slippage_days and self.reasons:
                row.change_reason = self.dice.choice(self.reasons)
            if milestone == opening and row.dates.current:
                report.frozen_opening = row.dates.current
                report.frozen_opening_reached = row.dates.is_reached
                report.frozen_baseline, report.frozen_baseline_approved = row.baseline, row.baseline_approved
                report.frozen_slippage_days = row.slippage_days
            self.milestones.append(row)


def _stage_at(project, on):
    """The project's stage on the day `on`: the stage before the current one, if that began later."""
    order = list(Stage)
    index = order.index(project.stage) if project.stage else 0
    return order[index - 1] if index and project.stage_as_of and project.stage_as_of > on else project.stage


def _worst_risk_at(project, on):
    scores = [
        risk.score
        for risk in project.risks.all()
        if risk.raised_on <= on and (risk.closed_on is None or risk.closed_on > on)
    ]
    return max(scores, default=None)


def delete_reports():
    """Delete all reports on example projects and the periods made for them, and return the counts.

    Must run in a transaction.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # the trigger allows it until the transaction ends
            cursor.execute("SELECT set_config('portal.deleting_examples', 'on', true)")
    reports = StatusReport.objects.filter(project__is_example=True)
    Project.objects.filter(is_example=True, current_report__isnull=False).update(current_report=None, trend="")
    for model in (ReportMilestone, ReportEvent, Submission, ProposedNote):
        model.objects.filter(report__in=reports).order_by()._raw_delete("default")
    corrections = reports.filter(corrects__isnull=False)
    count = corrections.order_by()._raw_delete("default") + reports.order_by()._raw_delete("default")
    ReportExpected.objects.filter(project__is_example=True)._raw_delete("default")
    users = User.objects.filter(email__in=list(PEOPLE))
    periods = ReportingPeriod.objects.filter(closed_by__in=users, status_reports=None, expected=None)
    ReportingPeriod.objects.filter(pk__in=list(periods.values_list("pk", flat=True))).delete()
    return Counter({"status reports": count}) if count else Counter()
