"""Merge two records of one organisation. What was frozen keeps the record that it named."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind, User
from estates_portal.accounts.people import move_to_organisation
from estates_portal.accounts.rules import MERGE_ORGANISATIONS, require
from projects.labels import plural
from projects.models import HandOver, Project
from projects.versions import bump_version
from sites.models import EstateReturn, Organisation, System

from .services import filter_by, replace_link, views_of

FROZEN = (HandOver,)  # acts keep the organisations that they name


def relations():
    """The relations of current records to organisations. Histories and closed periods are hidden, and stay."""
    return [relation for relation in Organisation._meta.related_objects if relation.related_model not in FROZEN]


def counts_of(organisation):
    """["2 projects", "1 user"] of the records that name the organisation. A query for each relation."""
    counts = {}
    for relation in relations():
        number = relation.related_model._base_manager.filter(**{relation.field.name: organisation}).count()
        options = relation.related_model._meta
        counts[options] = counts.get(options, 0) + number
    return [plural(n, options.verbose_name, str(options.verbose_name_plural)) for options, n in counts.items() if n]


@transaction.atomic
def merge(duplicate, kept, *, request):
    """Make every current record that names the duplicate name the other one, which keeps its own facts.

    The duplicate stays, with its name and history; its page redirects. Its codes become earlier ones if the other has
    a code of its own. Raises PermissionDenied, and ValidationError if the two followed one another or both have an
    estate return of the same year and site.
    """
    require(request.user, MERGE_ORGANISATIONS)
    rows = Organisation.objects.select_for_update(of=["self"]).in_bulk([duplicate.pk, kept.pk])
    duplicate, kept = rows[duplicate.pk], rows[kept.pk]
    if duplicate.merged_into_id or kept.merged_into_id:
        raise ValidationError("One of these records has already been merged", code="state")
    if duplicate in kept.line_of_successors() or kept in [duplicate, *duplicate.line_of_successors()]:
        raise ValidationError("One of these organisations replaced the other. Hand over instead", code="successor")
    if clash := _return_of_both(duplicate, kept):
        raise ValidationError(
            f"Both records have the estate return {clash}. Delete one of the two first", code="return"
        )
    reason = f"{duplicate.label} merged into {kept.label}"[:100]
    for code in duplicate.identifiers.filter(superseded=False) if kept.ods_code else ():
        code.superseded = True
        _save(code, ["superseded"], request.user, reason)
    for relation in relations():
        related = relation.related_model._base_manager.filter(**{relation.field.name: duplicate})
        for row in related:
            if relation.many_to_many:
                replace_link(row, relation.field.name, kept, duplicate, request, reason)
            else:
                _change_column(row, relation.field.name, kept, request, reason)
    System.objects.filter(organisation=duplicate).update(organisation=kept)
    for view in views_of(duplicate, request.user):
        filter_by(view, duplicate, kept)
    duplicate.merged_into = kept
    _save(duplicate, ["merged_into"], request.user, reason)
    record(AuditKind.ORGANISATIONS_MERGED, request=request, detail=f"{duplicate} merged into {kept}")


def _return_of_both(duplicate, kept):
    """An estate return of the duplicate for whose site and year the other has one too, or None. One query."""
    same = EstateReturn.objects.reported_by([kept]).filter(year=OuterRef("year"))
    of_site = same.filter(site=OuterRef("site"))
    of_aggregate = same.filter(aggregate_of__isnull=False)
    rows = EstateReturn.objects.reported_by([duplicate]).select_related("site", "aggregate_of")
    return rows.filter(Exists(of_site) | Q(Exists(of_aggregate), aggregate_of__isnull=False)).first()


def _change_column(row, field, kept, request, reason):
    if isinstance(row, User):
        move_to_organisation(row, request=request, reason=reason, organisation=kept)
        return
    if isinstance(row, Project):
        bump_version(Project, row.pk)
        row = row.as_its_kind()
    setattr(row, field, kept)
    _save(row, [field], request.user, reason)


def _save(row, fields, by, reason):
    row._history_user, row._change_reason = by, reason
    row.save(update_fields=fields)
