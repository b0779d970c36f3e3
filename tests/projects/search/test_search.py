import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects.models import Hub, Project
from tests.conftest import count_a_change
from tests.factories import (
    HubFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    ProgrammeFactory,
    SiteFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
SEARCH = reverse("projects:search")
LIST = reverse("projects:project_list")


@pytest.mark.parametrize(
    "text",
    ["asb", "ASB", "Cedar Wing", "wing cedar", "REF-ASB", "Luton", "luton block", "Lewsey", "Oak court", "site plan"]
    + ["Bedfordshire Hospitals"],
)
def test_search_finds_project_by_any_name(text):
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
    assert [project.pk for project in Project.objects.matching(text)] == [hub.pk]


@pytest.mark.parametrize("text", ["%", "_", "100%", "a_b", "\\", "'"])
def test_search_treats_sql_wildcards_as_text(text):
    HubFactory(title="Plain")
    assert not Project.objects.matching(text).exists()


def test_search_finds_sites_places_organisations_and_programmes(client):
    place = PlaceFactory(name="Leighton Town", slug="leighton-town")
    SiteFactory(name="Health Centre", address="Bassett Road, Leighton Buzzard", place=place)
    OrganisationFactory(name="Leighton Network")
    HubFactory(programme=ProgrammeFactory(name="Leighton plan"))
    HubFactory(programme=ProgrammeFactory(name="Leighton secret plan"), published=False)
    response = client.get(SEARCH, {"q": "leighton"})
    names = {heading: [name for name, *_rest in results] for heading, results in response.context["others"].items()}
    assert names == {
        "Places": ["Leighton Town"],
        "Programmes": ["Leighton plan"],
        "Sites": ["Health Centre"],
        "Organisations": ["Leighton Network"],
    }


def test_user_does_not_find_programme_that_only_others_can_see(client, viewer_client, office_client):
    HubFactory(programme=ProgrammeFactory(name="Leighton secret plan"), published=False, restricted=True)
    for reader, is_shown in [(office_client, True), (viewer_client, False), (client, False), (office_client, True)]:
        assert ("Programmes" in reader.get(SEARCH, {"q": "secret"}).context["others"]) == is_shown


def test_search_finds_new_name_at_once(client):
    assert not client.get(SEARCH, {"q": "leighton"}).context["others"]
    OrganisationFactory(name="Leighton Network")
    count_a_change()
    assert [name for name, *_rest in client.get(SEARCH, {"q": "leighton"}).context["others"]["Organisations"]]


def test_search_finds_site_by_postcode(client):
    SiteFactory(name="Health Centre", postcode="LU7 1AR")
    for text in ("lu7", "LU7 centre"):
        others = client.get(SEARCH, {"q": text}).context["others"]
        assert [name for name, *_rest in others["Sites"]] == ["Health Centre"]


def test_search_shows_ten_results_and_link_to_all(client):
    HubFactory.create_batch(12, place=PlaceFactory(name="Luton"))
    text = " ".join(client.get(SEARCH, {"q": "luton"}).content.decode().split())
    assert "12 projects for" in text
    assert "See all 12 projects" in text


def test_search_lists_own_names_before_place_and_site_names(client):
    luton = PlaceFactory(name="Luton")
    hubs("Acute services", "Zeta hub at Luton", place=luton, site=SiteFactory(name="Luton and Dunstable Hospital"))
    hubs("Beech ward", reference="LUTON-9")
    hubs("Yew house")
    OtherNameFactory(project=Project.objects.get(title="Yew house"), name="The Luton annexe")
    response = client.get(SEARCH, {"q": "luton"})
    assert rows(response) == ["Beech ward", "Yew house", "Zeta hub at Luton", "Acute services"]
    assert rows(client.get(SEARCH, {"q": "luton hub"})) == ["Zeta hub at Luton"]
    assert rows(client.get(SEARCH, {"q": "dunstable"})) == ["Acute services", "Zeta hub at Luton"]


def test_search_without_text_or_results_says_so(client):
    assert "Nothing found" not in client.get(SEARCH).content.decode()
    assert "No results for “xyzzy”" in client.get(SEARCH, {"q": "xyzzy"}).content.decode()


@pytest.mark.parametrize("text", ["x" * 101, "a b c d e f g h i j k l m"])
def test_invalid_search_shows_error_and_typed_text(client, text):
    response = client.get(SEARCH, {"q": text})
    assert response.status_code == 200
    assert response.context["form"].errors["q"]


def test_search_does_not_find_hidden_projects(client, viewer_client):
    HubFactory(title="Hidden hub", published=False, restricted=True)
    for reader in (client, viewer_client):
        assert "Hidden hub" not in reader.get(SEARCH, {"q": "hidden"}).content.decode()


@pytest.mark.parametrize("rows", [1, 25])
def test_search_query_count_is_constant(viewer_client, django_assert_num_queries, rows):
    HubFactory.create_batch(rows, title="Luton hub")
    with django_assert_num_queries(20):  # two for people
        viewer_client.get(SEARCH, {"q": "luton"})
    with django_assert_num_queries(15):  # the rows are known
        viewer_client.get(SEARCH, {"q": "hub"})


def rows(response):
    return [row.title for row in response.context["rows"]]


def hubs(*titles, **fields):
    for title in titles:
        HubFactory(title=title, **{"place": None, "lead_organisation": None, "site": None, **fields})


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("hub", ["Health hub A", "Health hub B", "Health hub C", "Luton hub A", "Luton hub B"]),
        ("hub luton", ["Luton hub A", "Luton hub B"]),
        ("luton hub a", ["Luton hub A"]),
        ("hub zebra", []),
        ("hub health", ["Health hub A", "Health hub B", "Health hub C"]),
        ("health centre", ["Health centre"]),
        ("", ["Centre", "Health centre", "Health hub A", "Health hub B", "Health hub C", "Luton hub A", "Luton hub B"]),
    ],
)
def test_search_matches_every_word(text, titles):
    hubs("Luton hub A", "Luton hub B", "Health hub A", "Health hub B", "Health hub C", "Health centre", "Centre")
    assert [project.title for project in Project.objects.matching(text).by_relevance(text)] == titles


def test_search_counts_project_with_two_matching_names_once():
    hub = HubFactory(title="Luton hub A", place=PlaceFactory(name="Luton"), lead_organisation=None)
    OtherNameFactory(project=hub, name="Luton One")
    OtherNameFactory(project=hub, name="Luton Two")
    hub.further_sites.add(SiteFactory(name="Luton Court"), SiteFactory(name="Luton House"))
    hubs("Luton hub B", "Luton hub C")
    assert Project.objects.matching("luton").count() == 3


def test_search_does_not_find_changed_and_deleted_names():
    hub = HubFactory(title="Marigold hub", reference="MG-1", site=SiteFactory(name="Oak Court"))
    name = OtherNameFactory(project=hub, name="Cedar Wing")
    Project.objects.filter(pk=hub.pk).update(title="Tulip hub", reference="TL-1")
    hub.site.name = "Fig Court"
    hub.site.save()
    name.delete()
    for text in ("marigold", "MG-1", "oak", "cedar"):
        assert not Project.objects.matching(text).exists()
    assert Project.objects.matching("tulip TL-1 fig").get() == Project.objects.get(pk=hub.pk)


@pytest.mark.parametrize("word", ["tulip", "TUL", "wing", "oak", "orchard", "LU7", "1AR", "elm", "ash", "site-plan"])
def test_search_finds_project_by_each_related_name(word):
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
    matching = Project.objects.matching(word)
    assert matching.count() == 5
    assert matching.filter(pk=hub.pk).exists()


def test_search_does_not_count_hidden_projects(client, viewer_client):
    hubs("Luton hub A", "Luton hub B")
    hubs(*(f"Luton plan {number}" for number in range(5)), published=False)
    for reader, count in [(client, 2), (viewer_client, 7)]:
        assert reader.get(SEARCH, {"q": "luton"}).context["count"] == count
        assert reader.get(LIST, {"q": "luton"}).context["page_obj"].paginator.count == count


def test_search_for_12_words_takes_two_queries(viewer_client, django_assert_num_queries):
    hubs(*(f"{' '.join('abcdefghijk')} {flower}" for flower in ("iris", "lily", "rose", "tulip", "violet")))
    text = " ".join("kjihgfedcba")
    with django_assert_num_queries(2):  # the synonyms and the count
        assert Project.objects.matching(text).count() == 5
    assert Project.objects.matching(f"{text} tulip").get().title.endswith("k tulip")
    assert not Project.objects.matching(f"{text} zebra").exists()
    for page in (SEARCH, LIST):
        assert viewer_client.get(page, {"q": f"{text} tulip"}).status_code == 200


@pytest.mark.parametrize("text", ["élan", "ÉLAN", "élan centre", "centre éla", "oasis élan", "é", "ÉL", "él oasis"])
def test_search_ignores_case_of_accented_letters(text):
    hubs("ÉLAN Centre Oasis", "Centre A", "Centre B", "Centre C", "Centre D", "Oasis")
    assert [project.title for project in Project.objects.matching(text)] == ["ÉLAN Centre Oasis"]


@pytest.mark.parametrize(("text", "title"), [("ß", "Passenger hub"), ("ﬁ", "Office"), ("éb", "Ebb")])
def test_search_does_not_expand_letters_in_capitals(text, title):
    hubs(title)
    assert not Project.objects.matching(text).exists()


@pytest.mark.parametrize("text", ["İstanbul", "ΟΔΟΣ", "ΟΔ", "Ég"])
def test_search_finds_name_as_written(client, text):
    hubs("İstanbul", "ΟΔΟΣ", "Église")
    OrganisationFactory(name=f"{text} Trust")
    response = client.get(SEARCH, {"q": text})
    assert len(rows(response)) == 1
    assert [name for name, *_rest in response.context["others"]["Organisations"]] == [f"{text} Trust"]


@pytest.mark.parametrize("text", ["tulip", "tu", "tulip oak", "élan"])
def test_querysets_of_each_type_can_be_searched(text):
    hubs("Tulip oak Élan")
    assert [hub.title for hub in Hub.objects.matching(text).by_relevance(text)] == ["Tulip oak Élan"]
    assert [hub.title for hub in Hub.objects.filter(published=True).matching(text)] == ["Tulip oak Élan"]


@pytest.mark.parametrize("text", ["LU71AR", "lu7 1ar", "lu71ar oak"])
def test_list_finds_postcode_with_or_without_space(client, text):
    HubFactory(title="Tulip", site=SiteFactory(name="Oak Court", postcode="LU7 1AR"))
    HubFactory(title="Another", site=SiteFactory(name="Ash Court", postcode="LU7 2ZZ"))
    assert rows(client.get(LIST, {"q": text})) == ["Tulip"]


def test_search_finds_postcode_with_a_name(client):
    HubFactory(title="Tulip", site=SiteFactory(name="Oak Court", postcode="LU7 1AR"))
    response = client.get(SEARCH, {"q": "lu71ar oak"})
    assert rows(response) == ["Tulip"]
    assert [name for name, *_rest in response.context["others"]["Sites"]] == ["Oak Court"]


def test_searched_list_shows_every_row_in_each_order(client):
    titles = [f"Luton hub {number:02d}" for number in range(26)]
    hubs(*titles)
    for sort, expected in {"title": titles, "-title": titles[::-1], "place": titles, "-cost": titles}.items():
        first = client.get(LIST, {"q": "luton", "sort": sort})
        assert "<strong>26</strong> projects match" in " ".join(first.content.decode().split())
        assert rows(first) + rows(client.get(LIST, {"q": "luton", "sort": sort, "page": 2})) == expected


def test_download_contains_all_results(viewer_client):
    hubs(*(f"Luton hub {letter}" for letter in "EDCBA"), "Bedford hub")
    download = viewer_client.get(reverse("projects:export_csv", args=["projects"]), {"q": "luton"})
    text = b"".join(download.streaming_content).decode()
    assert text.count("Luton hub") == 5
    assert "Bedford" not in text


@pytest.mark.parametrize("count", [3, 25])
def test_searched_list_query_count_is_constant(viewer_client, django_assert_num_queries, count):
    HubFactory.create_batch(count, title="Luton hub")
    with django_assert_num_queries(17):  # the filter choices, the sources, the synonyms and the matches
        viewer_client.get(LIST, {"q": "luton"})
    with django_assert_num_queries(
        8
    ):  # session, user, revision; synonyms, ids, milestones, rows, periods; the others are cached
        viewer_client.get(LIST, {"q": "luton", "sort": "-title"})


def test_search_with_too_many_words_shows_error_and_typed_text(client):
    text = " ".join("abcdefghijklm")
    for page in (SEARCH, LIST):
        response = client.get(page, {"q": text})
        assert response.context["form"].errors["q"] == ["Use 12 words or fewer"]
        assert f'value="{text}"' in response.content.decode()
    assert not client.get(SEARCH, {"q": f"{text[:-2]} a b c"}).context["form"].errors


def test_single_digit_is_not_matched_with_postcodes(client):
    hubs("Phase 2")
    hubs("Surgery", reference="S", site=SiteFactory(name="Court", address="", postcode="LU2 2AA"))
    assert rows(client.get(SEARCH, {"q": "2 phase"})) == ["Phase 2"]
    assert "Surgery" not in rows(client.get(SEARCH, {"q": "2"}))
    assert rows(client.get(SEARCH, {"q": "LU2"})) == ["Surgery"]


def test_second_visit_uses_cached_search(client):
    hubs(*(f"Luton hub {letter}" for letter in "EDCBA"))
    query = {"q": "luton", "sort": "-place"}
    client.get(LIST, query)
    with CaptureQueriesContext(connection) as queries:
        assert len(rows(client.get(LIST, query))) == 5
    assert len(queries) == 1, queries.captured_queries  # revision


@pytest.mark.parametrize("path", ["/search/", "/projects/"])
def test_only_signed_in_users_find_and_see_people(client, viewer_client, path):
    hub = HubFactory(title="Tulip", senior_responsible_owner="Kwame Fairlie", project_manager="Ada O'Neil")
    HubFactory(title="Rose", project_manager="Ada Byron")
    for text in ("fairlie", "kwame", "o'neil ada"):
        assert "Tulip" in viewer_client.get(path, {"q": text}).content.decode()
        assert "Tulip" not in client.get(path, {"q": text}).content.decode()
    assert "Rose" not in viewer_client.get(path, {"q": "o'neil ada"}).content.decode()
    assert "Fairlie" in viewer_client.get(hub.get_absolute_url()).content.decode()
    page = client.get(hub.get_absolute_url()).content.decode()
    assert "Fairlie" not in page and "Neil" not in page
