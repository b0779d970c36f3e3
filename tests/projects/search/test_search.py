import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects.models import Hub, Project
from projects.models.search import find
from tests.conftest import count_a_change
from tests.factories import (
    HubFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)

pytestmark = pytest.mark.django_db
SEARCH = reverse("projects:search")
LIST = reverse("projects:project_list")


@pytest.mark.parametrize(
    "words",
    ["asb", "ASB", "Cedar Wing", "wing cedar", "REF-ASB", "Luton", "luton block", "Lewsey", "Oak court", "site plan"]
    + ["Bedfordshire Hospitals"],
)
def test_a_project_is_found_by_any_of_its_names(words):
    hub = HubFactory(
        title="Acute Services Block",
        reference="REF-ASB",
        place=PlaceFactory(name="Luton"),
        site=SiteFactory(name="Hospital", address="Lewsey Road"),
        lead_organisation=OrganisationFactory(name="Bedfordshire Hospitals Trust"),
        programme=ProgrammeFactory(name="Site plan"),
    )
    hub.further_sites.add(SiteFactory(name="Oakley Court"))
    OtherNameFactory(project=hub, name="ASB")
    OtherNameFactory(project=hub, name="Cedar Wing")
    HubFactory(title="Another")
    assert [project.pk for project in find(Project.objects.all(), words).projects] == [hub.pk]


@pytest.mark.parametrize("words", ["%", "_", "100%", "a_b", "\\", "'"])
def test_marks_of_the_database_are_only_characters(words):
    HubFactory(title="Plain")
    assert not find(Project.objects.all(), words).projects.exists()


def test_sites_places_organisations_and_programmes_are_found_too(client):
    place = PlaceFactory(name="Leighton Town", slug="leighton-town")
    SiteFactory(name="Health Centre", address="Bassett Road, Leighton Buzzard", place=place)
    OrganisationFactory(name="Leighton Network")
    HubFactory(programme=ProgrammeFactory(name="Leighton plan"))
    HubFactory(programme=ProgrammeFactory(name="Leighton secret plan"), published=False)
    response = client.get(SEARCH, {"q": "leighton"})
    names = {heading: [name for name, _url in found] for heading, found in response.context["others"].items()}
    assert names == {
        "Places": ["Leighton Town"],
        "Programmes": ["Leighton plan"],
        "Sites": ["Health Centre"],
        "Organisations": ["Leighton Network"],
    }


def test_a_programme_that_only_others_may_see_is_not_found_after_they_searched(client, viewer_client, office_client):
    HubFactory(programme=ProgrammeFactory(name="Leighton secret plan"), published=False, restricted=True)
    for reader, found in [(office_client, True), (viewer_client, False), (client, False), (office_client, True)]:
        assert ("Programmes" in reader.get(SEARCH, {"q": "secret"}).context["others"]) == found


def test_a_new_name_is_found_at_once(client):
    assert not client.get(SEARCH, {"q": "leighton"}).context["others"]
    OrganisationFactory(name="Leighton Network")
    count_a_change()
    assert [name for name, _url in client.get(SEARCH, {"q": "leighton"}).context["others"]["Organisations"]]


def test_a_site_is_found_by_its_postcode(client):
    SiteFactory(name="Health Centre", postcode="LU7 1AR")
    for words in ("lu7", "LU7 centre"):
        others = client.get(SEARCH, {"q": words}).context["others"]
        assert [name for name, _url in others["Sites"]] == ["Health Centre"]


def test_only_ten_are_shown_with_a_link_to_the_rest(client):
    HubFactory.create_batch(12, place=PlaceFactory(name="Luton"))
    text = client.get(SEARCH, {"q": "luton"}).content.decode()
    assert "12 projects for" in text
    assert "See all 12 projects" in text


def test_projects_that_are_called_so_come_before_those_at_a_place_or_site_of_that_name(client):
    luton = PlaceFactory(name="Luton")
    hubs("Acute services", "Zeta hub at Luton", place=luton, site=SiteFactory(name="Luton and Dunstable Hospital"))
    hubs("Beech ward", reference="LUTON-9")
    hubs("Yew house")
    OtherNameFactory(project=Project.objects.get(title="Yew house"), name="The Luton annexe")
    response = client.get(SEARCH, {"q": "luton"})
    assert rows(response) == ["Beech ward", "Yew house", "Zeta hub at Luton", "Acute services"]
    assert rows(client.get(SEARCH, {"q": "luton hub"})) == ["Zeta hub at Luton"]
    assert rows(client.get(SEARCH, {"q": "dunstable"})) == ["Acute services", "Zeta hub at Luton"]


def test_nothing_asked_and_nothing_found(client):
    assert "Nothing found" not in client.get(SEARCH).content.decode()
    assert "Nothing found for “xyzzy”" in client.get(SEARCH, {"q": "xyzzy"}).content.decode()


@pytest.mark.parametrize("words", ["\0", "x" * 101])
def test_bad_words_are_explained_and_kept(client, words):
    response = client.get(SEARCH, {"q": words})
    assert response.status_code == 200
    assert response.context["form"].errors["q"]


def test_hidden_projects_are_not_found(client, viewer_client):
    HubFactory(title="Hidden hub", published=False, restricted=True)
    for reader in (client, viewer_client):
        assert "Hidden hub" not in reader.get(SEARCH, {"q": "hidden"}).content.decode()


@pytest.mark.parametrize("rows", [1, 25])
def test_query_count_does_not_grow(viewer_client, django_assert_num_queries, rows):
    HubFactory.create_batch(rows, title="Luton hub")
    with django_assert_num_queries(9):  # session, user, revision, word, ids, milestones, rows, sites; once the names
        viewer_client.get(SEARCH, {"q": "luton"})
    with django_assert_num_queries(8):
        viewer_client.get(SEARCH, {"q": "hub"})


@pytest.fixture
def few(monkeypatch):
    """Three finds are few, and more are many."""
    monkeypatch.setattr("projects.models.search.MOST", 3)


def rows(response):
    return [row.title for row in response.context["rows"]]


def hubs(*titles, **fields):
    for title in titles:
        HubFactory(title=title, **{"place": None, "lead_organisation": None, "site": None, **fields})


def test_of_many_the_first_by_title_are_shown_and_not_counted(client, few):
    hubs(*(f"Luton hub {letter}" for letter in "EDCBA"))
    response = client.get(SEARCH, {"q": "luton"})
    assert rows(response)[:3] == ["Luton hub A", "Luton hub B", "Luton hub C"]
    assert "More than 3 projects for" in response.content.decode()
    assert "See more of these projects" in response.content.decode()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("hub", None),
        ("hub luton", ["Luton hub A", "Luton hub B"]),
        ("luton hub a", ["Luton hub A"]),
        ("hub zebra", []),
        ("hub health", ["Health hub A", "Health hub B", "Health hub C"]),
        ("health centre", ["Health centre"]),
    ],
)
def test_words_that_many_have_and_words_that_few_have_are_found_together(few, words, found):
    hubs("Luton hub A", "Luton hub B", "Health hub A", "Health hub B", "Health hub C", "Health centre", "Centre")
    result = find(Project.objects.all(), words)
    assert result.count == (None if found is None else len(found))
    expected = found or (list(Project.objects.filter(title__contains="hub").values_list("title", flat=True)))
    if found == []:
        expected = []
    for projects in (result.projects, result.in_title_order):
        assert list(projects.order_by("title").values_list("title", flat=True)) == sorted(expected)


def test_a_project_found_by_two_of_its_names_is_counted_once(few):
    HubFactory(title="Luton hub A", place=PlaceFactory(name="Luton"), lead_organisation=None)
    hubs("Luton hub B", "Luton hub C")
    result = find(Project.objects.all(), "luton")
    assert result.count == 3
    assert result.in_title_order.count() == 3


@pytest.mark.parametrize("word", ["tulip", "TUL", "wing", "oak", "orchard", "LU7", "1AR", "elm", "ash", "site-plan"])
def test_each_way_of_finding_is_found_among_many_too(few, word):
    hub = HubFactory(
        title="Tulip",
        reference="REF-SITE-PLAN",
        place=PlaceFactory(name="Elm Town"),
        site=SiteFactory(name="Oak Court", address="Orchard Road", postcode="LU7 1AR"),
        lead_organisation=OrganisationFactory(name="Ash Trust"),
    )
    hub.further_sites.add(SiteFactory(name="Oakley Court"))
    OtherNameFactory(project=hub, name="Cedar Wing")
    hubs(*(f"{word} {number}" for number in range(4)))
    result = find(Project.objects.all(), word)
    assert result.count is None
    assert result.projects.filter(pk=hub.pk).exists()
    assert result.in_title_order.filter(pk=hub.pk).exists()


def test_what_the_reader_may_not_see_does_not_make_a_word_common(client, viewer_client, few):
    hubs("Luton hub A", "Luton hub B")
    hubs(*(f"Luton plan {number}" for number in range(5)), published=False)
    assert client.get(SEARCH, {"q": "luton"}).context["count"] == 2
    assert client.get(LIST, {"q": "luton"}).context["page_obj"].paginator.count == 2
    assert viewer_client.get(SEARCH, {"q": "luton"}).context["count"] is None


def test_many_words_are_found_in_few_queries(viewer_client, django_assert_num_queries, few):
    hubs(*(f"{' '.join('abcdefghijk')} {flower}" for flower in ("iris", "lily", "rose", "tulip", "violet")))
    words = " ".join("kjihgfedcba")
    with django_assert_num_queries(1):
        assert find(Project.objects.all(), words).count is None
    with django_assert_num_queries(2):
        assert find(Project.objects.all(), f"{words} tulip").in_title_order.get().title.endswith("k tulip")
    assert find(Project.objects.all(), f"{words} zebra").count == 0
    for page in (SEARCH, LIST):
        assert viewer_client.get(page, {"q": words}).status_code == 200


@pytest.mark.parametrize("words", ["élan", "ÉLAN", "élan centre", "centre éla", "oasis élan", "é", "ÉL", "él oasis"])
def test_letters_beyond_ascii_are_found_in_either_case_beside_other_words(few, words):
    hubs("ÉLAN Centre Oasis", "Centre A", "Centre B", "Centre C", "Centre D", "Oasis")
    assert [project.title for project in find(Project.objects.all(), words).in_title_order] == ["ÉLAN Centre Oasis"]


@pytest.mark.parametrize(("words", "title"), [("ß", "Passenger hub"), ("ﬁ", "Office"), ("éb", "Ebb")])
def test_letters_that_are_written_otherwise_in_capitals_are_themselves(words, title):
    hubs(title)
    assert find(Project.objects.all(), words).count == 0


@pytest.mark.parametrize("words", ["İstanbul", "ΟΔΟΣ", "ΟΔ", "Ég"])
def test_a_name_is_found_as_it_is_written(client, words):
    hubs("İstanbul", "ΟΔΟΣ", "Église")
    OrganisationFactory(name=f"{words} Trust")
    response = client.get(SEARCH, {"q": words})
    assert len(rows(response)) == 1
    assert [name for name, _url in response.context["others"]["Organisations"]] == [f"{words} Trust"]


@pytest.mark.parametrize("words", ["tulip", "tu", "tulip oak", "élan"])
def test_any_queryset_of_one_kind_can_be_searched(few, words):
    hubs("Tulip oak Élan")
    assert [hub.title for hub in find(Hub.objects.all(), words).projects] == ["Tulip oak Élan"]
    assert [hub.title for hub in find(Hub.objects.filter(published=True), words).in_title_order] == ["Tulip oak Élan"]


@pytest.mark.parametrize("words", ["LU71AR", "lu7 1ar", "lu71ar oak"])
def test_a_postcode_finds_the_site_and_its_projects_however_it_is_written(client, words):
    HubFactory(title="Tulip", site=SiteFactory(name="Oak Court", postcode="LU7 1AR"))
    HubFactory(title="Another", site=SiteFactory(name="Ash Court", postcode="LU7 2ZZ"))
    response = client.get(SEARCH, {"q": words})
    assert rows(response) == ["Tulip"]
    assert [name for name, _url in response.context["others"]["Sites"]] == ["Oak Court"]


def test_a_list_of_many_says_so_and_ends_at_the_last_that_is_counted(client, viewer_client, few):
    hubs(*(f"Luton hub {letter}" for letter in "EDCBA"))
    response = client.get(LIST, {"q": "luton"})
    text = " ".join(response.content.decode().split())
    assert "More than <strong>3</strong> projects match" in text
    assert "The first 3 are listed. Add a word or choose a filter to see fewer." in text
    assert "Excel and CSV hold them all" in viewer_client.get(LIST, {"q": "luton"}).content.decode()
    assert rows(response) == ["Luton hub A", "Luton hub B", "Luton hub C"]
    assert rows(client.get(LIST, {"q": "luton", "sort": "-title"})) == ["Luton hub E", "Luton hub D", "Luton hub C"]
    assert rows(client.get(LIST, {"q": "luton", "sort": "place"})) == ["Luton hub A", "Luton hub B", "Luton hub C"]


def test_a_download_holds_all_of_many(viewer_client, few):
    hubs(*(f"Luton hub {letter}" for letter in "EDCBA"))
    download = viewer_client.get(reverse("projects:export_csv", args=["projects"]), {"q": "luton"})
    assert b"".join(download.streaming_content).decode().count("Luton hub") == 5


@pytest.mark.parametrize("count", [3, 25])
def test_query_count_of_a_search_in_the_list_does_not_grow(viewer_client, django_assert_num_queries, few, count):
    HubFactory.create_batch(count, title="Luton hub")
    with django_assert_num_queries(8):  # the choices of the filters, and what was found
        viewer_client.get(LIST, {"q": "luton"})
    with django_assert_num_queries(6):  # session, user, revision; both are remembered; ids, milestones, rows
        viewer_client.get(LIST, {"q": "luton", "sort": "-title"})


def test_more_words_than_anybody_types_are_refused_and_kept(client):
    words = " ".join("abcdefghijklm")
    for page in (SEARCH, LIST):
        response = client.get(page, {"q": words})
        assert response.context["form"].errors["q"] == ["Use 12 words or fewer"]
        assert f'value="{words}"' in response.content.decode()
    assert not client.get(SEARCH, {"q": f"{words[:-2]} a b c"}).context["form"].errors


def test_a_figure_of_a_title_is_not_looked_for_in_postcodes(client):
    hubs("Phase 2")
    hubs("Surgery", reference="S", site=SiteFactory(name="Court", address="", postcode="LU2 2AA"))
    assert rows(client.get(SEARCH, {"q": "2 phase"})) == ["Phase 2"]
    assert "Surgery" not in rows(client.get(SEARCH, {"q": "2"}))
    assert rows(client.get(SEARCH, {"q": "LU2"})) == ["Surgery"]


def test_what_was_found_is_remembered_for_the_next_page(client, few):
    hubs(*(f"Luton hub {letter}" for letter in "EDCBA"))
    asked = {"q": "luton", "sort": "-place"}
    assert rows(client.get(LIST, asked)) == ["Luton hub A", "Luton hub B", "Luton hub C"]
    with CaptureQueriesContext(connection) as queries:
        assert rows(client.get(LIST, asked)) == ["Luton hub A", "Luton hub B", "Luton hub C"]
    assert len(queries) == 3, queries.captured_queries  # revision, milestones, rows
