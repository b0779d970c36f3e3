"""What a project's page shows: the project and what is recorded about it, as one reader can see it."""

from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Exists, OuterRef, Prefetch
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import floatformat

from projects.labels import (
    DELIVERY_STATES,
    STAGE_COLOURS,
    STAGES,
    STATE_COLOURS,
    band_label,
    kind_label,
    money,
    place_label,
    slippage_label,
)
from projects.models import Document, Following, Milestone, Priority, Project, ProjectSource, Risk, Stage
from projects.models.finance import known_sum
from projects.models.milestone import MilestoneDates
from projects.signs import over_budget

STEPS = [stage for stage in Stage if stage != Stage.CLOSED]


@dataclass
class Step:
    """One stage of the steps drawn on the page: done, current or ahead."""

    label: str
    state: str


@dataclass
class Tag:
    """A stage or state with the colour of its tag."""

    label: str
    colour: str


@dataclass
class RelatedProject:
    """The plan that a project is part of, or one of its parts, with its stage."""

    project: Project
    stage: Tag


@dataclass
class MilestoneLine:
    """A milestone as the project's page shows it."""

    title: str
    state: str = "ahead"
    now: str = ""
    first: str = ""
    first_is: str = ""
    slippage: str = ""
    statements: list = field(default_factory=list)

    @property
    def state_label(self):
        return {"reached": "Reached", "overdue": "Overdue, no update", "ahead": "Expected"}[self.state]


def stage_tag(stage):
    """The `Tag` of a stage, or of "" where it is not known."""
    return Tag(STAGES[stage], STAGE_COLOURS[stage])


def stage_steps(stage):
    """The steps from identified to operational for a project at `stage` ("" when it is not known)."""
    order = list(Stage)
    here = order.index(stage) if stage else -1
    return [
        Step(step.label, "current" if step == stage else "done" if place < here else "ahead")
        for place, step in enumerate(STEPS)
    ]


class ProjectPage:
    """A project and what is recorded about it, as `reader` can see it."""

    def __init__(self, project, reader, today):
        self.project = project
        self.reader = reader
        self.today = today

    @classmethod
    def for_reader(cls, slug, reader, *, today):
        """The page of the project with this slug; raises Http404 where `reader` cannot see it.

        About 20 queries, the same number whatever is recorded.
        """
        visible = Project.objects.visible_to(reader)
        found = visible.select_related(
            "place", "site", "programme", "lead_organisation__successor", "hub", "hospitalscheme"
        ).prefetch_related(
            "other_names",
            "partner_organisations",
            "further_sites",
            "hub__services",
            "hub__primary_care_networks",
            "cost_estimates",
            "funding_lines",
            "progress_notes",
            Prefetch("priorities", Priority.objects.order_by("title")),
            Prefetch("sources", ProjectSource.objects.order_by("supports", "pk")),
            Prefetch("documents", Document.objects.shown_to(reader).order_by("title", "pk")),
            Prefetch("milestones", Milestone.objects.shown_to(reader).prefetch_related("statements")),
            Prefetch("parts", visible),
            Prefetch("parent", visible.prefetch_related("cost_estimates"), to_attr="visible_parent"),
        )
        if reader.is_authenticated:
            follows = Following.objects.filter(person=reader.pk, project=OuterRef("pk"))
            open_risks = Prefetch("risks", Risk.objects.open(), to_attr="open_risks")
            found = found.annotate(follows=Exists(follows)).prefetch_related("benefits", "annual_costs", open_risks)
        return cls(get_object_or_404(found, slug=slug), reader, today)

    @property
    def place(self):
        return place_label(self.project.place)

    @property
    def stage(self):
        return STAGES[self.project.stage]

    @property
    def state(self):
        """The `Tag` of the delivery state where it says more than the stage does, else None."""
        colour = STATE_COLOURS.get(self.project.delivery_state)
        return Tag(DELIVERY_STATES[self.project.delivery_state], colour) if colour else None

    @cached_property
    def steps(self):
        return stage_steps(self.project.stage)

    @cached_property
    def hub(self):
        """The project as a hub, or None where it is a hospital scheme."""
        return getattr(self.project, "hub", None)

    @property
    def kind(self):
        return kind_label(self.hub and self.hub.hub_type)

    @property
    def details(self):
        """[(label, value)] of what is known of a hub, or of a hospital scheme, alone."""
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
                ("Estate risk addressed", scheme.estate_risk_addressed),
            ]
        return [(label, value) for label, value in details if value]

    @cached_property
    def milestones(self):
        """`MilestoneLine`s in the order of their dates; those without a date come last."""
        milestones = self.project.milestones.all()
        dated = sorted((one for one in milestones if one.current_on), key=lambda one: (one.current_on, one.pk))
        undated = sorted((one for one in milestones if not one.current_on), key=lambda one: one.title)
        return [self._line(milestone) for milestone in dated] + [MilestoneLine(one.title) for one in undated]

    def _line(self, milestone):
        statements = milestone.statements.all()
        dates = MilestoneDates.from_statements(statements)
        first, now = dates.reference, dates.current
        return MilestoneLine(
            title=milestone.title,
            state="reached" if milestone.reached else "overdue" if dates.is_overdue(self.today) else "ahead",
            now=milestone.current_label,
            first=first.label if first and first != now else "",
            first_is="Baseline" if dates.baseline else "First planned",
            slippage=slippage_label(dates) if dates.slippage else "",
            statements=statements,
        )

    @cached_property
    def parent(self):
        """The `RelatedProject` that this one is a part of, or None where there is none that the reader can see."""
        parent = self.project.visible_parent
        return parent and RelatedProject(parent, stage_tag(parent.stage))

    @cached_property
    def parts(self):
        return [RelatedProject(part, stage_tag(part.stage)) for part in self.project.parts.all()]

    @property
    def parent_cost(self):
        """The newest cost of the plan it is a part of, where this project has none of its own, else None."""
        if self.project.cost_estimates.all() or self.parent is None:
            return None
        return next(iter(self.parent.project.cost_estimates.all()), None)

    @property
    def funding_known(self):
        """The sum of the known amounts, such as "£2.4m"; "" when none is known."""
        return money(known_sum(line.amount_pounds for line in self.project.funding_lines.all()))

    # For signed-in readers ---------------------------------------------------------------------------------------

    @cached_property
    def forecast_total(self):
        """Pounds that the forecasts of all its years come to; None where there is none."""
        return known_sum(cost.forecast for cost in self.project.annual_costs.all())

    @cached_property
    def over_budget(self):
        """Pounds by which the forecast is over the approved budget; None where it is not, or not known."""
        return over_budget(self.forecast_total, self.project.approved_budget)

    @cached_property
    def highest_risk_score(self):
        """The highest score of an open risk or issue; None where there is none."""
        return max((risk.score for risk in self.project.open_risks), default=None)

    @property
    def finance_label(self):
        """The forecast and the approved budget in a few words, such as "forecast £12m of £10m approved"."""
        forecast, approved = self.forecast_total, self.project.approved_budget
        if forecast is None:
            return "no annual figures yet" if approved is None else f"{money(approved)} approved"
        return f"forecast {money(forecast)}" + ("" if approved is None else f" of {money(approved)} approved")

    @property
    def highest_band(self):
        """(band, its label) of the highest score of an open risk or issue; None where there is none."""
        return band_label(self.highest_risk_score)

    @cached_property
    def reviews_overdue(self):
        """How many open risks and issues should have been reviewed before today."""
        return sum(risk.is_review_overdue(self.today) for risk in self.project.open_risks)
