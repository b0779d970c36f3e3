"""The history of links: the partners, priorities, sites, networks and services of a project, since when and by whom.

django-simple-history cannot keep them for inherited models (docs/adr/0022-history.md), so each join table has
a history of its own, which `record_links` writes.
"""

from django.db.models import Min, Q
from django.db.models.signals import m2m_changed, pre_delete
from django.utils import timezone
from simple_history import register
from simple_history.utils import get_change_reason_from_object

from .project import Hub, Project

LINKS = (
    Project.partner_organisations,
    Project.priorities,
    Project.further_sites,
    Hub.primary_care_networks,
    Hub.services,
)
# The reason of the rows for links that are older than their history. Migration 0044 wrote them.
ALREADY_LINKED = "Linked before changes were recorded"


class NotRecorded(LookupError):
    """The history does not go back that far."""


def _past(link):
    """The model of the history of the link."""
    return link.through.history.model


def _columns(link, reverse=False):
    """(column of the record, column of the linked record) in the join table; the other way round if `reverse`."""
    names = (f"{link.field.m2m_field_name()}_id", f"{link.field.m2m_reverse_field_name()}_id")
    return names[::-1] if reverse else names


def _record(through, rows, history_type, by):
    """Add a row of history for each row of the join table. The user and the reason are those of the record `by`."""
    past = through.history.model
    names = [column.attname for column in past.tracked_fields]
    common = {
        "history_type": history_type,
        "history_date": timezone.now(),
        "history_user": past.get_default_history_user(by),
        "history_change_reason": get_change_reason_from_object(by),
    }
    past.objects.bulk_create(past(**{name: getattr(row, name) for name in names}, **common) for row in rows)


def record_links(link, instance, action, reverse, pk_set):
    """Add a row of history for each record that is linked to `instance`, or no longer linked. Two queries."""
    if action not in {"post_add", "pre_remove", "pre_clear"}:
        return
    record, linked = _columns(link, reverse)
    rows = link.through.objects.filter(**{record: instance.pk})
    if pk_set is not None:
        rows = rows.filter(**{f"{linked}__in": pk_set})
    _record(link.through, rows, "+" if action == "post_add" else "-", instance)


def record_end(link, instance):
    """Add a row of history for each link of a record that is being deleted. At most two queries."""
    names = [name for name, model in zip(_columns(link), _models(link), strict=True) if isinstance(instance, model)]
    rows = link.through.objects.filter(Q.create([(name, instance.pk) for name in names], connector=Q.OR))
    _record(link.through, rows, "-", instance)


def _models(link):
    return link.field.model, link.field.remote_field.model


def _listen(link):
    """Record the changes of the link, and its end when a record is deleted."""

    def changed(instance, action, reverse, pk_set, **_kwargs):
        record_links(link, instance, action, reverse, pk_set)

    def deleted(instance, **_kwargs):
        record_end(link, instance)

    m2m_changed.connect(changed, sender=link.through, weak=False)
    for model in _models(link):
        pre_delete.connect(deleted, sender=model, weak=False)


for every_link in LINKS:
    register(every_link.through, app="projects")
    _listen(every_link)


def linked_at(link, project, moment):
    """{ids of the records that were linked to the project just before that moment}. At most ten queries.

    Goes back from the links of today. Raises NotRecorded if the project is older than the history of links, and the
    moment too.
    """
    since = recorded_since(project)
    if since is not None and moment <= since:
        raise NotRecorded(f"The links of projects are recorded since {since:%d/%m/%Y}")
    record, linked = _columns(link)
    ids = set(link.through.objects.filter(**{record: project.pk}).values_list(linked, flat=True))
    later = _past(link).objects.filter(**{record: project.pk}, history_date__gte=moment)
    for history_type, pk in later.order_by("-history_date", "-history_id").values_list("history_type", linked):
        if history_type == "+":
            ids.discard(pk)
        else:
            ids.add(pk)
    return ids


def recorded_since(project):
    """The time since when the links of the project are recorded; None if that is since it exists.

    At most eight queries.
    """
    oldest = [_past(link).objects.filter(history_change_reason=ALREADY_LINKED) for link in LINKS]
    starts = [rows.aggregate(start=Min("history_date"))["start"] for rows in oldest]
    since = min(filter(None, starts), default=None)
    if since is None:
        return None
    first = project.as_its_kind().history.order_by("history_date", "history_id").first()
    created_later = first is not None and first.history_type == "+" and first.history_date >= since
    return None if created_later else since
