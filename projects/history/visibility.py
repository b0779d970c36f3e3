"""Who could see a project on a day, from its history and those of its links, of users and of organisations."""

import datetime
from dataclasses import dataclass

from estates_portal.accounts.models import Role, User
from estates_portal.dates import start_of
from projects.models import NotRecorded, Project, linked_at
from sites.models import Organisation


@dataclass(frozen=True)
class Audience:
    """Who could see a project: everyone if it `is_public`, else all users if it `is_open`, else `users` alone.

    `organisations` led or partnered it, or had succeeded one that did.
    """

    is_public: bool
    is_open: bool
    organisations: frozenset
    users: frozenset


def who_could_see(project, on):
    """The `Audience` of the project at the end of the day `on`, as ids of organisations and users.

    Follows `ProjectQuerySet.visible_to`. Raises NotRecorded for a day before the history of the project or its links.
    """
    end = start_of(on + datetime.timedelta(days=1))
    state = _versions(type(project.as_its_kind()), end).filter(id=project.pk).first()
    if state is None:
        raise NotRecorded("The project has no history of that day")
    if state.history_type == "-":
        return Audience(False, False, frozenset(), frozenset())
    involved = linked_at(Project.partner_organisations, project, end) | ({state.lead_organisation_id} - {None})
    involved = _with_successors(involved, on, end)
    others = User.history.model.other_organisations.model.objects.filter(organisation__in=involved)
    also_involved = set(others.values_list("history_id", flat=True))
    is_open = state.published or not state.restricted
    users = {
        user.id
        for user in _versions(User, end).exclude(history_type="-").filter(is_active=True)
        if is_open
        or user.role in {Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR}
        or user.organisation_id in involved
        or user.pk in also_involved
    }
    return Audience(state.published, is_open, frozenset(involved), frozenset(users))


def _versions(model, end):
    """The newest row of history of each record before that moment."""
    return model.history.filter(history_date__lt=end).latest_of_each()


def _with_successors(ids, on, end):
    """These organisations and those that had succeeded them by the day `on`, as recorded then. One query."""
    ended = _versions(Organisation, end).exclude(history_type="-").filter(valid_to__lte=on)
    successors = dict(ended.exclude(successor=None).values_list("id", "successor_id"))
    found, new = set(), set(ids)
    while new:
        found |= new
        new = {successors[pk] for pk in new if pk in successors} - found
    return found
