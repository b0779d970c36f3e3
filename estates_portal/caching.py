"""Caches pages and values until the data changes: the change counter, its triggers, and conditional requests."""

import functools
import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.db import connections
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition

from .identity import current_system

WATCHED_APPS = ("sites", "projects")


def counter_model():
    """The model of the counter; by name, because it belongs to an app that imports this module."""
    return apps.get_model("sites", "Revision")


# The counter follows the clock in milliseconds, so that a database restored from a backup never repeats a number that
# stood for other data.
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION portal_bump_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now_ms bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
BEGIN
    IF current_setting('portal.bumped', true) IS DISTINCT FROM txid_current()::text THEN
        INSERT INTO sites_revision AS r (id, number) VALUES (1, now_ms)
        ON CONFLICT (id) DO UPDATE SET number = greatest(r.number + 1, now_ms);
        PERFORM set_config('portal.bumped', txid_current()::text, true);
    END IF;
    RETURN NULL;
END $$
"""
# Deferred to the end of the transaction, so that the counter is locked only for an instant and cannot cause a deadlock.
POSTGRESQL_TRIGGER = """
CREATE CONSTRAINT TRIGGER portal_revision AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portal_bump_revision()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table} BEGIN
    INSERT INTO sites_revision (id, number) VALUES (1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
    ON CONFLICT (id) DO UPDATE SET number = max(number + 1, excluded.number);
END
"""


def current_revision():
    """The current number; 0 before the first change. One query."""
    return counter_model().objects.filter(pk=1).values_list("number", flat=True).first() or 0


def watched_tables():
    """Tables whose changes move the counter: all of the apps, including join tables, but not histories or the counter.

    A model sets `changes_pages = False` if no cached page shows its rows. Drafts are saved while users type, and would
    otherwise empty the cache all day.
    """
    models = [
        model
        for label in WATCHED_APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model is not counter_model() and not model.__name__.startswith("Historical")
        if getattr(model, "changes_pages", True)
    ]
    return sorted({model._meta.db_table for model in models})


def install_triggers(app_config, using="default", **kwargs):
    """Put the triggers on every watched table that exists; safe to repeat. Runs after `migrate`."""
    connection = connections[using]
    if app_config.name != "projects":  # once, after the last of the watched apps
        return
    existing = set(connection.introspection.table_names())
    if counter_model()._meta.db_table not in existing:
        return
    quote = connection.ops.quote_name
    tables = [table for table in watched_tables() if table in existing]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
            for table in tables:
                cursor.execute(f"DROP TRIGGER IF EXISTS portal_revision ON {quote(table)}")
                cursor.execute(POSTGRESQL_TRIGGER.format(table=quote(table)))
        else:
            for table in tables:
                for event in ("INSERT", "UPDATE", "DELETE"):
                    name = quote(f"portal_revision_{table}_{event.lower()}")
                    cursor.execute(SQLITE_TRIGGER.format(name=name, event=event, table=quote(table)))


PAGE_SOURCES = (
    "estates_portal/**/*.py",
    "sites/**/*.py",
    "projects/**/*.py",
    "templates/**/*",
    "docs/glossary.md",
    "requirements.txt",
    "staticfiles/staticfiles.json",  # the names of static files, which contain a hash of each
)


def hash_of_contents(base):
    """A hash of the files under `base` that pages are made from: servers with the same files have the same hash."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in PAGE_SOURCES for path in Path(base).glob(pattern) if path.is_file()}):
        digest.update(f"{path.relative_to(base).as_posix()} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


# Computed once, when the portal starts
RELEASE = settings.RELEASE or hash_of_contents(settings.BASE_DIR)


def revision_of(request):
    """The revision of the portal's data when this request first asked for it. One query a request."""
    if not hasattr(request, "portal_revision"):
        request.portal_revision = current_revision()
    return request.portal_revision


def visibility_of(user):
    """A key shared by those who see the same projects on one day (see `ProjectQuerySet.visible_to`).

    The organisations that a user's own have succeeded depend on the day and the data, which are in every key.
    """
    if not user.is_authenticated:
        return "public"
    return "everything" if user.sees_everything else f"organisations-{user.organisation_ids}"


def cached_until_change(request, name, compute):
    """Returns `compute()`, or its cached result if the data has not changed today.

    Users who see the same projects share the result. `name` identifies everything else that it depends on. Results
    must be picklable, and callers must not change them.
    """
    known = (RELEASE, revision_of(request), visibility_of(request.user), timezone.localdate(), name)
    key = hashlib.sha256(repr(known).encode()).hexdigest()
    return caches["memory"].get_or_set(key, compute, timeout=86_400)


def public_tag(request, *args, **kwargs):
    """The ETag of what the public sees at this address. It depends only on the data, the address and the day."""
    data = (revision_of(request), current_system().changed_at)
    parts = (RELEASE, data, timezone.localdate(), request.get_full_path())
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def page_tag(request, *args, **kwargs):
    """The ETag of a public page. None for signed-in users, whose pages no browser keeps, and with messages to show."""
    if request.user.is_authenticated or len(get_messages(request)):
        return None
    return public_tag(request)


def conditional_get(view):
    """Decorates a view of a public page: answers 304 if the browser already has the page and it is unchanged.

    Signed-in users always get the page: `PrivateAnswersMiddleware` forbids their browsers to keep it.
    """

    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        response = condition(etag_func=page_tag)(view)(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
        return response

    return wrapped


def public_file(view):
    """Decorates a view of a file that is the same for everyone: compressed, and 304 while it is unchanged.

    The view sees an anonymous user, so that the file never contains more than the public can see.
    """

    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        request.user = AnonymousUser()
        response = gzip_page(condition(etag_func=public_tag)(view))(request, *args, **kwargs)
        patch_cache_control(response, public=True, no_cache=True)
        return response

    return wrapped
