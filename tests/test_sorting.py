"""Names and titles have one order in both databases and in Python."""

import random
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from estates_portal.sorting import PUNCTUATION, SortKey, sort_key
from sites.models import Site
from tests.factories import HubFactory, OrganisationFactory, SiteFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
IN_ORDER = [
    "“Zebra” ward",
    "2 Bedford Road",
    "10 Bedford Road",
    "acute bed block",
    "Électrical upgrade",
    "electrical works",
    "St Mark’s",
    "Ward 2",
    "ward 10",
    "Zoë’s house",
]
SHUFFLED = random.Random(46).sample(IN_ORDER, len(IN_ORDER))


def shown(client, url):
    """The names of IN_ORDER that a page shows, in its order."""
    text = client.get(url).content.decode().partition("<tbody")[2].replace("&#x27;", "'")
    places = {name: text.find(name) for name in IN_ORDER if name in text}
    return sorted(places, key=places.get)


def test_database_sorts_as_python_does():
    characters = [*"aAbBzZéÉöøłæß0123456789", *PUNCTUATION]
    chance = random.Random(1)
    names = {"".join(chance.choices(characters, k=chance.randint(1, 7))).strip() or "x" for _ in range(400)}
    Site.objects.bulk_create(
        SiteFactory.build(name=name, slug=f"site-{number}", place=None) for number, name in enumerate(sorted(names))
    )
    sites = list(Site.objects.order_by(SortKey("name"), "pk"))
    assert len(sites) == len(names) > 300
    assert sites == sorted(sites, key=lambda site: (sort_key(site.name), site.pk))


@pytest.mark.parametrize(
    ("factory", "field", "page", "admin", "back"),
    [
        (HubFactory, "title", "projects:project_list", "projects_hub", "?sort=-title"),
        (SiteFactory, "name", "sites:site_list", "sites_site", "?sort=-name"),
        (OrganisationFactory, "name", "sites:organisation_list", "sites_organisation", ""),
        (UserFactory, "name", "people:person_list", "accounts_user", ""),
    ],
)
def test_lists_are_in_one_order(factory, field, page, admin, back, admin_client):
    for name in SHUFFLED:
        factory(**{field: name})
    assert shown(admin_client, reverse(page)) == IN_ORDER
    if back:
        assert shown(admin_client, reverse(page) + back) == IN_ORDER[::-1]

    changelist = reverse(f"admin:{admin}_changelist")
    assert shown(admin_client, changelist) == IN_ORDER
    columns = admin_client.get(changelist).context["cl"].list_display
    column = columns.index(field)
    assert shown(admin_client, f"{changelist}?o=-{column}") == IN_ORDER[::-1]


def test_every_query_sorts_names_by_sort_key():
    bare = re.compile(r'order_by\([^()]*"-?(?:\w+__)*(?:name|title)"|ordering = \[.*"-?(?:\w+__)*(?:name|title)"(?!\))')
    found = []
    for folder in ("estates_portal", "projects", "sites"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            if "migrations" not in path.parts and (lines := bare.findall(path.read_text(encoding="utf-8"))):
                found.append((path.name, lines))
    assert found == []
