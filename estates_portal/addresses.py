"""Permanent addresses: a page is found by its slug, and by every slug that it had before.

Database triggers record former slugs, whoever changes them, and refuse a slug that another record had.
"""

import itertools
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections, models
from django.http import Http404, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.text import slugify

WITH_PAGES = ("sites", "projects")  # the apps with records that have a page of their own
RESERVED = {"add"}  # the addresses of other pages


class AddressField(models.SlugField):
    """The slug of a record with a page of its own. Forms refuse the former slug of another record.

    For migrations it is a SlugField: its column is the same.
    """

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.SlugField", args, kwargs

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if model_instance is None:
            return
        if value in RESERVED:
            raise ValidationError(f"Enter another slug. The portal uses “{value}” itself", code="reserved")
        others = former_owners(self.model, value).exclude(object_id=model_instance.pk or 0)
        if owner := self.model._base_manager.filter(pk__in=others).first():
            raise ValidationError(f"Enter another slug. Old links to {owner} use this one", code="former_address")


def former_address_model():
    """The model of former addresses; by name, because it belongs to an app that imports this module."""
    return apps.get_model("sites", "FormerAddress")


def kind_of(model):
    """The kind of record in the table of former addresses. Hubs and hospital schemes are both "project"."""
    return model._meta.get_field("slug").model._meta.model_name


def former_owners(model, slug):
    """Queryset of the id of the record that had this slug before."""
    return former_address_model().objects.filter(kind=kind_of(model), slug=slug).values("object_id")


def free_slug(model, name, otherwise, record_id=0):
    """A slug of the name that no record has or had: with a number if it is taken. A query for each that is taken.

    A name without letters gives `otherwise`. The record with the id `record_id` can have a slug that it had.
    """
    base = slugify(name)[:110].strip("-") or otherwise
    for number in itertools.count(1):
        slug = base if number == 1 else f"{base}-{number}"
        is_taken = slug in RESERVED or model._base_manager.filter(slug=slug).exclude(pk=record_id).exists()
        if not is_taken and not former_owners(model, slug).exclude(object_id=record_id).exists():
            return slug


class Moved(Http404):
    """The address has a former slug. `argument` of the URL is now `slug`."""

    def __init__(self, argument, slug):
        self.argument, self.slug = argument, slug
        super().__init__("This page has moved")


def get_by_slug(queryset, slug, argument="slug"):
    """The row of the queryset with this slug. Raises Moved if a row had the slug before, and Http404 for no row.

    `argument` is the name of the slug in the URL.
    """
    model = queryset.model
    try:
        return queryset.get(slug=slug)
    except model.DoesNotExist:
        pass
    current = queryset.filter(pk__in=former_owners(model, slug)).values_list("slug", flat=True).first()
    if current is None:
        raise Http404(f"No {model._meta.verbose_name} has this address")
    raise Moved(argument, current)


class FormerAddressMiddleware:
    """Redirects former addresses, and pages below them, to the current ones."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, Moved):
            return None
        match = request.resolver_match
        path = reverse(match.view_name, kwargs={**match.kwargs, exception.argument: exception.slug})
        query = request.META.get("QUERY_STRING", "")
        is_read = request.method in {"GET", "HEAD"}
        response = HttpResponsePermanentRedirect(f"{path}?{query}" if query else path, preserve_request=not is_read)
        # Browsers remember a permanent redirect. Without this, renaming back would lead them in a circle.
        response["Cache-Control"] = "private, no-cache"
        return response


def absolute(path):
    """The path with the portal's own root, which does not depend on the host of a request."""
    return f"{settings.PORTAL_URL}{path}"


def portal_host():
    return urlsplit(settings.PORTAL_URL).hostname


def tag_uri(name):
    """An identifier that no move or renaming changes (RFC 4151)."""
    return f"tag:{portal_host()},2026:{name}"


# Triggers ------------------------------------------------------------------------------------------------------------

# It compares slugs itself, because a trigger of named columns would prevent migrations of them.
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION portal_former_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM sites_formeraddress WHERE kind = TG_ARGV[0] AND object_id = OLD.id;
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.slug = NEW.slug THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT 1 FROM sites_formeraddress WHERE kind = TG_ARGV[0] AND slug = NEW.slug AND object_id <> NEW.id
    ) THEN
        RAISE EXCEPTION 'The slug belonged to another record' USING ERRCODE = 'unique_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM sites_formeraddress WHERE kind = TG_ARGV[0] AND slug = NEW.slug;
        INSERT INTO sites_formeraddress (kind, slug, object_id) VALUES (TG_ARGV[0], OLD.slug, NEW.id);
    END IF;
    RETURN NULL;
END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER portal_former_address AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION portal_former_address('{kind}')
"""
SQLITE_TRIGGERS = {
    "insert": """
        AFTER INSERT ON {table} BEGIN
            SELECT RAISE(ABORT, 'The slug belonged to another record') WHERE EXISTS (
                SELECT 1 FROM sites_formeraddress WHERE kind = '{kind}' AND slug = NEW.slug AND object_id <> NEW.id
            );
        END
    """,
    "update": """
        AFTER UPDATE OF slug ON {table} WHEN OLD.slug <> NEW.slug BEGIN
            SELECT RAISE(ABORT, 'The slug belonged to another record') WHERE EXISTS (
                SELECT 1 FROM sites_formeraddress WHERE kind = '{kind}' AND slug = NEW.slug AND object_id <> NEW.id
            );
            DELETE FROM sites_formeraddress WHERE kind = '{kind}' AND slug = NEW.slug;
            INSERT INTO sites_formeraddress (kind, slug, object_id) VALUES ('{kind}', OLD.slug, NEW.id);
        END
    """,
    "delete": """
        AFTER DELETE ON {table} BEGIN
            DELETE FROM sites_formeraddress WHERE kind = '{kind}' AND object_id = OLD.id;
        END
    """,
}


def models_with_pages():
    """The models whose former addresses are kept."""
    return [
        field.model
        for label in WITH_PAGES
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.local_fields
        if isinstance(field, AddressField) and not model.__name__.startswith("Historical")
    ]


def install_triggers(app_config, using="default", **kwargs):
    """Put the triggers on every table with an address; safe to repeat. Runs after `migrate`."""
    connection = connections[using]
    if app_config.name != "projects":  # once, after the last of the apps with pages
        return
    existing = set(connection.introspection.table_names())
    if former_address_model()._meta.db_table not in existing:
        return
    tables = {model._meta.db_table: kind_of(model) for model in models_with_pages()}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
        for table, kind in tables.items():
            if table not in existing:
                continue
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS portal_former_address ON {table}")
                cursor.execute(POSTGRESQL_TRIGGER.format(table=table, kind=kind))
                continue
            for event, sql in SQLITE_TRIGGERS.items():
                name = f"portal_former_address_{table}_{event}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(f"CREATE TRIGGER {name} {sql.format(table=table, kind=kind)}")
