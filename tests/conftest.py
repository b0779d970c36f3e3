"""People by name, a clean cache, and what every test may rely on."""

from contextlib import contextmanager

import pytest
from django.apps import apps
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models.signals import post_migrate
from django.test import Client

from estates_portal.accounts.models import Role
from estates_portal.caching import current_revision
from estates_portal.identity import current_system, forget_system
from projects.models import DateChangeReason, RatingMeaning
from sites.models import Revision
from tests.clock import clock
from tests.databases import postgresql_template, sqlite_in_memory
from tests.factories import OrganisationFactory, UserFactory

__all__ = ["clock"]  # fixtures of other modules
CHECKED = "checked"


def clean_caches():
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(autouse=True)
def _clean_cache():
    clean_caches()


@pytest.fixture(scope="session")
def databases(request):
    """The folder where migrated SQLite databases are kept between runs."""
    return request.config.cache.mkdir("databases")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(databases, django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    """Have test databases made as copies of one that was migrated."""
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = postgresql_template()
        yield
    else:
        with sqlite_in_memory(databases):
            yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Have the rows that migrations made also after a test in real transactions, which ends by emptying all tables."""
    with django_db_blocker.unblock():
        rows = {model: list(model.objects.all()) for model in (DateChangeReason, RatingMeaning)}

    def put_back(plan=None, **kwargs):
        if plan is None:  # tables were emptied, not migrated
            for model, kept in rows.items():
                for row in kept:
                    row.pk = None  # counted by the database, so that the next row gets a number of its own
                model.objects.bulk_create(kept)

    projects = apps.get_app_config("projects")
    post_migrate.connect(put_back, sender=projects)
    yield
    post_migrate.disconnect(put_back, sender=projects)


def pytest_collection_modifyitems(items):
    """Tests in real transactions differ by database, because locks do. Browser tests take longest, so they begin."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction") and not item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.both_databases)
    items.sort(key=lambda item: not item.get_closest_marker("browser"))


@contextmanager
def rolled_back():
    """Undo at the end whatever was written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def module_database(django_db_setup, django_db_blocker):
    """Keep what the fixtures of a module write until its last test, and undo it then."""
    with django_db_blocker.unblock(), rolled_back():
        yield


@pytest.fixture
def checked(record_property):
    """Says how many things a test has checked, at the end of the run, and fails where there are fewer than before."""

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
    """A test begins as a page does in a process that has read the system, and what it then adds ends with it."""
    forget_system()
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("_django_db_helper")  # a run without such tests has no database
        current_system()
    yield
    forget_system()


def count_a_change():
    """As the database does at the end of a transaction, which a test's never comes to on PostgreSQL."""
    Revision.objects.update_or_create(pk=1, defaults={"number": current_revision() + 1})


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
