"""The query count of each page, on the first visit after a change and later, for any number of rows."""

import datetime
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from estates_portal.accounts.models import Role
from estates_portal.identity import forget_system
from projects.models import Benefit
from tests.conftest import clean_caches, signed_in
from tests.factories import (
    BacklogRemovedFactory,
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
    StrategySectionFactory,
)
from tests.gazetteer import load_sample

FEW, MANY = 3, 30  # hubs; a page of a list shows 25
pytestmark = pytest.mark.django_db
READERS = ("public", "viewer", "contributor", "office")

# page: queries of the first visit and of a later one, by the public and by the programme office
QUERIES = {
    "home": ((16, 1), (25, 3)),
    "dashboard": ((16, 1), (32, 4)),
    "list": ((13, 1), (23, 3)),
    "list, page 2": ((13, 1), (23, 3)),
    "list by place": ((13, 1), (23, 3)),
    "list by stage": ((13, 1), (23, 3)),
    "list by next": ((13, 1), (23, 3)),
    "list by cost": ((13, 1), (23, 3)),
    "list by -lead": ((13, 1), (23, 3)),
    "list by -title": ((13, 1), (23, 3)),
    "list filtered": ((13, 1), (23, 3)),
    "list searched": ((14, 1), (24, 3)),
    "hubs": ((13, 1), (23, 3)),
    "schemes": ((13, 1), (23, 3)),
    "timeline": ((13, 4), (22, 6)),
    "programmes": ((5, 3), (14, 5)),
    "sites": ((10, 1), (19, 3)),
    "organisations": ((7, 4), (16, 6)),
    "scheme": ((18, 14), (34, 21)),
    "hub": ((23, 19), (40, 27)),
    "programme": ((8, 3), (20, 5)),
    "priority": ((8, 3), (18, 5)),
    "strategy": ((7, 6), (16, 8)),
    "place": ((10, 5), (20, 7)),
    "site": ((10, 5), (22, 7)),
    "organisation": ((16, 11), (26, 13)),
    "search": ((15, 2), (27, 4)),
    "search for three words": ((15, 2), (27, 4)),
    "map": ((5, 1), (14, 3)),
    "near": ((15, 6), (25, 8)),
    "open data": ((2, 2), (11, 4)),
    "glossary": ((1, 1), (10, 3)),
    "accessibility": ((1, 1), (10, 3)),
    "about the data": ((1, 1), (10, 3)),
}


class Portfolio:
    """One record of each model, and as many hubs as `grow` adds, all with the same related records."""

    def __init__(self):
        trust = OrganisationFactory(name="Luton Trust")
        place, self.priority, self.trust = PlaceFactory(council=trust, gss_code="E06000056"), PriorityFactory(), trust
        programme = ProgrammeFactory(name="Hub programme", lead_organisation=trust)
        site = SiteFactory(
            name="Hub court", place=place, owner=OrganisationFactory(successor=trust), latitude=52, longitude=-0.4
        )
        EstateReturnFactory(site=site)
        load_sample()
        lead = OrganisationFactory(name="Hub trust")
        self.about = {"programme": programme, "place": place, "site": site, "lead_organisation": lead}
        self.plan = HospitalSchemeFactory(**self.about)
        self.hubs = []
        self.readers = {
            "public": Client(),
            "viewer": signed_in(role=Role.VIEWER, organisation=trust),
            "contributor": signed_in(role=Role.CONTRIBUTOR, organisation=trust),
            "office": signed_in(role=Role.PROGRAMME_OFFICE),
        }

    def grow(self, number):
        for count in range(len(self.hubs), number):
            stage = ("operational", "construction", "obc")[count % 3]
            fields = {"title": f"Hub {count:03d}", "stage": stage, "stage_as_of": datetime.date(2026, 1, 1)}
            hub = HubFactory(parent=self.plan, **fields, **self.about)
            hub.priorities.add(self.priority)
            section = StrategySectionFactory()
            section.priorities.add(self.priority)
            section.programmes.add(self.about["programme"])
            section.projects.add(hub)
            hub.partner_organisations.add(self.trust)
            MilestoneFactory(project=hub, gate="opening", forecast=datetime.date(2036, 1, 1))
            MilestoneFactory(project=hub, actual=datetime.date(2025, 1, 1))
            CostEstimateFactory(project=hub)
            ProgressNoteFactory(project=hub)
            if not self.hubs:
                Benefit.objects.create(project=hub, title="Shorter waits", unit="days")
                FundingLineFactory(project=hub)
                RiskFactory(project=hub)
                BacklogRemovedFactory(project=hub)
            self.hubs.append(hub)

    def pages(self):
        projects, search = reverse("projects:project_list"), reverse("projects:search")
        named = {"place": self.about["place"], "programme": self.about["programme"], "priority": self.priority}
        chosen = urlencode({name: record.slug for name, record in named.items()})
        sorts = ("place", "stage", "next", "cost", "-lead", "-title")
        return {
            "home": f"{reverse('home')}?front",
            "dashboard": reverse("home"),
            "list": projects,
            "list, page 2": f"{projects}?page=2",
            **{f"list by {column}": f"{projects}?sort={column}" for column in sorts},
            "list filtered": f"{projects}?{chosen}&stage=obc&year=2036",
            "list searched": f"{projects}?q=hub",
            "hubs": reverse("projects:hub_list"),
            "schemes": reverse("projects:hospital_scheme_list"),
            "timeline": reverse("projects:timeline"),
            "programmes": reverse("projects:programme_list"),
            "sites": reverse("sites:site_list"),
            "organisations": reverse("sites:organisation_list"),
            "scheme": self.plan.get_absolute_url(),
            "hub": self.hubs[0].get_absolute_url(),
            "programme": self.about["programme"].get_absolute_url(),
            "priority": self.priority.get_absolute_url(),
            "strategy": reverse("projects:strategy"),
            "place": self.about["place"].get_absolute_url(),
            "site": self.about["site"].get_absolute_url(),
            "organisation": self.trust.get_absolute_url(),
            "search": f"{search}?q=hub",
            "search for three words": f"{search}?q=hub+0+1",
            "map": reverse("projects:estate_map"),
            "near": f"{reverse('projects:near')}?q=LU7+1BE",
            "open data": reverse("projects:open_data"),
            "glossary": reverse("glossary"),
            "accessibility": reverse("accessibility"),
            "about the data": reverse("about_the_data"),
        }

    def queries(self):
        """{(page, reader): (queries of the first visit, of a later one)}."""
        taken = {}
        for name, client in self.readers.items():
            client.get(reverse("glossary"))
            for page, url in self.pages().items():
                clean_caches()
                taken[page, name] = tuple(self.queries_of(client, url) for _visit in range(2))
        return taken

    @staticmethod
    def queries_of(client, url):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)


@pytest.fixture(scope="module")
def taken(module_database):
    """{number of hubs: the queries of each page}."""
    portfolio, counts = Portfolio(), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("estates_portal.identity.SECONDS", 3600)  # that a process caches the system for
        forget_system()
        for number in (FEW, MANY):
            portfolio.grow(number)
            counts[number] = portfolio.queries()
    return counts


@pytest.mark.parametrize("reader", READERS)
def test_page_query_count_is_constant(taken, reader):
    few, many = ({page: taken[n][page, reader] for page in QUERIES} for n in (FEW, MANY))
    assert many == few


@pytest.mark.parametrize("page", QUERIES)
def test_page_has_expected_query_count(taken, page):
    assert (taken[MANY][page, "public"], taken[MANY][page, "office"]) == QUERIES[page]


def test_every_page_has_expected_query_count(taken, checked):
    assert {page for page, _reader in taken[MANY]} == set(QUERIES)
    checked("pages with their queries for each reader", len(taken[MANY]), at_least=120)
