"""Fixtures for every test: users, an empty cache, databases."""

import gc
from contextlib import contextmanager
from functools import cache

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models.signals import post_migrate
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from simple_history.manager import HistoryManager

from estates_portal.accounts.models import Role
from estates_portal.caching import current_revision
from estates_portal.identity import current_system, forget_system
from projects.facts import sources_at
from projects.models import DateChangeReason, RatingMeaning, RiskCategory
from sites.models import Revision
from tests.clock import clock
from tests.databases import postgresql_template, sqlite_in_memory
from tests.factories import OrganisationFactory, UserFactory

__all__ = ["clock"]  # fixtures of other modules
CHECKED = "checked"
# Parts of the names of the slowest files. A file runs in one process: started late, it would leave others idle.
# The second needs no database, so that it runs while another process migrates one.
SLOWEST = [
    "system/test_every_page",
    "test_bootstrap",
    "test_migrations",
    "system/",
    "test_permissions",
    "test_bad_input",
    "test_queries",
]

# No test depends on the speed of the machine
hypothesis_settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("portal")
# django-simple-history makes the class of a manager again for each record, a quarter of the time that saving takes
HistoryManager.from_queryset = staticmethod(cache(HistoryManager.from_queryset))
gc.set_threshold(100_000)  # Python otherwise spends a tenth of a run on searching for unused objects


def clean_caches():
    for each in caches.all(initialized_only=True):
        each.clear()
    sources_at.cache_clear()


@pytest.fixture(autouse=True)
def _clean_cache():
    clean_caches()


@pytest.fixture(scope="session")
def databases(request, tmp_path_factory):
    """The folder of migrated SQLite databases, which later runs use again if pytest has a cache."""
    cache = getattr(request.config, "cache", None)
    return cache.mkdir("databases") if cache else tmp_path_factory.mktemp("databases")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(databases, django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    """Make test databases as copies of a migrated one."""
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = postgresql_template()
        yield
    else:
        with sqlite_in_memory(databases):
            yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Restore the rows of migrations after a test in real transactions, which empties all tables."""
    with django_db_blocker.unblock():
        rows = {model: list(model.objects.all()) for model in (DateChangeReason, RatingMeaning, RiskCategory)}

    def put_back(plan=None, **kwargs):
        if plan is None:  # tables were emptied, not migrated
            for model, objects in rows.items():
                for row in objects:
                    row.pk = None  # the database numbers them, so that the next row gets its own number
                model.objects.bulk_create(objects)

    projects = apps.get_app_config("projects")
    post_migrate.connect(put_back, sender=projects)
    yield
    post_migrate.disconnect(put_back, sender=projects)


def pytest_collection_modifyitems(items):
    """Mark tests in real transactions for both databases, whose locks differ. Run the slowest files first."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction") and not item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.both_databases)
    items.sort(key=lambda item: next((n for n, name in enumerate(SLOWEST) if name in item.nodeid), len(SLOWEST)))


@contextmanager
def rolled_back():
    """Roll back everything that the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def module_database(django_db_setup, django_db_blocker):
    """Keep what a module's fixtures write until its last test, then roll it back."""
    with django_db_blocker.unblock(), rolled_back():
        yield


@pytest.fixture
def checked(record_property):
    """A function that reports how many cases a test checked, and fails if there are fewer than `at_least`."""

    def say(what, number, at_least):
        record_property(CHECKED, (what, number))
        assert number >= at_least, f"{number} {what}: {at_least} were checked before"

    return say


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == CHECKED:
                terminalreporter.write_line("Checked: {1} {0}".format(*value))


@pytest.fixture(autouse=True)
def _known_system(request):
    """Start each test with the system cached, as in a running process, and clear it at the end."""
    forget_system()
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("_django_db_helper")  # without database tests there is no database
        current_system()
    yield
    forget_system()


@pytest.fixture(autouse=True)
def _marked_emails():
    """Every email that a test sends is marked as automatic, and answers go to the office or to a reader."""
    yield
    for message in getattr(mail, "outbox", []):
        headers = message.message()
        assert headers["Auto-Submitted"] == "auto-generated", message.subject
        assert headers["X-Auto-Response-Suppress"] == "All", message.subject


def count_a_change():
    """Increase the revision as PostgreSQL does at commit, which tests never reach."""
    Revision.objects.update_or_create(pk=1, defaults={"number": current_revision() + 1})


@pytest.fixture
def trust(db):
    return OrganisationFactory(name="Luton Trust", slug="luton-trust")


@pytest.fixture
def other_trust(db):
    return OrganisationFactory(name="Other Trust", slug="other-trust")


def signed_in(**fields):
    """A test client signed in as a new user with these fields: `client.user`."""
    client = Client()
    client.user = UserFactory(**fields)
    client.force_login(client.user)
    return client


@pytest.fixture
def office(db):
    return UserFactory(role=Role.PROGRAMME_OFFICE, name="Olive Office")


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
