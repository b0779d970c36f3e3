"""Other projects in the town of a project, or on its site."""

import pytest
from django.contrib.auth.models import AnonymousUser

from projects.detail.same_town import MAX_SHOWN, same_town, town_of
from sites.models import Site, Town
from tests.factories import HospitalSchemeFactory, HubFactory, SiteFactory

pytestmark = pytest.mark.django_db
PUBLIC = AnonymousUser()


@pytest.fixture(autouse=True)
def _towns():
    for name in ("Ash", "Ash Regis", "Oakton"):
        Town.objects.create(name=name, slug=name.lower().replace(" ", "-"), is_main=True, latitude=52, longitude=-0.5)


def hub(title, address=None, **fields):
    return HubFactory(title=title, site=SiteFactory(address=address) if address else None, **fields)


def titles_of(project, reader=PUBLIC):
    return [related.project.title for related in same_town(project, reader).related]


@pytest.mark.parametrize(
    ("title", "address", "town"),
    [
        ("Oakton health hub", "1 High Street, Ash", "Oakton"),
        ("Health hub", "1 High Street, Ash", "Ash"),
        ("Ash Regis hub", None, "Ash Regis"),
        ("Ashfield hub", None, ""),
        ("OAKTON hub", None, "Oakton"),
        ("Ash and Oakton hospital", "Lewis Road, Ash", "Ash"),
        ("Block", "Ash and Oakton hospital, Lewis Road, Ash", "Ash"),
        ("Ash Regis and Oakton plan", None, "Ash Regis"),
    ],
)
def test_town_is_in_the_title_or_at_the_end_of_the_address(title, address, town):
    assert town_of(hub(title, address), ["Ash", "Ash Regis", "Oakton"]) == town


def test_projects_of_one_town_show_each_other():
    health, diagnostics = hub("Oakton health hub"), hub("Diagnostics", "1 High Street, Oakton")
    hub("Oaktonian hub")
    hub("Ash hub", "2 Low Street, Ash")
    assert titles_of(health) == ["Diagnostics"]
    assert titles_of(diagnostics) == ["Oakton health hub"]
    assert same_town(health, PUBLIC).heading == "Also in Oakton"


def test_projects_on_one_site_show_each_other_without_a_town():
    site = SiteFactory(address="")
    ward, block = HospitalSchemeFactory(title="Ward", site=site), HospitalSchemeFactory(title="Block", site=site)
    assert titles_of(ward) == ["Block"]
    assert same_town(block, PUBLIC).heading == "Also at this site"


def test_public_sees_nothing_of_sites_that_are_not_accepted():
    shown, waiting = hub("Oakton health hub"), hub("Diagnostics", "1 High Street, Oakton")
    Site.objects.filter(pk=waiting.site_id).update(accepted=False)
    assert titles_of(shown) == []


def test_example_data_is_not_next_to_real_projects():
    real, example = hub("Oakton health hub"), hub("Example: Oakton hub", is_example=True)
    assert titles_of(real) == titles_of(example) == []


def test_parent_and_parts_are_not_repeated():
    parent = hub("Oakton programme")
    part, other = hub("Oakton hub", parent=parent), hub("Oakton surgery", parent=parent)
    assert titles_of(parent) == []
    assert titles_of(part) == ["Oakton surgery"]
    assert titles_of(other) == ["Oakton hub"]


def test_public_never_sees_projects_that_are_not_published(client, office_client):
    shown = hub("Oakton health hub")
    hub("Oakton secret", published=False)
    assert "Oakton secret" not in client.get(shown.get_absolute_url()).content.decode()
    assert "Oakton secret" in office_client.get(shown.get_absolute_url()).content.decode()


def test_more_than_six_projects_link_to_a_list(client):
    shown = hub("Oakton health hub")
    for number in range(MAX_SHOWN + 1):
        hub(f"Oakton surgery {number}")
    page = client.get(shown.get_absolute_url()).content.decode()
    assert page.count("Oakton surgery") == MAX_SHOWN
    assert '<a href="/projects/?q=Oakton">More projects</a>' in page
