"""The permissions of each role, checked by `user.has_perm`.

Which rows a user can see is decided by the querysets' `visible_to(user)`.
"""

import rules
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from .models import Role

# Permissions that several modules check.
VIEW_ONLY = "view only"  # why permission is denied to change what the user can see
REPORT_ON_PROJECT = "projects.report_on_project"
REVIEW_REPORTS = "projects.review_report"
DECIDE_CHANGE_REQUEST = "projects.decide_change"
ANSWER_ESCALATION = "projects.answer_escalation"
EDIT_DATE_GRID = "projects.edit_in_bulk"
HAND_OVER = "projects.hand_over"
MERGE_ORGANISATIONS = "projects.merge_organisations"
CHANGE_ORGANISATION = "accounts.change_organisation"
APPROVE_BUDGET = "projects.approve_budget"
ANSWER_MESSAGES = "contact.answer_message"
IMPORT_RECORDS = "projects.import_records"
ADD_PROJECT = "projects.add_project"
CHANGE_PROJECT = "projects.change_project"
CLOSE_PROJECT = "projects.close_project"
EDIT_FACTS = "projects.edit_facts"
CHANGE_ADDRESS = "sites.change_address"
PROPOSE_FACTS = "projects.propose_facts"
RESTORE_RECORDS = "deletion.restore_deletion"

# What each role can do, shown on pages about users.
ROLE_DESCRIPTIONS = {
    Role.VIEWER: "can view partner information",
    Role.CONTRIBUTOR: "can report on your organisation's projects",
    Role.PROGRAMME_OFFICE: "can manage all projects, review reports and invite users",
    Role.ADMINISTRATOR: "can do everything",
}

# A user with each role, for sentences: "invited to join as a contributor".
ROLE_NOUNS = {
    Role.VIEWER: "a viewer",
    Role.CONTRIBUTOR: "a contributor",
    Role.PROGRAMME_OFFICE: "a member of the programme office",
    Role.ADMINISTRATOR: "an administrator",
}


@rules.predicate
def is_administrator(user):
    return user.role == Role.ADMINISTRATOR


@rules.predicate
def is_programme_office(user):
    return user.role == Role.PROGRAMME_OFFICE


@rules.predicate
def is_contributor(user):
    return user.role == Role.CONTRIBUTOR


@rules.predicate
def reports_for_project(user, project):
    """A contributor of whose organisations, or those that they have succeeded, one leads or partners the project."""
    if user.role != Role.CONTRIBUTOR or project is None:
        return False
    return project.involves(user.organisation_ids, timezone.localdate())


@rules.predicate
def leads_project(user, project):
    """A contributor of whose organisations, or those that they have succeeded, one leads the project."""
    if user.role != Role.CONTRIBUTOR or project is None:
        return False
    return project.is_led_by(user.organisation_ids, timezone.localdate())


runs_the_portal = is_administrator | is_programme_office

# The models that the programme office and administrators edit in the admin. Only administrators can delete their rows,
# and only those that were never public: see `estates_portal.deletion`.
RECORDS = {
    "sites": ["place", "organisation", "site"],
    "projects": [
        "priority",
        "programme",
        "strategysection",
        "service",
        "searchsynonym",
        "source",
        "project",
        "hub",
        "hospitalscheme",
        "milestone",
        "reportingperiod",
        "ratingmeaning",
        "datechangereason",
        "riskcategory",
    ],
}
# Rows inside a record, which the programme office can delete too.
ROWS = {
    "sites": ["siteidentifier", "organisationidentifier", "conditionsurvey", "estatereturn"],
    "projects": [
        "othername",
        "projectsource",
        "milestonedependency",
        "decision",
        "benefit",
        "document",
        "costestimate",
        "fundingline",
        "backlogremoved",
        "progressnote",
        "riskaction",
        "annualcost",
    ],
}
# Rows inside a record that are never deleted: risks are closed, statements are withdrawn.
LASTING_ROWS = {"projects": ["risk", "milestonestatement"]}
for tables in (RECORDS, ROWS, LASTING_ROWS):
    for app_label, models in tables.items():
        for model in models:
            for action in ("view", "add", "change"):
                rules.add_perm(f"{app_label}.{action}_{model}", runs_the_portal)
for tables, who in ((RECORDS, is_administrator), (ROWS, runs_the_portal)):
    for app_label, models in tables.items():
        for model in models:
            rules.add_perm(f"{app_label}.delete_{model}", who)

for action in ("view", "add", "change"):  # one row, which is never deleted
    rules.add_perm(f"sites.{action}_system", runs_the_portal)

rules.add_perm(REPORT_ON_PROJECT, runs_the_portal | reports_for_project)
rules.add_perm(EDIT_FACTS, runs_the_portal | leads_project)
rules.add_perm(PROPOSE_FACTS, reports_for_project)
rules.add_perm(REVIEW_REPORTS, runs_the_portal)
rules.add_perm(DECIDE_CHANGE_REQUEST, runs_the_portal)
rules.add_perm(CLOSE_PROJECT, runs_the_portal)
rules.add_perm(ANSWER_ESCALATION, runs_the_portal)
rules.add_perm(EDIT_DATE_GRID, runs_the_portal | is_contributor)  # of the projects that they report on
rules.add_perm(HAND_OVER, runs_the_portal)
rules.add_perm(MERGE_ORGANISATIONS, runs_the_portal)
rules.add_perm(APPROVE_BUDGET, runs_the_portal)
rules.add_perm(ANSWER_MESSAGES, runs_the_portal)
rules.add_perm(IMPORT_RECORDS, runs_the_portal)
rules.add_perm(CHANGE_ADDRESS, is_administrator)
rules.add_perm(RESTORE_RECORDS, is_administrator)
rules.add_perm("deletion.view_deletion", is_administrator)
rules.add_perm("projects.view_changerequest", runs_the_portal)
rules.add_perm("projects.view_statusreport", runs_the_portal)
rules.add_perm("projects.view_notice", runs_the_portal)


@rules.predicate
def is_another_user(user, person):
    return person is not None and user.pk != person.pk


@rules.predicate
def is_not_above(user, person):
    """Only administrators can change administrators."""
    return person is not None and (user.role == Role.ADMINISTRATOR or person.role != Role.ADMINISTRATOR)


@rules.predicate
def can_give_role(user, role):
    """Users cannot give a role above their own."""
    return role in Role.values and (user.role == Role.ADMINISTRATOR or role != Role.ADMINISTRATOR)


rules.add_perm("accounts.view_user", runs_the_portal)
rules.add_perm("accounts.view_invitation", runs_the_portal)
rules.add_perm("accounts.invite", runs_the_portal)
rules.add_perm("accounts.give_role", runs_the_portal & can_give_role)
rules.add_perm("accounts.deactivate_user", runs_the_portal & is_another_user & is_not_above)
rules.add_perm(CHANGE_ORGANISATION, runs_the_portal & is_another_user & is_not_above)
rules.add_perm("accounts.change_role", is_administrator & is_another_user)
rules.add_perm("accounts.remove_second_factor", is_administrator & is_another_user)
rules.add_perm("accounts.view_auditevent", runs_the_portal)
for action in ("add", "change", "delete"):
    rules.add_perm(f"accounts.{action}_user", is_administrator)


def require(user, permission, obj=None):
    """Raise PermissionDenied (the 403 page) if `user` does not have the permission.

    Give `obj` only if the user can see it: the page says so.
    """
    if not user.has_perm(permission, obj):
        raise PermissionDenied("" if obj is None else VIEW_ONLY)
