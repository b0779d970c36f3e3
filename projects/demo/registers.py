"""Adds risks, annual costs, benefits, decisions, documents, dependencies and backlog removed to example projects."""

import datetime
import random
from collections import Counter
from copy import copy
from decimal import Decimal

from django.db import transaction

from projects.models import (
    AnnualCost,
    BacklogBand,
    BacklogRemoved,
    Benefit,
    Decision,
    DeliveryState,
    Document,
    DocumentKind,
    Gate,
    MilestoneDependency,
    Project,
    Risk,
    RiskAction,
    RiskCategory,
    RiskKind,
    Stage,
    financial_year_of,
)
from sites.models import EstateReturn

from .estate import SOURCE
from .reports import noon

MAX_PROJECTS = 400  # as many as have reports
RISKS = [
    ("Tender prices rise", "Few contractors bid for health work of this size", "The scheme is not affordable"),
    ("Planning permission delayed", "Objections to parking and traffic", "Start on site delayed"),
    (
        "Ground conditions worse than surveyed",
        "Made ground under the old car park",
        "Deeper piles and several weeks of delay",
    ),
    ("Staff not in post at opening", "Recruitment across the system is slow", "Space is unused after opening"),
    ("Wards not vacated in time", "Winter pressure on beds", "Decant delayed until spring"),
    ("Not enough power", "The network has no capacity until works are done", "A temporary supply is needed"),
    ("Asbestos beyond the survey", "Ceiling voids could not be opened", "Works stop until it is removed"),
    ("Capital must be spent by March", "Funding falls in one financial year", "Funding is lost if works are delayed"),
]
CATEGORIES = ["Commercial", "Legal", "Property", "People", "Operations", "Technology", "Property", "Financial"]
OWNERS = ["Director of estates", "Project manager", "Chief finance officer", "Head of capital", "Programme director"]
ACTIONS = [
    "Early contractor advice",
    "Second survey",
    "Agree phasing with operational teams",
    "Paper to the programme board",
]
BENEFITS = [
    ("Wait for a first appointment", "days", 48, 28),
    ("Journeys of over 30 minutes saved", "patients a year", 0, 4000),
    ("Carbon from energy", "tonnes a year", 310, 120),
    ("Space in use in the week", "% of hours", 54, 80),
]
DOCUMENTS = [
    ("Strategic outline case", DocumentKind.SOC),
    ("Outline business case", DocumentKind.OBC),
    ("Paper to the programme board", DocumentKind.BOARD),
    ("Planning application", DocumentKind.PLANNING),
]
DECISIONS = [
    ("Outline business case approved, subject to phasing", "Capital Board"),
    ("Lease agreed in principle with the council", "Estates Committee"),
    ("One contractor appointed through the framework", "Programme Board"),
    ("Contingency of 8% kept until tenders are in", "Finance Committee"),
]


def add_registers(on, *, seed=1):
    """Add rows to active example projects without risks and annual costs; return the counts. Safe to repeat."""
    dice = random.Random(seed)  # noqa: S311 -- example data
    projects = Project.objects.filter(
        is_example=True, delivery_state=DeliveryState.ACTIVE, risks=None, annual_costs=None
    )
    projects = list(
        projects.exclude(stage=Stage.CLOSED)
        .prefetch_related("cost_estimates", "milestones")
        .order_by("pk")[:MAX_PROJECTS]
    )
    papers = random.Random(seed)  # noqa: S311 -- example data
    risks, costs, benefits, decisions, documents, links = [], [], [], [], [], []
    for project in projects:
        benefits += [_benefit(project, parts, dice, on) for parts in dice.sample(BENEFITS, dice.randint(0, 3))]
        decisions += [_decision(project, parts, dice, on) for parts in dice.sample(DECISIONS, dice.randint(0, 2))]
        documents += [_document(project, parts, papers, on) for parts in papers.sample(DOCUMENTS, papers.randint(1, 3))]
        links += _dependencies(project)
        risks += [_risk(project, parts, dice, on) for parts in dice.sample(RISKS, dice.randint(1, 4))]
        costs += _years(project, dice, on)
    removed = _removed(projects, random.Random(f"{seed} backlog"), on)  # noqa: S311 -- example data
    with transaction.atomic():
        _categorise(risks)
        Risk.objects.bulk_create(risks, batch_size=500)
        _add_past_scores(risks, random.Random(f"{seed} scores"), on)  # noqa: S311 -- example data
        RiskAction.objects.bulk_create([_action(risk, dice, on) for risk in risks], batch_size=500)
        AnnualCost.objects.bulk_create(costs, batch_size=500)
        Benefit.objects.bulk_create(benefits, batch_size=500)
        Decision.objects.bulk_create(decisions, batch_size=500)
        Document.objects.bulk_create(documents, batch_size=500)
        MilestoneDependency.objects.bulk_create(links, batch_size=500)
        BacklogRemoved.objects.bulk_create(removed, batch_size=500)
        Project.objects.bulk_update(projects, ["approved_budget", "approved_budget_on"], batch_size=500)
    made = {
        "risks": len(risks),
        "annual costs": len(costs),
        "benefits": len(benefits),
        "decisions": len(decisions),
        "documents": len(documents),
        "milestone dependencies": len(links),
        "statements of backlog removed": len(removed),
    }
    return Counter(made) if projects else Counter()


def _benefit(project, parts, dice, on):
    title, unit, before, target = parts
    measured = dice.random() < 0.4
    latest = before + (target - before) * dice.randint(1, 11) // 10 if measured else None
    return Benefit(
        project=project,
        title=title,
        unit=unit,
        baseline=before,
        target=target,
        due_on=on + datetime.timedelta(days=dice.randint(100, 900)),
        owner=dice.choice(OWNERS),
        latest=latest,
        latest_on=on - datetime.timedelta(days=dice.randint(5, 60)) if measured else None,
    )


def _decision(project, parts, dice, on):
    title, by = parts
    decided_on = on - datetime.timedelta(days=dice.randint(10, 400))
    return Decision(project=project, title=title, decided_by=by, decided_on=decided_on)


def _document(project, parts, dice, on):
    title, kind = parts
    dated = on - datetime.timedelta(days=dice.randint(20, 600))
    address = f"https://example.org/papers/{project.slug}/{kind}"
    return Document(project=project, title=title, kind=kind, dated=dated, url=address, public=dice.random() < 0.5)


def _dependencies(project):
    """Opening depends on handover, and start on site on the full business case, if the project has both."""
    by_gate = {milestone.gate: milestone for milestone in project.milestones.all() if milestone.gate}
    pairs = [(Gate.OPENING, Gate.HANDOVER), (Gate.START, Gate.FBC)]
    return [
        MilestoneDependency(milestone=by_gate[gate], depends_on=by_gate[depends_on])
        for gate, depends_on in pairs
        if gate in by_gate and depends_on in by_gate
    ]


def _risk(project, parts, dice, on):
    title, cause, effect = parts
    issue = dice.random() < 0.15
    consequence = dice.randint(2, 5)
    likelihood = 5 if issue else dice.randint(1, 4)
    closed = dice.random() < 0.15
    return Risk(
        project=project,
        kind=RiskKind.ISSUE if issue else RiskKind.RISK,
        title=title,
        cause=cause,
        effect=effect,
        likelihood=likelihood,
        consequence=consequence,
        inherent_likelihood=5 if issue else min(5, likelihood + 1),
        inherent_consequence=consequence,
        target_likelihood=max(1, likelihood - 2),
        target_consequence=consequence,
        owner=dice.choice(OWNERS),
        escalation=dice.choice(["project"] * 6 + ["programme", "portfolio"]),
        raised_on=on - datetime.timedelta(days=dice.randint(40, 500)),
        review_on=on + datetime.timedelta(days=dice.randint(-30, 60)),
        reviewed_on=on - datetime.timedelta(days=dice.randint(10, 90)),
        closed_on=on - datetime.timedelta(days=dice.randint(1, 30)) if closed else None,
        closed_why="The permission came" if closed else "",
    )


def _categorise(risks):
    """Give each risk the category of its title, if the list has it."""
    categories = {category.name: category for category in RiskCategory.objects.all()}
    names = dict(zip((title for title, _cause, _effect in RISKS), CATEGORIES, strict=True))
    for risk in risks:
        risk.category = categories.get(names[risk.title])


def _add_past_scores(risks, dice, on):
    """Add a row of history to most risks, with the score of 40 days before."""
    past = []
    for risk in risks:
        if dice.random() < 0.9:
            before = copy(risk)
            if risk.kind == RiskKind.RISK:
                before.likelihood = min(5, max(1, risk.likelihood + dice.choice([-1, 0, 0, 1])))
            past.append(before)
    at = noon(on - datetime.timedelta(days=40))
    Risk.history.bulk_history_create(past, batch_size=500, default_date=at)


def _action(risk, dice, on):
    due_on = on + datetime.timedelta(days=dice.randint(-20, 90))
    return RiskAction(risk=risk, what=dice.choice(ACTIONS), owner=dice.choice(OWNERS), due_on=due_on)


def _years(project, dice, on):
    """3 or 4 years of annual costs that add up to about the newest estimate. Sets the approved budget."""
    estimates = list(project.cost_estimates.all())
    if not estimates:
        return []
    approved = estimates[0].amount_pounds.quantize(Decimal(1))
    project.approved_budget, project.approved_budget_on = approved, on - datetime.timedelta(days=dice.randint(100, 700))
    first, number = financial_year_of(on) - dice.randint(0, 1), dice.randint(3, 4)
    ratio = dice.choice([Decimal("1"), Decimal("1"), Decimal("1.02"), Decimal("1.08"), Decimal("0.97")])
    rows = []
    for index in range(number):
        year = first + index
        budget = approved // number if index else approved - approved // number * (number - 1)  # the remainder
        forecast = (budget * ratio).quantize(Decimal(1))
        actual = forecast if year < financial_year_of(on) else None
        rows.append(AnnualCost(project=project, year=year, budget=budget, forecast=forecast, actual=actual))
    return rows


def _removed(projects, dice, on):
    """Parts of the backlog of their sites that two in three projects remove; one in five stated another amount before.

    Not each states the low risks, the price year or the significant risk, so that unknown amounts can be looked at.
    """
    ids = {project.site_id for project in projects}
    newest = {}
    for row in EstateReturn.objects.filter(site__in=ids, site__is_example=True).order_by("-year", "pk"):
        newest.setdefault(row.site_id, row)
    statements = []
    for project in projects:
        row = newest.get(project.site_id)
        if row is None or dice.random() < 0.33:
            continue
        day = on - datetime.timedelta(days=dice.randint(30, 300))
        for band in dice.sample(list(BacklogBand), dice.choice([2, 3, 4])):
            share = Decimal(dice.choice(["0.05", "0.1", "0.2", "0.4"]))
            if getattr(row, band.column) is None:
                continue
            amount = round(getattr(row, band.column) * share, -4)
            statement = BacklogRemoved(
                project=project,
                site_id=project.site_id,
                band=band,
                amount_pounds=amount,
                price_year=row.year if dice.random() < 0.8 else None,
                as_of=day,
                source_words=SOURCE,
            )
            statements.append(statement)
            if dice.random() < 0.2:
                before = day - datetime.timedelta(days=400)
                statements.append(_copy(statement, amount_pounds=amount // 2, as_of=before))
    return statements


def _copy(statement, **changes):
    names = ("project", "site_id", "band", "price_year", "source_words")
    return BacklogRemoved(**{name: getattr(statement, name) for name in names}, **changes)
