"""Queries of a page: 8 at most (shared/performance.md), on the first visit after a change as on later ones."""

import datetime

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects.models import Benefit
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

MOST = 8


@pytest.fixture
def pages(trust):
    """The address of each page of the portal's core, with more on it than one page of a list shows."""
    place, priority = PlaceFactory(council=trust), PriorityFactory()
    programme = ProgrammeFactory(lead_organisation=trust)
    site = SiteFactory(place=place, owner=OrganisationFactory(successor=trust), latitude=52, longitude=-0.4)
    EstateReturnFactory(site=site)
    about = {"programme": programme, "place": place, "site": site, "lead_organisation": OrganisationFactory()}
    plan = HospitalSchemeFactory(**about)
    for number in range(26):
        stage = ("operational", "construction", "obc")[number % 3]
        hub = HubFactory(parent=plan, stage=stage, stage_as_of=datetime.date(2026, 1, 1), **about)
        hub.priorities.add(priority)
        hub.partner_organisations.add(trust)
        MilestoneFactory(project=hub, forecast=datetime.date(2036, 1, 1))
        MilestoneFactory(project=hub, actual=datetime.date(2025, 1, 1))
        CostEstimateFactory(project=hub)
        ProgressNoteFactory(project=hub)
    Benefit.objects.create(project=hub, title="Shorter waits", unit="days")
    FundingLineFactory(project=hub)
    RiskFactory(project=hub)
    projects = reverse("projects:project_list")
    return [
        f"{reverse('home')}?front",
        projects,
        f"{projects}?page=2",
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
        f"{reverse('projects:search')}?q=hub+phase+2",
        reverse("projects:open_data"),
        reverse("glossary"),
        reverse("accessibility"),
        reverse("about_the_data"),
    ]


@pytest.mark.parametrize("reader", ["client", "viewer_client", "contributor_client", "office_client"])
def test_no_page_takes_more_than_eight_queries(request, pages, reader):
    reader, taken = request.getfixturevalue(reader), {}
    reader.get(reverse("glossary"))
    for url in pages:
        caches["memory"].clear()
        for visit in ("first", "later"):
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(url).status_code == 200
            taken[visit, url] = len(queries)
    assert {page: number for page, number in taken.items() if number > MOST} == {}
