"""A page takes the same number of queries however many projects there are; the tests of each page say how many."""

import datetime

from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from estates_portal.identity import forget_system
from projects.models import Benefit
from tests.conftest import count_a_change
from tests.factories import (
    CostEstimateFactory,
    EstateReturnFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    PlaceFactory,
    PriorityFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    RiskFactory,
    SiteFactory,
)

READERS = ["client", "viewer_client", "contributor_client", "office_client"]


def make_projects(number, about, priority, partner):
    for place in range(number):
        stage = ("operational", "construction", "obc")[place % 3]
        hub = HubFactory(stage=stage, stage_as_of=datetime.date(2026, 1, 1), **about)
        hub.priorities.add(priority)
        hub.partner_organisations.add(partner)
        MilestoneFactory(project=hub, forecast=datetime.date(2036, 1, 1))
        MilestoneFactory(project=hub, actual=datetime.date(2025, 1, 1))
        CostEstimateFactory(project=hub)
        ProgressNoteFactory(project=hub)
    return hub


def queries_of(readers, urls):
    """{(reader, address): queries of (a first visit after a change, a later one)}."""
    taken = {}
    for name, reader in readers.items():
        reader.get(reverse("glossary"))  # notes that the session is in use
        for url in urls:
            caches["memory"].clear()
            visits = []
            for _visit in range(2):
                with CaptureQueriesContext(connection) as queries:
                    assert reader.get(url).status_code == 200
                visits.append(len(queries))
            taken[name, url] = tuple(visits)
    return taken


def test_page_query_counts_are_the_same_for_few_and_many_projects(request, trust, checked, monkeypatch):
    monkeypatch.setattr("estates_portal.identity.SECONDS", 3600)  # for which a process holds the system
    forget_system()
    readers = {name: request.getfixturevalue(name) for name in READERS}
    place, priority = PlaceFactory(council=trust), PriorityFactory()
    programme = ProgrammeFactory(lead_organisation=trust)
    site = SiteFactory(place=place, owner=OrganisationFactory(successor=trust), latitude=52, longitude=-0.4)
    EstateReturnFactory(site=site)
    about = {"programme": programme, "place": place, "site": site, "lead_organisation": OrganisationFactory()}
    plan = HospitalSchemeFactory(**about)
    hub = make_projects(3, {**about, "parent": plan}, priority, trust)
    Benefit.objects.create(project=hub, title="Shorter waits", unit="days")
    FundingLineFactory(project=hub)
    RiskFactory(project=hub)
    projects = reverse("projects:project_list")
    urls = [
        f"{reverse('home')}?front",
        reverse("home"),
        projects,
        *(f"{projects}?sort={column}" for column in ("place", "stage", "next", "cost", "-lead", "-title")),
        f"{projects}?place={place.slug}&priority={priority.slug}&programme={programme.slug}&stage=obc&year=2036",
        f"{projects}?q=hub",
        reverse("projects:hub_list"),
        reverse("projects:hospital_scheme_list"),
        reverse("projects:timeline"),
        reverse("projects:programme_list"),
        reverse("sites:site_list"),
        reverse("sites:organisation_list"),
        *(one.get_absolute_url() for one in (plan, hub, programme, priority, place, site, trust)),
        f"{reverse('projects:search')}?q=hub",
        reverse("projects:open_data"),
        reverse("glossary"),
        reverse("accessibility"),
        reverse("about_the_data"),
    ]
    few = queries_of(readers, urls)
    make_projects(27, {**about, "parent": plan}, priority, trust)
    count_a_change()  # as the end of a transaction does on PostgreSQL
    many = queries_of(readers, [*urls, f"{projects}?page=2"])
    assert {page: (number, many[page]) for page, number in few.items() if many[page] != number} == {}
    assert all(many[name, f"{projects}?page=2"] == many[name, projects] for name in READERS)
    checked("pages with their queries for each reader", len(many), 120)
