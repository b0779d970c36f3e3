"""People by name, a clean cache, and what every test may rely on."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client

from estates_portal.accounts.models import Role
from projects.words import RULES
from sites.models import Revision
from sites.revision import current_revision
from tests.factories import OrganisationFactory, UserFactory


@pytest.fixture(autouse=True)
def _clean_cache():
    for cache in caches.all(initialized_only=True):
        cache.clear()


def write_words_at_once():
    """PostgreSQL writes the words that projects are found by when a transaction ends; a test's never does."""
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {', '.join(rule.name for rule in RULES)} IMMEDIATE")


def count_a_change():
    """As the database does at the end of a transaction, which a test's never comes to on PostgreSQL."""
    Revision.objects.update_or_create(pk=1, defaults={"number": current_revision() + 1})


@pytest.fixture(autouse=True)
def _words_at_once(_django_db_helper):
    write_words_at_once()


@pytest.fixture
def trust(db):
    return OrganisationFactory(name="Luton Trust", slug="luton-trust")


@pytest.fixture
def other_trust(db):
    return OrganisationFactory(name="Other Trust", slug="other-trust")


def signed_in(**fields):
    """A test client signed in as a new person with these fields; the person is `client.user`."""
    client = Client()
    client.user = UserFactory(**fields)
    client.force_login(client.user)
    return client


@pytest.fixture
def viewer_client(trust):
    return signed_in(role=Role.VIEWER, organisation=trust)


@pytest.fixture
def contributor_client(trust):
    return signed_in(role=Role.CONTRIBUTOR, organisation=trust)


@pytest.fixture
def other_contributor_client(other_trust):
    return signed_in(role=Role.CONTRIBUTOR, organisation=other_trust)


@pytest.fixture
def office_client(db):
    return signed_in(role=Role.PROGRAMME_OFFICE)


@pytest.fixture
def admin_client(db):
    return signed_in(role=Role.ADMINISTRATOR)
