"""The reporters of a project: whom the portal asks and reminds to report on it.

They are the contributors of the organisation that acts for its lead. Contributors of its partners can report too, but
get no reminders.
"""

from collections import defaultdict

from estates_portal.accounts.models import Role, User
from estates_portal.sorting import SortKey
from projects.models import Project
from sites.models import Organisation


def reporters_of(organisations):
    """{id of one of these organisations: [its active contributors, by name]}. Two queries."""
    reporters = defaultdict(list)
    contributors = User.objects.working_for(organisations).filter(is_active=True, role=Role.CONTRIBUTOR)
    for person in contributors.order_by(SortKey("name"), "pk").prefetch_related("other_organisations"):
        for organisation_id in person.organisation_ids:
            reporters[organisation_id].append(person)
    return reporters


def projects_reported_by(person, on):
    """The projects that the person is a reporter of on the day `on`. One query, and that of the projects."""
    if person.role != Role.CONTRIBUTOR:
        return Project.objects.none()
    own = set(person.organisation_ids)
    successions = Organisation.objects.successions(on)
    succeeded = {pk for pk, line in successions.items() if line[-1].pk in own}
    return Project.objects.filter(lead_organisation__in=own - successions.keys() | succeeded)
