"""The content of a project's page, as one reader can see it."""

from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Prefetch
from django.template.defaultfilters import floatformat

from estates_portal.addresses import get_by_slug
from estates_portal.sorting import SortKey
from projects.costs import costs_of
from projects.labels import (
    DELIVERY_STATES,
    GLOSSARY_TERMS,
    PLAIN_STAGES,
    STAGE_COLOURS,
    STAGES,
    STATE_COLOURS,
    band_label,
    kind_label,
    money,
    place_label,
)
from projects.models import (
    Document,
    FundingStatus,
    Milestone,
    MilestoneKind,
    MilestoneStatement,
    Priority,
    ProgressNote,
    Project,
    ProjectSource,
    Risk,
    StageStatement,
    StatementKind,
)
from projects.models.finance import funding_totals
from projects.models.milestone import MilestoneDates, MilestoneState
from projects.models.project import newest_by_fact
from sites.models import Organisation, Site, hide_waiting

from .stage import STOPPED, stage_steps, status_line


@dataclass
class Tag:
    """The label and colour of a tag."""

    label: str
    colour: str


@dataclass
class RelatedProject:
    """A project's parent or one of its parts, with its stage and, if it is on hold or cancelled, its state."""

    project: Project
    stage: Tag
    state: Tag | None

    @classmethod
    def of(cls, project, reader):
        status = project.status_seen_by(reader)
        return cls(project, stage_tag(status.stage), state_tag(status.delivery_state))


@dataclass
class MilestoneLine:
    """A milestone on the project's page. `state` is a `MilestoneState`; `note` says more about an overdue one."""

    title: str
    state: str = MilestoneState.UNKNOWN
    state_label: str = ""
    current: str = ""
    note: str = ""
    contradiction: str = ""
    reference: str = ""
    reference_label: str = ""
    slippage: str = ""
    is_reviewed: bool = True
    statements: list = field(default_factory=list)


def stage_tag(stage):
    """The `Tag` of a stage; "" is an unknown stage."""
    return Tag(STAGES[stage], STAGE_COLOURS[stage])


def state_tag(delivery_state):
    """The `Tag` of a delivery state that stops a project: on hold or cancelled; None for others."""
    colour = STATE_COLOURS.get(delivery_state)
    return Tag(DELIVERY_STATES[delivery_state], colour) if colour else None


def _slippage(position):
    """The slippage after the date that it is measured against: "7 months late", or "7 months later" than planned."""
    slippage = position.slippage
    if slippage is None or not slippage.number:
        return ""
    return slippage.label if position.dates.baseline else slippage.change_label


def _newest_first(statements):
    """The statements of a milestone: the actual dates, then the others; newest first, those without a date last."""
    return sorted(
        statements,
        key=lambda statement: (
            statement.kind == StatementKind.ACTUAL,
            statement.stated_on is not None,
            statement.stated_on or statement.on,
            statement.pk,
        ),
        reverse=True,
    )


def _overdue_note(position, statements):
    """ "Date passed 8 months ago. No news since 3 March 2025", without the second part if no statement is dated."""
    if not position.is_overdue:
        return ""
    stated = [statement.dated for statement in statements if statement.dated]
    news = f". No news since {max(stated, key=lambda date: date.last).label}" if stated else ""
    return f"Date passed {position.time_overdue} ago{news}"


class ProjectPage:
    """A project and its related records, as `reader` can see them."""

    def __init__(self, project, reader, today):
        self.project = project
        self.reader = reader
        self.today = today

    @classmethod
    def for_reader(cls, slug, reader, *, today):
        """The page of the project with this slug. Raises Http404 if `reader` cannot see it.

        About 20 queries. The number does not depend on the number of records.
        """
        visible = Project.objects.visible_to(reader)
        date_statements = MilestoneStatement.objects.seen_by(reader).select_related("stated_for")
        statements = Prefetch("statements", date_statements)
        stage_statements = StageStatement.objects.seen_by(reader).select_related("stated_for")
        projects = visible.select_related(
            "place", "site", "programme", "lead_organisation__successor", "hub", "hospitalscheme"
        ).prefetch_related(
            "other_names",
            Prefetch("partner_organisations", Organisation.objects.visible_to(reader)),
            Prefetch("further_sites", Site.objects.visible_to(reader)),
            "hub__services",
            Prefetch("hub__primary_care_networks", Organisation.objects.visible_to(reader)),
            "cost_estimates",
            "funding_lines__funding_organisation",
            Prefetch("progress_notes", ProgressNote.objects.published()),
            Prefetch("priorities", Priority.objects.order_by(SortKey("title"))),
            Prefetch("sources", ProjectSource.objects.order_by("supports", "pk")),
            Prefetch("documents", Document.objects.shown_to(reader).order_by(SortKey("title"), "pk")),
            Prefetch("milestones", Milestone.objects.shown_to(reader).prefetch_related(statements)),
            Prefetch("stage_statements", stage_statements, to_attr="seen_statements"),
            Prefetch("parts", visible),
            Prefetch("parent", visible.prefetch_related("cost_estimates"), to_attr="visible_parent"),
        )
        if reader.is_authenticated:
            open_risks = Prefetch("risks", Risk.objects.open(), to_attr="open_risks")
            projects = projects.select_related(
                *(f"current_report__{name}" for name in ("period", "submitted_by", "submitted_for"))
            ).prefetch_related("benefits", "annual_costs", open_risks)
        project = hide_waiting(get_by_slug(projects, slug), reader, "site", "lead_organisation")
        if project.lead_organisation:
            hide_waiting(project.lead_organisation, reader, "successor")
        for line in project.funding_lines.all():
            hide_waiting(line, reader, "funding_organisation")
        return cls(project, reader, today)

    @property
    def place(self):
        return place_label(self.project.place)

    @cached_property
    def acting_lead(self):
        """The organisation that acts for the lead, if the lead has ended; else None."""
        lead = self.project.lead_organisation
        line = lead.line_of_successors(self.today) if lead else []
        return line[-1] if line else None

    @cached_property
    def status(self):
        """The `ProjectStatus` that the reader sees."""
        return self.project.status_seen_by(self.reader)

    @cached_property
    def stage_statement(self):
        """The current statement of the stage, or None."""
        return newest_by_fact(self.project.seen_statements).get("stage")

    @property
    def stage(self):
        return STAGES[self.status.stage]

    @property
    def is_stopped(self):
        return self.status.delivery_state in STOPPED

    @property
    def plain_stage(self):
        return PLAIN_STAGES[self.status.stage].removeprefix("Planning: ")

    @property
    def glossary_term(self):
        """The fragment of the glossary's entry for the stage."""
        return GLOSSARY_TERMS.get(self.status.stage, "stage")

    @cached_property
    def status_line(self):
        milestones = self.project.milestones.all()
        parts = [part.status_seen_by(self.reader) for part in self.project.parts.all()]
        return status_line(self.status, self.project.seen_statements, milestones, self.reader, self.today, parts)

    @cached_property
    def steps(self):
        milestones = self.project.milestones.all()
        return stage_steps(self.status.stage, self.project.seen_statements, milestones, self.reader)

    @property
    def former_statements(self):
        """The statements of the stage and delivery state before the current ones, newest first."""
        current = newest_by_fact(self.project.seen_statements).values()
        return [statement for statement in reversed(self.project.seen_statements) if statement not in current]

    @cached_property
    def hub(self):
        """The project as a `Hub`, or None for a hospital scheme."""
        return getattr(self.project, "hub", None)

    @property
    def kind(self):
        return kind_label(self.hub and self.hub.hub_type)

    @property
    def details(self):
        """[(label, value)] of the known fields that only a hub, or only a hospital scheme, has."""
        if self.hub:
            details = [
                ("People served", self.hub.population_served and intcomma(self.hub.population_served)),
                ("New homes served", self.hub.homes_planned and intcomma(self.hub.homes_planned)),
            ]
        else:
            scheme = self.project.hospitalscheme
            details = [
                ("Clinical function", scheme.clinical_function),
                ("Beds added", "" if scheme.beds_added is None else str(scheme.beds_added)),
                ("Theatres added", "" if scheme.theatres_added is None else str(scheme.theatres_added)),
                ("Floor area", scheme.floor_area_m2 and f"{floatformat(scheme.floor_area_m2, '-2g')} m²"),
            ]
        return [(label, value) for label, value in details if value]

    @property
    def estate_risk_addressed(self):
        """The risk that a hospital scheme addresses, as text; "" if it is not recorded."""
        return "" if self.hub else self.project.hospitalscheme.estate_risk_addressed

    @cached_property
    def milestones(self):
        """[`MilestoneLine`] by date; milestones without a date last."""
        dated, undated = [], []
        for milestone in self.project.milestones.all():
            date, _reached = milestone.date_seen_by(self.reader)
            if date:
                dated.append((date.last, date.first, milestone.pk, milestone))
            else:
                undated.append((milestone.title, milestone.pk, milestone))
        return [self._line(milestone) for *_order, milestone in sorted(dated) + sorted(undated)]

    def _line(self, milestone):
        statements = milestone.statements.all()
        dates = MilestoneDates.from_statements(statements)
        position = dates.at(self.today, self.status.delivery_state)
        current = dates.current.label if dates.current else ""
        line = MilestoneLine(milestone.title, state=position.state, statements=_newest_first(statements))
        line.state_label, line.current = position.state.label, current
        line.is_reviewed = not self.reader.is_authenticated or milestone.is_reviewed
        if position.state == MilestoneState.STOPPED:
            line.state_label, line.current = f"Last planned for {current}", ""
        line.note = _overdue_note(position, statements)
        line.contradiction = self._contradiction(milestone)
        if dates.reference and dates.reference != dates.current:
            line.reference = dates.reference.label
            line.reference_label = "Baseline" if dates.baseline else "First planned"
            line.slippage = _slippage(position)
        return line

    def _contradiction(self, opening):
        """Works that another source expects after the opening, as text; "" for none."""
        date, is_reached = opening.date_seen_by(self.reader)
        if opening.kind != MilestoneKind.OPENING or date is None or is_reached:
            return ""
        for works in self.project.milestones.all():
            end, is_over = works.date_seen_by(self.reader)
            if works.kind == MilestoneKind.WORKS and end and not is_over and end.first > date.last:
                return f"The sources differ: “{works.title}” is expected {end.in_text}, after the opening"
        return ""

    @cached_property
    def parent(self):
        """The parent as `RelatedProject`, or None if the reader can see none."""
        parent = self.project.visible_parent
        return parent and RelatedProject.of(parent, self.reader)

    @cached_property
    def parts(self):
        return [RelatedProject.of(part, self.reader) for part in self.project.parts.all()]

    @property
    def parent_cost(self):
        """The newest cost estimate of the parent, if this project has none; else None. Not a cost of this project."""
        if self.project.cost_estimates.all() or self.parent is None:
            return None
        return next(iter(self.parent.project.cost_estimates.all()), None)

    @property
    def newest_costs(self):
        """[the newest cost estimate of the project], or []."""
        return self.project.cost_estimates.all()[:1]

    @property
    def earlier_costs(self):
        return self.project.cost_estimates.all()[1:]

    @property
    def funding_totals(self):
        """The known amounts of funding by status: "£2.4m secured, £1m with no stated status"; "" if none is known."""
        totals = funding_totals(self.project.funding_lines.all())
        labels = {FundingStatus.NOT_STATED: "with no stated status"}
        return ", ".join(
            f"{money(total)} {labels.get(status) or FundingStatus(status).label.lower()}"
            for status, total in totals.items()
        )

    # For signed-in readers ---------------------------------------------------------------------------------------

    @cached_property
    def costs(self):
        """The `Costs` of the project."""
        return costs_of(self.project)

    @cached_property
    def highest_risk_score(self):
        """The highest score of an open risk or issue, or None."""
        return max((risk.score for risk in self.project.open_risks), default=None)

    @property
    def highest_band(self):
        """(band, its label) of the highest score of an open risk or issue, or None."""
        return band_label(self.highest_risk_score)

    @cached_property
    def reviews_overdue(self):
        """The number of open risks and issues with an overdue review."""
        return sum(risk.is_review_overdue(self.today) for risk in self.project.open_risks)
