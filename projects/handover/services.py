"""Hand over records of one organisation to another, and undo it. Each act is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind, Invitation, Role, User
from estates_portal.accounts.people import move_to_organisation
from estates_portal.accounts.rules import CHANGE_ORGANISATION, HAND_OVER, require
from estates_portal.sorting import SortKey
from projects.labels import plural
from projects.models import DeliveryState, HandOver, Programme, Project, SavedView
from projects.versions import bump_version
from sites.models import ACCEPTED, Organisation, Site

OPEN_STATES = (DeliveryState.ACTIVE, DeliveryState.ON_HOLD)
FILTERS = ("lead", "owner")  # filters of saved views by an organisation


def _led(organisation, by):
    return Project.objects.visible_to(by).filter(lead_organisation=organisation, delivery_state__in=OPEN_STATES)


def _partnered(organisation, by):
    return Project.objects.visible_to(by).filter(partner_organisations=organisation, delivery_state__in=OPEN_STATES)


def _programmes(organisation, by):
    return Programme.objects.visible_to(by).filter(lead_organisation=organisation)


def _sites(organisation, by):
    return Site.objects.filter(owner=organisation)


def _active(by):
    people = User.objects.filter(is_active=True).exclude(pk=by.pk)
    return people if by.role == Role.ADMINISTRATOR else people.exclude(role=Role.ADMINISTRATOR)


def _people(organisation, by):
    return _active(by).filter(organisation=organisation)


def _other_people(organisation, by):
    return _active(by).filter(other_organisations=organisation)


def _invitations(organisation, by):
    return Invitation.objects.open().filter(organisation=organisation)


def _other_invitations(organisation, by):
    return Invitation.objects.open().filter(other_organisations=organisation)


def views_of(organisation, by):
    named = Q()
    for name in FILTERS:
        named |= Q(query__contains=f"{name}={organisation.slug}")
    views = SavedView.objects.filter(named)
    slugs = {view.pk: {QueryDict(view.query).get(name) for name in FILTERS} for view in views}
    return views.filter(pk__in=[pk for pk, values in slugs.items() if organisation.slug in values])


@dataclass(frozen=True)
class Kind:
    """A kind of record that an organisation hands over. `field` is the column that names the organisation.

    If it is a list of organisations, `already` is the key in `HandOver.moved` of the records that also named the
    successor.
    """

    label: str
    noun: str
    nouns: str
    model: type
    rows: Callable
    field: str = ""
    already: str = ""


KINDS = {
    "led": Kind("Open projects it leads", "project led", "projects led", Project, _led, "lead_organisation"),
    "partnered": Kind(
        "Open projects it partners",
        "project partnered",
        "projects partnered",
        Project,
        _partnered,
        "partner_organisations",
        already="already_partner",
    ),
    "programmes": Kind("Programmes", "programme", "programmes", Programme, _programmes, "lead_organisation"),
    "sites": Kind("Sites owned", "site", "sites", Site, _sites, "owner"),
    "people": Kind("Users", "user", "users", User, _people, "organisation"),
    "other_people": Kind(
        "Users who also work for it",
        "user who also works for it",
        "users who also work for it",
        User,
        _other_people,
        "other_organisations",
        already="already_other_people",
    ),
    "invitations": Kind("Open invitations", "invitation", "invitations", Invitation, _invitations, "organisation"),
    "other_invitations": Kind(
        "Open invitations to also work for it",
        "invitation to also work for it",
        "invitations to also work for it",
        Invitation,
        _other_invitations,
        "other_organisations",
        already="already_other_invitations",
    ),
    "views": Kind("Saved views that filter by it", "saved view", "saved views", SavedView, views_of),
}


def counts_of(moved):
    """["9 projects led", "1 site"] of {kind: rows or ids}."""
    return [plural(len(moved[key]), kind.noun, kind.nouns) for key, kind in KINDS.items() if moved.get(key)]


@transaction.atomic
def hand_over(former, successor, *, on, chosen, keep_as_partner, request):
    """Give the chosen records ({kind: rows}) of one organisation to another, and return the `HandOver`.

    With `keep_as_partner`, the former lead becomes a partner of the projects that it led. Raises PermissionDenied, and
    ValidationError if a record is no longer of the organisation.
    """
    require(request.user, HAND_OVER)
    act = HandOver.objects.create(former=former, successor=successor, on=on, by=request.user)
    for key, rows in chosen.items():
        ids = [row.pk for row in rows]
        current = KINDS[key].rows(former, request.user).filter(pk__in=ids)
        if current.count() < len(ids):
            raise ValidationError("Some of these records have changed. Check the list and try again", code="changed")
        act.moved[key] = ids
        if KINDS[key].already:
            both = current.model.objects.filter(pk__in=ids, **{KINDS[key].field: successor})
            act.moved[KINDS[key].already] = list(both.values_list("pk", flat=True))
    led = act.moved.get("led", [])
    if keep_as_partner:
        partners = Project.partner_organisations.through.objects.filter(organisation=former, project__in=led)
        have = set(partners.values_list("project_id", flat=True))
        act.moved["kept_as_partner"] = [pk for pk in led if pk not in have]
    act.save()
    _move(act, former, successor, request, str(act))
    record(AuditKind.HANDED_OVER, request=request, detail=f"{act}, from {on}: {', '.join(counts_of(act.moved))}")
    return act


@transaction.atomic
def undo(act, *, request):
    """Give the records of a hand-over back; return the number that have another organisation now and stay.

    Raises PermissionDenied, and ValidationError if it was already undone.
    """
    require(request.user, HAND_OVER)
    act = HandOver.objects.select_for_update(of=["self"]).select_related("former", "successor").get(pk=act.pk)
    if act.undone_at:
        raise ValidationError("This hand-over has already been undone", code="state")
    left = _move(act, act.successor, act.former, request, f"Undone: {act}", undoing=True)
    act.undone_at, act.undone_by = timezone.now(), request.user
    act.save()
    record(AuditKind.HAND_OVER_UNDONE, request=request, detail=str(act))
    return left


def _move(act, source, target, request, reason, undoing=False):
    """Move the records of the act from one organisation to the other; return the number that are not of the first."""
    left = 0
    for key, kind in KINDS.items():
        ids = act.moved.get(key, [])
        rows = kind.model.objects.filter(pk__in=ids)
        if key == "views":
            changed = [view for view in rows if filter_by(view, source, target)]
        else:
            changed = list(rows.filter(**{kind.field: source}).select_for_update(of=["self"]))
        for row in changed if kind.field else ():
            if kind.model is User:
                require(request.user, CHANGE_ORGANISATION, row)
            if kind.already:
                stays = undoing and row.pk in act.moved[kind.already]
                replace_link(row, kind.field, target, None if stays else source, request, reason)
            else:
                _change(row, kind.field, target, request, reason)
        left += len(ids) - len(changed)
    kept = Project.objects.filter(pk__in=act.moved.get("kept_as_partner", []))
    for project in kept:
        added, removed = (None, act.former) if undoing else (act.former, None)
        _change_links(project, "partner_organisations", added, removed, request.user, reason)
    return left


def _change(row, field, target, request, reason):
    """Save the row with its new organisation, and the act in its history."""
    if isinstance(row, User):
        move_to_organisation(row, request=request, reason=reason[:100], organisation=target)
        return
    if isinstance(row, Project):
        bump_version(Project, row.pk)
        row = row.as_its_kind()
    setattr(row, field, target)
    row._history_user, row._change_reason = request.user, reason[:100]
    row.save(update_fields=[field])


def replace_link(row, field, added, removed, request, reason):
    """Replace an organisation in a list of the record by another, with the user and reason in its history.

    With `removed` None it is only added. The caller checks the permission.
    """
    if isinstance(row, User):
        others = [*row.other_organisations.exclude(pk=removed and removed.pk), added]
        move_to_organisation(row, request=request, reason=reason[:100], other_organisations=others)
        return
    _change_links(row, field, added, removed, request.user, reason)
    if isinstance(row, Project):
        _record_history(row, request.user, reason)


def _change_links(record, field, added, removed, by, reason):
    """Link the record to one and no longer to the other, each if not None, with the user and reason in its history."""
    record._history_user, record._change_reason = by, reason[:100]
    if added is not None:
        getattr(record, field).add(added)
    if removed is not None:
        getattr(record, field).remove(removed)


def _record_history(project, by, reason):
    """Add a row to the history of the project, as a change of links alone adds none."""
    bump_version(Project, project.pk)
    row = project.as_its_kind()
    history = type(row).history
    history.bulk_history_create([row], update=True, default_user=by, default_change_reason=reason[:100])


def filter_by(view, source, target):
    """Make the view filter by another organisation; return whether it filtered by the first."""
    query = QueryDict(view.query, mutable=True)
    names = [name for name in FILTERS if query.get(name) == source.slug]
    for name in names:
        query[name] = target.slug
    if names:
        view.query = query.urlencode()
        view.save(update_fields=["query"])
    return bool(names)


def rows_of(act):
    """[(label, [records])] of what the act moved."""
    return [
        (kind.label, list(kind.model.objects.filter(pk__in=ids)))
        for key, kind in KINDS.items()
        if (ids := act.moved.get(key))
    ]


def organisations_to_choose(former, on):
    """Organisations that exist on the day and can take over, by name."""
    return Organisation.objects.existing(on).filter(**ACCEPTED).exclude(pk=former.pk).order_by(SortKey("name"))
