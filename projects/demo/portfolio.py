"""Makes and deletes a portfolio of example projects, to try the portal at scale. All rows are labelled example data.

The same seed, day and count with the same records give the same portfolio.
"""

import datetime
import itertools
import random
from collections import Counter
from decimal import Decimal

from django.db import connection, models, transaction
from django.utils.text import slugify

from estates_portal.dates import DatePrecision, PartialDate
from estates_portal.deletion.references import is_part
from estates_portal.identity import current_system
from estates_portal.sorting import SortKey
from projects.models import (
    BacklogRemoved,
    CostEstimate,
    DeliveryState,
    FundingLine,
    FundingStatus,
    HospitalScheme,
    Hub,
    HubType,
    Milestone,
    MilestoneKind,
    MilestoneStatement,
    OtherName,
    Priority,
    Programme,
    ProgressNote,
    Project,
    ProjectKind,
    Stage,
    StageBasis,
    StageStatement,
    StatementKind,
    gate_of,
)
from sites.map import outlines
from sites.models import LocationPrecision, Organisation, OrganisationKind, Place, Site, SiteKind

from .estate import Estate, delete_estate
from .reports import delete_reports

LABEL = "Example: "
BATCH = 1000  # projects built and inserted together

FIRST_PARTS = [
    "River", "Oak", "Ash", "Mill", "Kings", "Queens", "West", "East", "North", "South", "Church", "Bridge", "Stone",
    "Wood", "Hazel", "Thorn", "Fair", "Brook", "Clay", "Elm", "Fern", "Green", "High", "Holly", "Lark", "Long", "Maple",
    "Marsh", "Meadow", "New", "Old", "Orchard", "Priors", "Rose", "Rush", "Silver", "Spring", "Swan", "Wheat", "Willow",
]  # fmt: skip
LAST_PARTS = [
    "side", "field", "wick", "bourne", "ley", "ford", "ton", "mere", "combe", "ham", "worth", "stead", "den", "gate",
    "hurst", "holme", "well", "dale", "cote", "croft", "haven", "bury", "marsh", "stow", "leigh",
]  # fmt: skip
FORENAMES = ["Alex", "Amina", "Ben", "Carys", "Dev", "Ewa", "Farah", "Grace", "Hamish", "Ines", "Jo", "Kwame", "Leah"]
SURNAMES = ["Ashdown", "Barrow", "Chaudhry", "Dunmore", "Eastwell", "Fairlie", "Garrick", "Holt", "Ivory", "Jessop"]

# Titles, what they bring, and for hospital schemes the function and the ranges of beds and theatres added.
HUBS = {
    HubType.MATERNITY: [
        ("Maternity Hub", "antenatal clinics, scans and help with feeding"),
        ("Birth and Family Centre", "midwife-led births and early years support"),
    ],
    HubType.CHILDRENS: [
        ("Children's Health Hub", "paediatric clinics, therapies and school nursing"),
        ("Family Hub", "early help, health visiting and special needs support"),
    ],
    HubType.HEALTH_AND_WELLBEING: [
        ("Health and Wellbeing Hub", "social prescribing, physiotherapy and advice"),
        ("Integrated Care Hub", "general practice, social care and mental health services"),
        ("Living Well Centre", "rehabilitation, classes and voluntary services"),
    ],
    HubType.PRIMARY_CARE: [
        ("Primary Care Hub", "three practices with community nurses"),
        ("Medical Centre", "a larger home for a growing practice"),
        ("Surgery Extension", "more consulting rooms and a minor operations suite"),
        ("Surgery Relocation", "a modern building in place of a converted house"),
    ],
    HubType.DIAGNOSTIC: [("Community Diagnostic Centre", "scans and tests away from the acute hospital")],
    HubType.OTHER: [
        ("Dialysis Unit", "dialysis nearer to home"),
        ("Crisis House", "short stays for people in a mental health crisis"),
    ],
}
HOSPITAL_SCHEMES = [
    ("Emergency Department Expansion", "Emergency care", "more assessment space and a new entrance", None, None),
    ("Ward Block", "Inpatient wards", "single rooms in place of old wards", (24, 96), None),
    ("Theatre Suite", "Surgery", "modern theatres and recovery", None, (2, 8)),
    ("Elective Care Centre", "Planned surgery", "planned operations apart from emergencies", (10, 40), (2, 6)),
    ("Imaging Centre", "Diagnostics", "MRI, CT and ultrasound together", None, None),
    ("Endoscopy Unit", "Diagnostics", "four procedure rooms", None, None),
    ("Energy Centre", "Estate infrastructure", "heating that replaces worn-out plant", None, None),
    ("Roof Replacement", "Estate infrastructure", "safe roofs over wards in use", None, None),
    ("Mental Health Ward", "Mental health", "en-suite rooms and gardens", (12, 24), None),
    ("Cancer Unit", "Cancer care", "chemotherapy and clinics under one roof", (8, 24), None),
    ("Women's and Children's Wing", "Maternity and paediatrics", "births and children together", (20, 60), (1, 3)),
]  # fmt: skip

# The events of a project in order, each with the fewest and most days since the event before.
EVENTS = [
    ("Strategic outline case approved", MilestoneKind.APPROVAL, (90, 240)),
    ("Outline business case approved", MilestoneKind.APPROVAL, (150, 360)),
    ("Full business case approved", MilestoneKind.APPROVAL, (150, 330)),
    ("Construction starts", MilestoneKind.WORKS, (45, 150)),
    ("Building handed over", MilestoneKind.WORKS, (240, 700)),
    ("Opening", MilestoneKind.OPENING, (30, 120)),
]
# The number of these events reached at each stage, then how often projects are at that stage.
EVENTS_REACHED = {
    Stage.IDENTIFIED: 0,
    Stage.SOC: 1,
    Stage.OBC: 2,
    Stage.FBC: 3,
    Stage.CONSTRUCTION: 4,
    Stage.COMMISSIONING: 5,
    Stage.OPERATIONAL: 6,
    Stage.CLOSED: 6,
}
STAGE_WEIGHTS = [14, 14, 16, 10, 16, 5, 23, 2]

STAGE_NOTES = {
    Stage.IDENTIFIED: ["Need set out by the practices; options being gathered.", "Site search under way."],
    Stage.SOC: ["Strategic outline case approved; design team being appointed.", "First drawings shown to neighbours."],
    Stage.OBC: ["Outline business case approved.", "Planning application lodged.", "Public drop-in well attended."],
    Stage.FBC: ["Full business case approved.", "Tender prices within budget.", "Planning permission granted."],
    Stage.CONSTRUCTION: [
        "Foundations in.",
        "Steel frame finished.",
        "Topping-out ceremony held with staff.",
        "Roof on.",
    ],
    Stage.COMMISSIONING: ["Keys handed over; equipment going in.", "Staff training in the new rooms."],
    Stage.OPERATIONAL: ["First patients seen.", "Officially opened.", "Opened to patients on two floors."],
    Stage.CLOSED: ["Lessons learned report accepted; project closed."],
}
HOLD_NOTES = ["Paused until revenue funding is found.", "Put on hold while the site lease is agreed."]
CANCEL_NOTES = ["Stopped: the options were not affordable.", "Withdrawn after the site was sold."]
FUNDERS = [
    "NHS capital", "System capital allocation", "Section 106 developer contributions", "Council capital",
    "Primary care premises grant", "Hospital charity appeal", "Land sale receipts", "Decarbonisation grant",
]  # fmt: skip


class NotReady(Exception):
    """The portfolio cannot be made or deleted. The message says what to do first."""


def make_example_projects(count, *, seed=1, on, progress=lambda done: None):
    """Add `count` example projects as they would be on the day `on`; return a `Counter` of rows by model.

    Adds to existing example projects, without history. Calls `progress` with the number done after each batch. Raises
    NotReady if there are no places or priorities.
    """
    with transaction.atomic():
        portfolio = Portfolio(count, seed, on)
        portfolio.add_organisations()
        portfolio.add_sites()
        portfolio.add_programmes()
        for done in range(0, count, BATCH):
            size = min(BATCH, count - done)
            portfolio.add_projects(size)
            progress(done + size)
    return portfolio.counts


class Portfolio:
    """One run: the records to choose from and the counts of rows added."""

    def __init__(self, count, seed, on):
        self.count, self.seed, self.on = count, seed, on
        self.counts = Counter()
        self.places = list(Place.objects.order_by(SortKey("name")))
        self.priorities = list(Priority.objects.order_by("pk"))
        self.middles = {outline.gss_code: outline.middle for outline in outlines(current_system().boundary)}
        if not self.places or not self.priorities:
            raise NotReady("There are no places or priorities yet: run load_blmk first.")
        newest = Project.objects.filter(is_example=True).order_by("-reference").first()
        self.next_number = int(newest.reference.removeprefix("EX-")) + 1 if newest else 1
        self.random = random.Random(f"{seed} {self.next_number}")
        self.titles = UniqueNames(Project.objects.filter(slug__startswith="example-").values_list("slug", flat=True))

    def insert(self, objects):
        objects = list(objects)
        if objects:
            model = type(objects[0])
            self.counts[str(model._meta.verbose_name_plural)] += len(objects)
            model._default_manager.bulk_create(objects)
        return objects

    def place_name(self):
        return self.random.choice(FIRST_PARTS) + self.random.choice(LAST_PARTS)

    def person(self):
        return f"{self.random.choice(FORENAMES)} {self.random.choice(SURNAMES)}"

    def point_in(self, place):
        """A latitude and longitude near the middle of the place; (None, None) if it has no outline."""
        if place.gss_code not in self.middles:
            return None, None
        longitude, latitude = self.middles[place.gss_code]
        return (
            Decimal(f"{latitude + self.random.uniform(-0.03, 0.03):.6f}"),
            Decimal(f"{longitude + self.random.uniform(-0.04, 0.04):.6f}"),
        )

    def days_ago(self, fewest_days, most_days):
        return self.on - datetime.timedelta(days=self.random.randint(fewest_days, most_days))

    # Organisations, sites and programmes

    def add_organisations(self):
        """Add 1 organisation for about every 100 projects, of each type that leads projects or is a partner."""
        existing = Organisation.objects.filter(is_example=True)
        projects = self.count + Project.objects.filter(is_example=True).count()
        missing = max(8, min(60, projects // 100)) - existing.count()
        names = UniqueNames(Organisation.objects.filter(slug__startswith="example-").values_list("slug", flat=True))
        kinds = [
            (OrganisationKind.NHS_TRUST, "NHS Foundation Trust"),
            (OrganisationKind.COUNCIL, "Council"),
            (OrganisationKind.PRIMARY_CARE_NETWORK, "PCN"),
            (OrganisationKind.ICB, "Integrated Care Board"),
            (OrganisationKind.NHS_TRUST, "Community NHS Trust"),
            (OrganisationKind.PRIMARY_CARE_NETWORK, "Practices PCN"),
            (OrganisationKind.PROPERTY_COMPANY, "Health Property Ltd"),
            (OrganisationKind.NHS_TRUST, "Hospitals NHS Trust"),
        ]
        organisations = []
        for number in range(missing):
            kind, label = kinds[number % len(kinds)]
            name, slug = names.new(f"{LABEL}{self.place_name()} {label}")
            organisations.append(
                Organisation(
                    name=name,
                    slug=slug,
                    kind=kind,
                    place=self.random.choice(self.places),
                    is_example=True,
                )
            )
        self.insert(organisations)
        all_organisations = list(existing.order_by("pk"))
        self.networks = [
            organisation
            for organisation in all_organisations
            if organisation.kind == OrganisationKind.PRIMARY_CARE_NETWORK
        ]
        self.trusts = [
            organisation for organisation in all_organisations if organisation.kind == OrganisationKind.NHS_TRUST
        ]
        self.leads = [
            organisation
            for organisation in all_organisations
            if organisation.kind != OrganisationKind.PRIMARY_CARE_NETWORK
        ]

    def add_sites(self):
        """Add 1 site for about every 3 projects, some of them hospitals."""
        names = UniqueNames(Site.objects.filter(slug__startswith="example-").values_list("slug", flat=True))
        kinds = [
            (SiteKind.HEALTH_CENTRE, "Health Centre"),
            (SiteKind.HUB, "Care Hub"),
            (SiteKind.ACUTE_HOSPITAL, "General Hospital"),
            (SiteKind.COMMUNITY_HOSPITAL, "Community Hospital"),
            (SiteKind.OTHER, "Land"),
        ]
        sites, grades, estate = [], [], Estate(f"{self.seed} {self.next_number}", self.on)
        for number in range(max(5, self.count // 3)):
            kind, label = kinds[number % len(kinds)]
            name, slug = names.new(f"{LABEL}{self.place_name()} {label}")
            place = self.random.choice(self.places)
            latitude, longitude = self.point_in(place)
            sites.append(
                Site(
                    name=name,
                    slug=slug,
                    kind=kind,
                    place=place,
                    owner=self.random.choice(self.leads),
                    address=f"{self.random.randint(1, 200)} {self.random.choice(FIRST_PARTS)} Road, {place.name}",
                    postcode=f"ZZ{self.random.randint(1, 99)} {self.random.randint(1, 9)}AA",  # no real area
                    latitude=latitude,
                    longitude=longitude,
                    location_precision=LocationPrecision.SITE if latitude else "",
                    tenure=self.random.choice(["freehold", "leasehold", "leasehold", "licence", ""]),
                    reported_by=self.trusts[number % len(self.trusts)],
                    is_example=True,
                )
            )
            grades.append(self.random.choice(["A", "B", "B", "C", "C", "D", ""]))
            estate.add_lease(sites[-1])
        sites = self.insert(sites)
        self.insert(estate.survey(site, grade) for site, grade in zip(sites, grades, strict=True) if grade)
        self.insert(row for site in sites for row in estate.returns(site, site.reported_by))
        hospitals = {SiteKind.ACUTE_HOSPITAL, SiteKind.COMMUNITY_HOSPITAL}
        self.hospital_sites = [site for site in sites if site.kind in hospitals]
        self.hub_sites = [site for site in sites if site.kind not in hospitals]

    def add_programmes(self):
        names = UniqueNames(Programme.objects.filter(slug__startswith="example-").values_list("slug", flat=True))
        titles = ["Community Estate Programme", "Hospital Renewal Programme", "Primary Care Premises Programme"]
        programmes = []
        for number in range(max(2, min(120, self.count // 40))):
            name, slug = names.new(f"{LABEL}{self.place_name()} {titles[number % len(titles)]}")
            programmes.append(
                Programme(
                    name=name,
                    slug=slug,
                    description="Example data. Projects planned and paid for together.",
                    lead_organisation=self.random.choice(self.leads),
                    is_example=True,
                )
            )
        self.programmes = self.insert(programmes)

    # Projects

    def add_projects(self, size):
        plans = [self.plan() for _ in range(size)]
        whole_plans, parts = plans[: size - size // 10], plans[size - size // 10 :]
        self.insert(plan.project for plan in whole_plans)
        for part in parts:  # 1 in 10 is part of another project
            whole = self.random.choice(whole_plans).project
            part.project.parent = whole
            part.project.programme = whole.programme
        self.insert(plan.project for plan in parts)

        insert_children(Hub, [plan.child_row() for plan in plans if plan.kind == ProjectKind.HUB])
        insert_children(HospitalScheme, [plan.child_row() for plan in plans if plan.kind != ProjectKind.HUB])
        self.link(Project.priorities.through, "priority", ((p.project, p.priorities) for p in plans))
        self.link(Project.partner_organisations.through, "organisation", ((p.project, p.partners) for p in plans))
        self.link(Project.further_sites.through, "site", ((p.project, p.further_sites) for p in plans))
        self.link(Hub.primary_care_networks.through, "organisation", ((p.project, p.networks) for p in plans), "hub")

        self.insert(OtherName(project=plan.project, name=name) for plan in plans for name in plan.other_names)
        self.insert(cost for plan in plans for cost in plan.costs)
        self.insert(line for plan in plans for line in plan.funding)
        self.insert(note for plan in plans for note in plan.notes)
        self.insert(StageStatement(project=plan.project, **said) for plan in plans for said in plan.status_statements)
        self.insert(milestone for plan in plans for milestone, _ in plan.milestones)
        self.insert(statement for plan in plans for _, statements in plan.milestones for statement in statements)

    def link(self, through, other, pairs, project="project"):
        through.objects.bulk_create(
            through(**{f"{project}_id": record.pk, f"{other}_id": linked.pk})
            for record, linked_records in pairs
            for linked in linked_records
        )

    def plan(self):
        is_hub = self.random.random() < 0.65
        return HubPlan(self) if is_hub else HospitalSchemePlan(self)


class Plan:
    """One example project with its related records, not saved."""

    kind = None

    def __init__(self, portfolio):
        self.portfolio, self.random, self.on = portfolio, portfolio.random, portfolio.on
        self.choose_type()
        self.choose_stage()
        self.make_project()
        self.make_milestones()
        self.make_finance()
        self.make_notes()
        self.make_other_names()
        self.partners = [
            organisation for organisation in self.sample(portfolio.leads, 0, 2) if organisation != self.lead
        ]
        self.priorities = self.sample(portfolio.priorities, 1, 2)

    def sample(self, choices, lowest, highest):
        return self.random.sample(choices, k=min(len(choices), self.random.randint(lowest, highest)))

    def choose_stage(self):
        self.stage = self.random.choices(list(EVENTS_REACHED), STAGE_WEIGHTS)[0]
        self.state = DeliveryState.ACTIVE
        if self.stage in {Stage.OPERATIONAL, Stage.CLOSED}:
            self.state = DeliveryState.COMPLETE
        elif self.random.random() < 0.12:
            self.state = DeliveryState.ON_HOLD
        elif self.stage in {Stage.IDENTIFIED, Stage.SOC, Stage.OBC} and self.random.random() < 0.08:
            self.state = DeliveryState.CANCELLED
        self.as_of = self.portfolio.days_ago(1, 110)

    def make_project(self):
        portfolio = self.portfolio
        published = self.random.random() < 0.85
        by_month = self.random.random() < 0.2
        several_places = self.random.random() < 0.03
        name = portfolio.place_name()
        title, slug = portfolio.titles.new(f"{LABEL}{name} {self.label}")
        self.name = name
        self.project = Project(
            reference=f"EX-{portfolio.next_number:06d}",
            kind=self.kind,
            title=title,
            slug=slug,
            summary=f"Example data, not a real project. {self.label} for {name}: {self.brings}.",
            programme=self.random.choice(portfolio.programmes) if self.random.random() < 0.6 else None,
            place=None if several_places else self.site.place,
            site=self.site,
            lead_organisation=self.lead,
            stage=self.stage,
            stage_as_of=PartialDate.of(self.as_of, DatePrecision.MONTH).first if by_month else self.as_of,
            stage_as_of_precision=DatePrecision.MONTH if by_month else DatePrecision.DAY,
            stage_basis=StageBasis.REPORTED,
            delivery_state=self.state,
            senior_responsible_owner=portfolio.person() if self.random.random() < 0.9 else "",
            project_manager=portfolio.person() if self.random.random() < 0.8 else "",
            published=published,
            restricted=not published and self.random.random() < 0.3,
            is_example=True,
        )
        self.status_statements = list(self.project.accept_changes().values())
        for said in self.status_statements:
            said |= {"stated_on": self.project.stage_as_of, "precision": self.project.stage_as_of_precision}
        further = self.sample(portfolio.hub_sites, 1, 3) if several_places else []
        self.further_sites = [site for site in further if site != self.site]
        portfolio.next_number += 1

    # Milestones

    def make_milestones(self):
        """Make milestones of the last 3 to 6 events; reached ones are before the date of the stage."""
        first = len(EVENTS) - self.random.randint(3, len(EVENTS))
        reached_count = EVENTS_REACHED[self.stage]
        days = self.days_of_events(reached_count)
        slip = self.random.choices([0, self.random.randint(14, 150), self.random.randint(150, 600)], [35, 45, 20])[0]
        planned = planned_days(days, datetime.timedelta(days=slip // len(EVENTS)))
        approved_on = min(planned[first], self.as_of) - datetime.timedelta(days=self.random.randint(30, 200))
        self.milestones = []
        for number in range(first, len(EVENTS)):
            title, kind, _ = EVENTS[number]
            reached = number < reached_count
            statements = [self.statement(StatementKind.BASELINE, planned[number], approved_on)]
            if slip > 60 or not reached:
                statements += self.forecasts(planned[number], days[number], approved_on, reached)
            if reached:
                stated_on = min(days[number] + datetime.timedelta(days=self.random.randint(0, 9)), self.as_of)
                statements.append(self.statement(StatementKind.ACTUAL, days[number], stated_on))
            public = self.random.random() < 0.95
            milestone = Milestone(project=self.project, title=title, kind=kind, gate=gate_of(title), public=public)
            for statement in statements:
                statement.milestone = milestone
            milestone.set_dates(statements)
            self.milestones.append((milestone, statements))

    def days_of_events(self, reached):
        """The day of each event: reached events are before `as_of`; the next is in the future or overdue."""
        gaps = [self.random.randint(*gap) for _, _, gap in EVENTS]
        if reached:
            since = {Stage.OPERATIONAL: 1800, Stage.CLOSED: 3600}.get(self.stage, gaps[min(reached, 5)])
            last = self.as_of - datetime.timedelta(days=self.random.randint(3, max(since, 10)))
            days = [last - datetime.timedelta(days=sum(gaps[number + 1 : reached])) for number in range(reached)]
        else:
            days = []
        overdue = self.random.random() < 0.06
        ahead = self.random.randint(-60, -5) if overdue else self.random.randint(10, 300)
        day = self.on + datetime.timedelta(days=ahead)
        if days:
            day = max(day, days[-1] + datetime.timedelta(days=1))
        for number in range(reached, len(EVENTS)):
            days.append(day)
            day += datetime.timedelta(days=gaps[(number + 1) % len(gaps)])
        return days

    def forecasts(self, planned, day, approved_on, reached):
        """Forecasts between baseline and today: one halfway if the date slipped, and a recent one if not reached."""
        statements = []
        newest_stated_on = self.as_of if day >= self.as_of else max(approved_on, day - datetime.timedelta(days=30))
        if planned != day and (newest_stated_on - approved_on).days > 60:
            stated_on = approved_on + (newest_stated_on - approved_on) // 2
            halfway = max(planned + (day - planned) // 2, stated_on)
            statements.append(self.statement(StatementKind.FORECAST, halfway, stated_on))
        if not reached:
            statements.append(self.statement(StatementKind.FORECAST, day, newest_stated_on))
        return statements

    def statement(self, kind, day, stated_on):
        """A statement of a day; sometimes less precise, if the date is far ahead or the event has happened."""
        precision = DatePrecision.DAY
        if kind == StatementKind.ACTUAL:
            if self.random.random() < 0.15 and PartialDate.of(day, DatePrecision.MONTH).last <= self.on:
                precision = DatePrecision.MONTH
        elif kind == StatementKind.FORECAST and (day - stated_on).days > 90:
            choices = [DatePrecision.DAY, DatePrecision.MONTH, DatePrecision.QUARTER, DatePrecision.YEAR]
            weights = [45, 30, 20, 5 if (day - stated_on).days > 500 else 0]
            precision = self.random.choices(choices, weights)[0]
        date = PartialDate.of(day, precision)
        return MilestoneStatement(kind=kind, on=date.first, precision=date.precision, stated_on=stated_on)

    # Finance, notes, names

    def make_finance(self):
        low, high = self.cost_range
        cost = Decimal(round(self.random.uniform(low, high) * 10)) * 100_000
        self.costs, self.funding = [], []
        if self.random.random() < 0.9:
            if self.random.random() < 0.3:
                earlier = (cost * Decimal("0.85")).quantize(Decimal(1))
                self.costs.append(self.cost_estimate(earlier, self.as_of - datetime.timedelta(days=400)))
            self.costs.append(self.cost_estimate(cost, self.as_of))
        reached_count = EVENTS_REACHED[self.stage]
        left = cost
        funders = self.random.sample(FUNDERS, k=self.random.randint(1, 3))
        for number, funder in enumerate(funders):
            is_last = number == len(funders) - 1
            amount = left if is_last else (left * self.random.randint(3, 7) / 10).quantize(Decimal(1))
            left -= amount
            if reached_count >= 4:
                status = FundingStatus.SECURED
            elif reached_count >= 2:
                status = self.random.choice([FundingStatus.SECURED, FundingStatus.APPLIED_FOR])
            else:
                status = self.random.choice([FundingStatus.IDENTIFIED, FundingStatus.APPLIED_FOR])
            self.funding.append(
                FundingLine(
                    project=self.project,
                    funder=funder,
                    amount_pounds=amount if reached_count and amount else None,
                    status=status,
                )
            )

    def cost_estimate(self, amount, as_of):
        return CostEstimate(project=self.project, amount_pounds=amount, as_of=as_of)

    def make_notes(self):
        stages = [stage for stage in STAGE_NOTES if EVENTS_REACHED[stage] <= EVENTS_REACHED[self.stage]]
        if self.stage != Stage.CLOSED:
            stages = [stage for stage in stages if stage != Stage.CLOSED]
        texts = [self.random.choice(STAGE_NOTES[stage]) for stage in stages[-self.random.randint(1, 4) :]]
        if self.state == DeliveryState.ON_HOLD:
            texts = [*texts[-3:], self.random.choice(HOLD_NOTES)]
        elif self.state == DeliveryState.CANCELLED:
            texts = [*texts[-3:], self.random.choice(CANCEL_NOTES)]
        date, self.notes = self.as_of, []
        for text in reversed(texts):
            self.notes.append(ProgressNote(project=self.project, date=date, text=text))
            date -= datetime.timedelta(days=self.random.randint(40, 160))
        self.notes.reverse()

    def make_other_names(self):
        names = []
        if self.random.random() < 0.4:
            names.append("".join(word[0] for word in f"{self.name} {self.label}".split() if word[0].isupper()))
        if self.random.random() < 0.15:
            names.append(f"{self.portfolio.place_name()} {self.label}")
        self.other_names = list(dict.fromkeys(names))


class HubPlan(Plan):
    kind = ProjectKind.HUB
    cost_range = (1, 45)

    def choose_type(self):
        self.hub_type = self.random.choices(list(HUBS), [10, 15, 25, 35, 5, 10])[0]
        self.label, self.brings = self.random.choice(HUBS[self.hub_type])
        self.site = self.random.choice(self.portfolio.hub_sites)
        self.lead = self.random.choice(self.portfolio.leads)
        self.networks = self.sample(self.portfolio.networks, 0, 2)

    def child_row(self):
        """The values of the columns of Hub. The project must be saved."""
        return {
            "project_ptr_id": self.project.pk,
            "hub_type": self.hub_type,
            "population_served": self.random.randint(50, 600) * 100 if self.random.random() < 0.7 else None,
            "homes_planned": self.random.randint(1, 50) * 100 if self.random.random() < 0.3 else None,
        }


class HospitalSchemePlan(Plan):
    kind = ProjectKind.HOSPITAL_SCHEME
    cost_range = (4, 180)
    networks = ()

    def choose_type(self):
        self.label, self.function, self.brings, self.beds, self.theatres = self.random.choice(HOSPITAL_SCHEMES)
        self.site = self.random.choice(self.portfolio.hospital_sites)
        self.lead = self.random.choice(self.portfolio.trusts)

    def child_row(self):
        """The values of the columns of HospitalScheme. The project must be saved."""
        return {
            "project_ptr_id": self.project.pk,
            "clinical_function": self.function,
            "beds_added": self.random.randint(*self.beds) if self.beds else None,
            "theatres_added": self.random.randint(*self.theatres) if self.theatres else None,
            "floor_area_m2": self.random.randint(4, 120) * 100 if self.random.random() < 0.7 else None,
            "estate_risk_addressed": "Replaces buildings in poor condition." if self.random.random() < 0.4 else "",
        }


def planned_days(days, delay):
    """The first planned days, in the same order, if each event took `delay` longer than planned."""
    planned = [days[0] - delay]
    for earlier, later in itertools.pairwise(days):
        gap = later - earlier
        planned.append(planned[-1] + max(min(gap, datetime.timedelta(days=14)), gap - delay))
    return planned


class UniqueNames:
    """Makes unique names and slugs: a name used before gets a phase number."""

    def __init__(self, slugs):
        self.slugs = set(slugs)
        self.phases = {}

    def new(self, name):
        phase = self.phases.get(name, 1)
        while True:
            full = name if phase == 1 else f"{name} phase {phase}"
            phase += 1
            slug = slugify(full)
            if slug not in self.slugs:
                self.phases[name] = phase
                self.slugs.add(slug)
                return full, slug


def insert_children(model, rows):
    """Insert rows in the table of a child model: bulk_create does not support multi-table inheritance."""
    if not rows:
        return
    quote = connection.ops.quote_name
    columns = [quote(model._meta.get_field(name).column) for name in rows[0]]
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, [list(row.values()) for row in rows])


# Deleting


def delete_example_projects():
    """Delete example projects, programmes, sites and organisations with their related records; return the counts.

    Raises NotReady and deletes nothing if a record that is not example data refers to any of them.
    """
    counts = Counter()
    with transaction.atomic():
        examples = [model.objects.filter(is_example=True) for model in (Project, Programme, Site, Organisation)]
        counts += delete_reports()
        delete_rows(BacklogRemoved.objects.filter(project__in=Project.objects.filter(is_example=True)), counts)
        delete_estate()
        for rows in examples:
            check_not_used(rows)
        check_no_dependents()
        Project.objects.filter(is_example=True, parent__isnull=False).update(parent=None)
        for rows in examples:
            delete_rows(rows, counts)
    return counts


def relations_to(model, on_delete):
    """Foreign keys to the model with this `on_delete`, including those of join tables. Own rows count as cascading."""
    relations = [
        relation
        for relation in model._meta.get_fields(include_parents=False, include_hidden=True)
        if relation.auto_created and not relation.concrete and hasattr(relation, "on_delete")
    ]
    own = [relation for relation in relations if is_part(relation)]
    if on_delete is models.CASCADE:
        return own + [relation for relation in relations if relation.on_delete is on_delete and relation not in own]
    return [relation for relation in relations if relation.on_delete is on_delete and relation not in own]


def check_not_used(rows):
    for relation in relations_to(rows.model, models.PROTECT):
        referrers = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows.values("pk")})
        if any(field.name == "is_example" for field in referrers.model._meta.get_fields()):
            referrers = referrers.exclude(is_example=True)
        if referrer := referrers.first():
            target = getattr(referrer, relation.field.name)
            raise NotReady(f"“{referrer}” is not example data and still refers to “{target}”. Change that first.")


def check_no_dependents():
    link = Milestone.objects.filter(project__is_example=True).dependents().first()
    if link is not None:
        raise NotReady(
            f"“{link.milestone.project}” is not example data and still refers to “{link.depends_on.project}”. "
            "Change that first."
        )


def delete_rows(rows, counts):
    """Delete the rows and their cascades in SQL, without history, and add the numbers to `counts`."""
    for relation in relations_to(rows.model, models.CASCADE):
        children = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows.values("pk")})
        delete_rows(children, counts)
    deleted = rows.order_by()._raw_delete(rows.db)
    if deleted and not rows.model._meta.auto_created:
        counts[str(rows.model._meta.verbose_name_plural)] += deleted
