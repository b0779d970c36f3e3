"""The results of searches, in order."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)

SEARCH = reverse("projects:search")
LIST = reverse("projects:project_list")
NEAR = reverse("projects:near")
POSTCODES = {"lu4 0dz", "LU40DZ", "mk65ld"}  # the search page leads them to what is near

ACUTE, BEECH, CLINIC, DEPOT = "Acute Services Block", "Beech House hub", "Élan clinic", "Depot 100% solar"
EAST, FAMILY, GRANGE, HIDDEN = "East_wing refit", "Family hub phase 2", "Grange surgery", "Hidden hub"

# text: the matching projects, in the order of the search page
PROJECTS = {
    # any of the names, in any case, part of a word or several words in any order
    "acute": [ACUTE],
    "ACUTE block": [ACUTE],
    "block acute": [ACUTE],
    "cute serv": [ACUTE],
    "ref-asb": [ACUTE],
    "asb": [ACUTE],
    "cedar wing": [ACUTE],
    "wing": [ACUTE, EAST],
    "hub": [BEECH, FAMILY],
    "hub phase": [FAMILY],
    "hub zebra": [],
    "milton": [BEECH, GRANGE],
    "north programme": [BEECH, DEPOT],
    "ash trust": [BEECH, EAST],
    # own names before those of places, sites, programmes and lead organisations
    "luton": [EAST, FAMILY, ACUTE],
    "luton hub": [FAMILY],
    "grange": [GRANGE, CLINIC],
    # main and other sites, by name, address and postcode
    "oak court": [ACUTE],
    "orchard": [ACUTE],
    "elm house": [ACUTE, GRANGE],
    "mill lane": [ACUTE, GRANGE],
    "lu4 0dz": [ACUTE],
    "LU40DZ": [ACUTE],
    "lu40dz acute": [ACUTE],
    "mk65ld": [ACUTE, GRANGE],
    "MK6": [ACUTE, GRANGE],
    "0dz": [ACUTE],
    # one and two characters do not match postcodes
    "2": [FAMILY],
    "2 hub": [FAMILY],
    "mk": [],
    "zz": [],
    # wildcards of SQL are plain characters
    "%": [DEPOT],
    "100%": [DEPOT],
    "_": [EAST],
    "t_w": [EAST],
    "\\": [],
    "'": [CLINIC],
    '"': [],
    "acute*": [],
    "acute OR beech": [],
    "NOT acute": [],
    # letters beyond ASCII, in either case
    "élan": [CLINIC],
    "ÉLAN": [CLINIC],
    "éLAN clinic": [CLINIC],
    "é": [CLINIC],
    "ÉL": [CLINIC],
    "elan": [],
    "ß": [],
    # no matches across two names
    "blockref": [],
    "block ref": [ACUTE],
}

# text: {heading: names} of other results
OTHERS = {
    "luton": {"Places": ["Luton"]},
    "milton": {"Places": ["Milton Keynes"]},
    "north": {"Programmes": ["North programme"], "Organisations": ["Northern Trust"]},
    "programme north": {"Programmes": ["North programme"]},
    "secret": {},
    "trust": {"Organisations": ["Ash Trust", "Northern Trust", "Über trust"]},
    "über": {"Organisations": ["Über trust"]},
    "ÜBER": {"Organisations": ["Über trust"]},
    "oak": {"Sites": ["Oak Court"]},
    "mill lane": {"Sites": ["Elm House"]},
    "mk65ld elm": {"Sites": ["Elm House"]},
    "mk": {},
    "grange": {"Sites": ["Grange Park"]},
    "%": {},
    "_": {},
}


@pytest.fixture(scope="module")
def portfolio(module_database):
    luton, milton = PlaceFactory(name="Luton"), PlaceFactory(name="Milton Keynes")
    north, secret = ProgrammeFactory(name="North programme"), ProgrammeFactory(name="Secret programme")
    ash = OrganisationFactory(name="Ash Trust")
    OrganisationFactory(name="Northern Trust")
    OrganisationFactory(name="Über trust")
    oak = SiteFactory(name="Oak Court", address="Orchard Road", postcode="LU4 0DZ", place=luton)
    elm = SiteFactory(name="Elm House", address="5 Mill Lane", postcode="MK6 5LD", place=milton)
    park = SiteFactory(name="Grange Park", address="", postcode="LU2 2AA", place=luton)

    def project(factory, title, **fields):
        return factory(title=title, **{"place": None, "site": None, "lead_organisation": None, **fields})

    acute = project(HospitalSchemeFactory, ACUTE, reference="REF-ASB", place=luton, site=oak)
    acute.further_sites.add(elm)
    OtherNameFactory(project=acute, name="ASB")
    OtherNameFactory(project=acute, name="Cedar Wing")
    project(HubFactory, BEECH, reference="B", place=milton, programme=north, lead_organisation=ash)
    clinic = project(HubFactory, CLINIC, reference="C", site=park)
    OtherNameFactory(project=clinic, name="St Mary's")
    project(HubFactory, DEPOT, reference="D", programme=north)
    east = project(HubFactory, EAST, reference="LUTON-E", lead_organisation=ash)
    OtherNameFactory(project=east, name="The annexe")
    family = project(HubFactory, FAMILY, reference="F")
    OtherNameFactory(project=family, name="Luton families")
    grange = project(HubFactory, GRANGE, reference="G", place=milton, site=elm)
    grange.further_sites.add(elm)
    project(HubFactory, HIDDEN, reference="H", programme=secret, place=luton, published=False)


@pytest.fixture
def reader(portfolio, db):
    return Client()


@pytest.mark.parametrize("text", PROJECTS)
def test_search_page_and_list_show_expected_projects(reader, text):
    page = reader.get(SEARCH, {"q": text})
    if text in POSTCODES:
        assert page.url.startswith(NEAR)
    else:
        assert [row.title for row in page.context["rows"]] == PROJECTS[text]
    listed = reader.get(LIST, {"q": text})
    assert {row.title for row in listed.context["rows"]} == set(PROJECTS[text])
    assert listed.context["page_obj"].paginator.count == len(PROJECTS[text])


@pytest.mark.parametrize("text", OTHERS)
def test_search_page_shows_expected_places_programmes_sites_and_organisations(reader, text):
    others = reader.get(SEARCH, {"q": text}).context["others"]
    assert {heading: [name for name, *_rest in results] for heading, results in others.items()} == OTHERS[text]


def test_sites_of_one_name_differ_in_the_results(db):
    for place in ("Oldtown", "Newtown"):
        SiteFactory(name="Twin Court", place=PlaceFactory(name=place))
    others = Client().get(SEARCH, {"q": "twin"}).context["others"]
    assert {name for name, *_rest in others["Sites"]} == {"Twin Court (Oldtown)", "Twin Court (Newtown)"}
