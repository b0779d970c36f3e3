"""Every address of the portal with who can read it, and a record of each model for the addresses."""

from copy import deepcopy
from datetime import date

from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from estates_portal.accounts.models import Role
from estates_portal.contact.models import Message
from estates_portal.dates import PartialDate
from estates_portal.deletion.services import delete_record
from projects.change_requests import services
from projects.models import (
    CalendarLink,
    DateChangeReason,
    Decision,
    Document,
    EstateImport,
    HandOver,
    Notice,
    ProposedNote,
    RatingMeaning,
    RiskCategory,
    SavedView,
    SearchSynonym,
    Service,
    Source,
)
from projects.reporting import workflow
from sites.models import System
from tests.conftest import clean_caches, signed_in
from tests.factories import (
    AuditEventFactory,
    BacklogRemovedFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    InvitationFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    PriorityFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    ProposalFactory,
    ReportingPeriodFactory,
    RiskEscalationFactory,
    RiskFactory,
    SiteFactory,
    StrategySectionFactory,
    UserFactory,
    reported,
)

READERS = ["anonymous", "viewer", "contributor", "office", "administrator"]


def answers(*codes):
    return dict(zip(READERS, codes, strict=True))


ALL = answers(200, 200, 200, 200, 200)
# Admin pages redirect anonymous users to sign in. Signed-in users without permission get the 403 page.
STAFF = answers(302, 302, 302, 200, 200)
ADMINISTRATORS = answers(302, 302, 302, 403, 200)
NO_ONE = answers(302, 302, 302, 403, 403)
MOVED = answers(302, 302, 302, 302, 302)

TABLE = {
    "home": ALL,
    "about_the_data": ALL,
    "accessibility": ALL,
    "glossary": ALL,
    "contact": ALL,
    "contact_sent": ALL,
    "privacy": ALL,
    "cookies": ALL,
    "healthz": ALL,
    "date_read": answers(302, 200, 200, 200, 200),
    "robots_txt": ALL,
    "favicon": MOVED,
    "projects:sitemap": ALL,
    "former_admin_statusupdate": answers(302, 301, 301, 301, 301),
    "former_admin_movereason": answers(302, 301, 301, 301, 301),
    "projects:project_list": ALL,
    "projects:hub_list": ALL,
    "projects:hospital_scheme_list": ALL,
    "projects:project_add": answers(302, 403, 403, 200, 200),
    "projects:publish": answers(302, 403, 403, 200, 200),
    "projects:project_add_details": answers(302, 403, 403, 302, 302),  # to the first page, without its answers
    "projects:project_facts_start": answers(302, 403, 403, 200, 200),
    "projects:project_facts": answers(302, 403, 403, 200, 200),
    "projects:project_detail": ALL,
    "projects:project_history": answers(302, 200, 200, 200, 200),
    "projects:history_list": answers(302, 403, 403, 200, 200),
    "projects:history_csv": answers(302, 403, 403, 200, 200),
    "projects:programme_list": ALL,
    "projects:programme_detail": ALL,
    "projects:priority_detail": ALL,
    "projects:strategy": ALL,
    "projects:search": ALL,
    "projects:person": answers(302, 404, 404, 404, 404),  # without a name
    "projects:near": ALL,
    "projects:estate_map": ALL,
    "projects:near_csv": MOVED,  # to the page, without a postcode
    "sites:site_list": ALL,
    "sites:site_detail": ALL,
    "sites:organisation_list": ALL,
    "sites:organisation_detail": ALL,
    "sites:place_list": ALL,
    "sites:place_detail": ALL,
    "security_txt": answers(404, 404, 404, 404, 404),  # SECURITY_CONTACT is not set here
    "admin:index": STAFF,
    "admin:login": answers(302, 403, 403, 302, 302),
    "admin:logout": answers(302, 302, 302, 405, 405),
    "admin:password_change": MOVED,  # redirects to the portal's page
    "admin:password_change_done": MOVED,
    "admin:autocomplete": answers(302, 302, 302, 403, 403),  # without naming a field
    "admin:jsi18n": STAFF,
    "admin:view_on_site": answers(302, 302, 302, 404, 404),  # of an unknown record
    "admin:app_list": STAFF,
}
# Reporting.
SIGNED_IN = answers(302, 200, 200, 200, 200)
OFFICE = answers(302, 403, 403, 200, 200)
BY_POST = answers(302, 405, 405, 405, 405)
TABLE |= {
    "projects:follow": BY_POST,
    "projects:report": OFFICE,  # of a project that the contributor's organisation has no part in
    "projects:report_list": SIGNED_IN,
    "projects:report_compare": SIGNED_IN,
    "projects:report_detail": SIGNED_IN,
    "projects:correction": OFFICE,
    "projects:report_correct": BY_POST,
    "projects:report_withdraw": BY_POST,
    "projects:report_delete": OFFICE,
    "projects:my_work": SIGNED_IN,
    "projects:reporting": answers(302, 403, 403, 302, 302),
    "projects:first_steps": OFFICE,
    "projects:review_queue": OFFICE,
    "projects:review_accept": OFFICE,
    "projects:public_updates": OFFICE,
    "message_list": OFFICE,
    "message_detail": OFFICE,
    "projects:review_report": OFFICE,
    "projects:proposal_decide": OFFICE,
    "projects:proposal_withdraw": BY_POST,
    "projects:note_decide": BY_POST,
    "projects:note_correct": OFFICE,
    "projects:note_withdraw": OFFICE,
    "projects:date_decide": BY_POST,
    "projects:public_decide": BY_POST,
    "projects:period_list": OFFICE,
    "projects:period_detail": OFFICE,
    "projects:period_csv": OFFICE,
    "projects:period_close": OFFICE,
    "projects:period_remind": OFFICE,
}
TABLE |= {
    "projects:risk_list": SIGNED_IN,
    "projects:project_risks": SIGNED_IN,
    "projects:risk_add": OFFICE,  # of a project that the contributor's organisation has no part in
    "projects:risk_edit": SIGNED_IN,  # read-only for users who cannot edit it
    "projects:risk_list_csv": SIGNED_IN,
    "projects:risk_escalate": OFFICE,
    "projects:risk_return": OFFICE,
    "projects:escalation_list": SIGNED_IN,
    "projects:escalation_answer": OFFICE,
    "projects:finance": SIGNED_IN,
    "projects:finance_edit": OFFICE,
    "projects:funding_add": OFFICE,
    "projects:funding_edit": OFFICE,
    "projects:funding_remove": OFFICE,
}
TABLE |= {
    "projects:what_changed": SIGNED_IN,
    "projects:board_report": SIGNED_IN,
    "projects:board_report_pdf": answers(302, 404, 404, 404, 404),  # without a period
    "projects:board_report_word": answers(302, 404, 404, 404, 404),
    "projects:risk_ranking": SIGNED_IN,
    "projects:risk_ranking_csv": SIGNED_IN,
    "projects:export_workbook": SIGNED_IN,
    "projects:export_csv": SIGNED_IN,
    "projects:export_sites_xlsx": ALL,
    "projects:export_sites_csv": ALL,
    "projects:export_returns_csv": ALL,
    "projects:export_organisations": ALL,
    "projects:export_programmes": ALL,
    "projects:export_priorities": ALL,
    "projects:export_periods": OFFICE,
    "projects:export_users": OFFICE,
    "projects:calendar_links": SIGNED_IN,
    "projects:calendar_link_delete": BY_POST,
    "projects:calendar_feed": answers(404, 404, 404, 404, 404),  # with an unknown secret
    "projects:progress_feed": ALL,
    "projects:open_data": ALL,
    "projects:open_data_json": ALL,
    "projects:open_data_csv": ALL,
    "projects:saved_view_list": SIGNED_IN,
    "projects:saved_view_add": MOVED,  # without a page to save
    "projects:saved_view_change": BY_POST,
    "projects:start": MOVED,
    "projects:as_at": SIGNED_IN,
    "projects:timeline": ALL,
    "projects:project_timeline": ALL,
    "projects:milestone_list": SIGNED_IN,
    "projects:milestone_add": OFFICE,
    "projects:milestone_edit": OFFICE,
    "projects:gates_add": OFFICE,
    "projects:change_request_add": OFFICE,
    "projects:change_request_list": SIGNED_IN,
    "projects:change_request_decide": OFFICE,
    "projects:change_request_withdraw": BY_POST,
    "projects:budget_request_add": OFFICE,
    "projects:project_close": OFFICE,
    "projects:milestone_grid": answers(302, 403, 200, 200, 200),
    "projects:registers": MOVED,
    "projects:register_table": SIGNED_IN,
    "projects:register_table_csv": SIGNED_IN,
    "projects:register": SIGNED_IN,
    "projects:register_add": OFFICE,
    "projects:register_edit": OFFICE,
    "projects:register_remove": OFFICE,
    **{f"projects:{noun}_{act}": OFFICE for noun in ("site", "organisation", "programme") for act in ("add", "edit")},
    "projects:hand_over": OFFICE,
    "projects:hand_over_detail": OFFICE,
    "projects:hand_over_undo": BY_POST,
    "projects:organisation_merge": OFFICE,
}
# Imports of estate returns are their user's own.
OTHERS_IMPORT = answers(302, 403, 403, 404, 404)
TABLE |= {
    "projects:estate_return_list": OFFICE,
    "projects:estate_import_add": OFFICE,
    "projects:estate_import_trusts": OTHERS_IMPORT,
    "projects:estate_import_questions": OTHERS_IMPORT,
    "projects:estate_import_preview": OTHERS_IMPORT,
    "projects:estate_import_delete": BY_POST,
}
# Addresses that accept only POST, with the status for each user. After a change, users are redirected.
OFFICE_ACTS = answers(302, 403, 403, 302, 302)
POSTS = {
    "projects:follow": MOVED,
    "projects:report_correct": OFFICE_ACTS,  # of a project that the contributor's organisation has no part in
    "projects:report_withdraw": OFFICE_ACTS,
    "projects:note_decide": answers(302, 403, 403, 200, 200),  # without a button: the queue with the error
    "projects:date_decide": OFFICE_ACTS,
    "projects:public_decide": OFFICE_ACTS,
    "projects:hand_over_undo": OFFICE_ACTS,
    "projects:saved_view_change": answers(302, 404, 404, 404, 404),  # someone else's
    "projects:calendar_link_delete": answers(302, 404, 404, 404, 404),
    "projects:proposal_withdraw": answers(302, 403, 403, 403, 403),  # someone else's
    "projects:change_request_withdraw": answers(302, 403, 403, 403, 403),  # someone else's
    "projects:estate_import_delete": OTHERS_IMPORT,
    "people:invitation_resend": OFFICE_ACTS,
    "people:invitation_withdraw": OFFICE_ACTS,
    "account_session_end": MOVED,  # changes nothing: someone else's
    "admin:accounts_auditevent_export": STAFF,  # a file
    "admin:deletion_deletion_restore": answers(302, 302, 302, 403, 302),
    "admin:logout": MOVED,
}
REPORT_ARGUMENTS = {
    "projects:estate_import_trusts": ["estate_import"],
    "projects:estate_import_questions": ["estate_import"],
    "projects:estate_import_preview": ["estate_import"],
    "projects:estate_import_delete": ["estate_import"],
    "projects:hand_over": ["sites_organisation"],
    "projects:organisation_merge": ["sites_organisation"],
    "projects:hand_over_detail": ["hand_over"],
    "projects:hand_over_undo": ["hand_over"],
    "projects:export_csv": ["risks"],
    **{f"projects:export_{key}": ["csv"] for key in ("organisations", "programmes", "priorities", "periods", "users")},
    "projects:register_table": ["decisions"],
    "projects:register_table_csv": ["decisions"],
    "projects:calendar_feed": ["wrong", "all"],
    "projects:calendar_link_delete": ["calendar_link"],
    "projects:saved_view_change": ["saved_view"],
    "projects:project_facts_start": ["projects_hub"],
    "projects:project_close": ["projects_hub"],
    "projects:project_facts": ["projects_hub", "public"],
    "projects:proposal_decide": ["proposal"],
    "projects:proposal_withdraw": ["projects_hub", "proposal"],
    "projects:funding_add": ["projects_hub"],
    "projects:funding_edit": ["projects_hub", "funding_line"],
    "projects:funding_remove": ["projects_hub", "funding_line"],
    "projects:site_edit": ["sites_site"],
    "projects:organisation_edit": ["sites_organisation"],
    "projects:programme_edit": ["projects_programme"],
    "projects:project_timeline": ["projects_hub"],
    "projects:milestone_list": ["projects_hub"],
    "projects:milestone_add": ["projects_hub"],
    "projects:milestone_edit": ["projects_hub", "projects_milestone"],
    "projects:gates_add": ["projects_hub"],
    "projects:change_request_add": ["projects_hub", "projects_milestone"],
    "projects:change_request_decide": ["change"],
    "projects:change_request_withdraw": ["change"],
    "projects:budget_request_add": ["projects_hub"],
    "projects:register": ["projects_hub", "decisions"],
    "projects:register_add": ["projects_hub", "decisions"],
    "projects:register_edit": ["projects_hub", "decisions", "decision"],
    "projects:register_remove": ["projects_hub", "decisions", "decision"],
    "projects:project_risks": ["projects_hub"],
    "projects:risk_add": ["projects_hub"],
    "projects:risk_edit": ["projects_hub", "risk"],
    "projects:risk_escalate": ["projects_hub", "escalated_risk"],
    "projects:risk_return": ["projects_hub", "escalated_risk"],
    "projects:escalation_answer": ["escalation"],
    "projects:finance": ["projects_hub"],
    "projects:finance_edit": ["projects_hub"],
    "projects:follow": ["projects_hub"],
    "projects:report": ["projects_hub", "projects_reportingperiod"],
    "projects:report_list": ["projects_hub"],
    "projects:report_compare": ["projects_hub"],
    "projects:report_detail": ["projects_hub", "projects_statusreport"],
    "projects:correction": ["projects_hub", "correction"],
    "projects:report_correct": ["projects_hub", "projects_statusreport"],
    "projects:report_withdraw": ["projects_hub", "projects_statusreport"],
    "projects:report_delete": ["projects_hub", "correction"],
    "projects:review_report": ["submitted"],
    "message_detail": ["message"],
    "projects:note_decide": ["proposed_note"],
    "projects:note_correct": ["projects_hub", "progress_note"],
    "projects:note_withdraw": ["projects_hub", "progress_note"],
    "projects:date_decide": ["waiting_date"],
    "projects:public_decide": ["document", "proposed_document"],
    "projects:period_detail": ["projects_reportingperiod"],
    "projects:period_csv": ["projects_reportingperiod"],
    "projects:period_close": ["projects_reportingperiod"],
    "projects:period_remind": ["projects_reportingperiod"],
}
# Sign-in and the user's own account.
SIGNED_OUT = answers(200, 302, 302, 302, 302)
NOT_SET_UP = answers(302, 404, 404, 404, 404)  # no second factor
NO_SINGLE_SIGN_ON = answers(404, 404, 404, 404, 404)
TABLE |= {
    "account": SIGNED_IN,
    "account_here": answers(401, 204, 204, 204, 204),
    "account_login": SIGNED_OUT,
    "account_sign_in_link": MOVED,
    "account_logout": answers(302, 200, 200, 200, 200),  # asks
    "account_signup": SIGNED_OUT,
    "account_inactive": ALL,
    "account_reauthenticate": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_email_verification_sent": ALL,
    "account_confirm_email": ALL,  # says that the link does not work
    "account_change_password": SIGNED_IN,
    "account_set_password": MOVED,
    "account_reset_password": ALL,
    "account_reset_password_done": ALL,
    "account_reset_password_from_key": ALL,  # says that the link does not work
    "account_reset_password_from_key_done": ALL,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": MOVED,  # only during sign-in
    "mfa_reauthenticate": MOVED,
    "mfa_activate_totp": MOVED,  # after confirming the password
    "mfa_deactivate_totp": NOT_SET_UP,
    "mfa_view_recovery_codes": NOT_SET_UP,
    "mfa_generate_recovery_codes": MOVED,
    "mfa_download_recovery_codes": NOT_SET_UP,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": MOVED,
    "mfa_reauthenticate_webauthn": MOVED,
    "mfa_remove_webauthn": MOVED,
    "mfa_edit_webauthn": MOVED,
    "mfa_login_webauthn": MOVED,
    "usersessions_list": SIGNED_IN,
    "account_session_end": BY_POST,
    "openid_connect_login": NO_SINGLE_SIGN_ON,
    "openid_connect_callback": NO_SINGLE_SIGN_ON,
    "socialaccount_connections": SIGNED_IN,
    "socialaccount_login_cancelled": ALL,
    "socialaccount_login_error": answers(401, 401, 401, 401, 401),
    "socialaccount_signup": MOVED,
}
ACCOUNT_ARGUMENTS = {
    "former_admin_statusupdate": [""],
    "former_admin_movereason": [""],
    "account_confirm_email": ["wrong"],
    "account_sign_in_link": ["wrong"],
    "account_reset_password_from_key": ["1", "wrong"],
    "mfa_remove_webauthn": [1],
    "mfa_edit_webauthn": [1],
    "account_session_end": [1],
    "openid_connect_login": ["sso"],
    "openid_connect_callback": ["sso"],
}
# Pages about users.
TABLE |= {
    "account_invitation": answers(200, 409, 409, 409, 409),  # signed in, the user already has an account
    "people:person_list": OFFICE,
    "people:invite": OFFICE,
    "people:invitation_list": OFFICE,
    "people:invitation_resend": answers(302, 405, 405, 405, 405),
    "people:invitation_withdraw": answers(302, 405, 405, 405, 405),
    "people:person_detail": OFFICE,
    "people:person_change": answers(302, 403, 403, 403, 200),
    "people:person_action": OFFICE,
}
PEOPLE_ARGUMENTS = {
    "people:invitation_resend": ["accounts_invitation"],
    "people:invitation_withdraw": ["accounts_invitation"],
    "people:person_detail": ["accounts_user"],
    "people:person_change": ["accounts_user"],
    "people:person_action": ["accounts_user", "deactivate"],
}
# Admin lists, and whether users can open, add and delete each record.
KEPT = {
    "projects_hub": (STAFF, STAFF, ADMINISTRATORS),
    "projects_hospitalscheme": (STAFF, STAFF, ADMINISTRATORS),
    "projects_programme": (STAFF, STAFF, ADMINISTRATORS),
    "projects_priority": (STAFF, STAFF, ADMINISTRATORS),
    "projects_service": (STAFF, STAFF, ADMINISTRATORS),
    "projects_searchsynonym": (STAFF, STAFF, ADMINISTRATORS),
    "projects_source": (STAFF, STAFF, ADMINISTRATORS),
    "projects_strategysection": (STAFF, STAFF, ADMINISTRATORS),
    "projects_milestone": (STAFF, STAFF, ADMINISTRATORS),
    "projects_backlogremoved": (STAFF, STAFF, STAFF),  # a row of a project
    "sites_site": (STAFF, STAFF, ADMINISTRATORS),
    "sites_organisation": (STAFF, STAFF, ADMINISTRATORS),
    "sites_place": (STAFF, STAFF, ADMINISTRATORS),
    "sites_system": (STAFF, NO_ONE, NO_ONE),  # there is one, which cannot be deleted
    "projects_reportingperiod": (STAFF, STAFF, ADMINISTRATORS),
    "projects_ratingmeaning": (STAFF, STAFF, ADMINISTRATORS),
    "projects_riskcategory": (STAFF, STAFF, ADMINISTRATORS),
    "projects_datechangereason": (STAFF, STAFF, ADMINISTRATORS),
    "accounts_user": (STAFF, NO_ONE, NO_ONE),
    "accounts_invitation": (STAFF, MOVED, NO_ONE),
}
for record, (opened, added, deleted) in KEPT.items():
    TABLE |= {
        f"admin:{record}_changelist": opened,
        f"admin:{record}_change": opened,
        f"admin:{record}_history": opened,
        f"admin:{record}_simple_history": opened,
        f"admin:{record}_add": added,
        f"admin:{record}_delete": deleted,
    }
TABLE |= {
    "admin:projects_statusreport_changelist": STAFF,
    "admin:projects_statusreport_change": STAFF,
    "admin:projects_statusreport_history": STAFF,
    "admin:projects_statusreport_add": NO_ONE,
    "admin:projects_statusreport_delete": NO_ONE,
    "admin:projects_notice_changelist": STAFF,
    "admin:projects_notice_change": STAFF,
    "admin:projects_notice_history": STAFF,
    "admin:projects_notice_add": NO_ONE,
    "admin:projects_notice_delete": NO_ONE,
    "admin:deletion_deletion_changelist": ADMINISTRATORS,
    "admin:deletion_deletion_change": ADMINISTRATORS,
    "admin:deletion_deletion_history": ADMINISTRATORS,
    "admin:deletion_deletion_add": NO_ONE,
    "admin:deletion_deletion_delete": NO_ONE,
    "admin:deletion_deletion_restore": answers(302, 302, 302, 403, 405),  # by POST
    "admin:accounts_auditevent_changelist": STAFF,
    "admin:accounts_auditevent_change": STAFF,
    "admin:accounts_auditevent_history": STAFF,
    "admin:accounts_auditevent_add": NO_ONE,
    "admin:accounts_auditevent_delete": NO_ONE,
    "admin:accounts_auditevent_export": answers(302, 302, 302, 405, 405),  # by POST
}


def names(resolver=None, spaces=()):
    """The names of all addresses with their namespaces."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        else:
            yield ":".join([*spaces, str(pattern.name)])


def make_records():
    """{model label: record}, one record of each model."""
    hub = HubFactory(programme=ProgrammeFactory(), site=SiteFactory())
    office = UserFactory(role=Role.PROGRAMME_OFFICE)
    months = [ReportingPeriodFactory(starts_on=date(2020, month, 1), due_on=date(2020, 6, 5)) for month in (1, 2, 3)]
    accepted = reported(workflow.start_report(hub, months[0], office), office, office)
    milestone = MilestoneFactory(project=hub)
    submitted = reported(workflow.start_report(HubFactory(), months[1], office), office)
    change = services.request_baseline(
        milestone, office, date=PartialDate(date(2030, 5, 1), "month"), why="The land came late"
    )
    return {
        "change": change,
        "estate_import": EstateImport.objects.create(by=office, file_name="eric.csv", year=2014, source_words="ERIC"),
        "hand_over": HandOver.objects.create(
            former=OrganisationFactory(), successor=OrganisationFactory(), on=date(2026, 1, 5), by=office
        ),
        "decision": Decision.objects.create(
            project=hub, decided_on=date(2026, 1, 5), title="Go on", decided_by="Programme Board"
        ),
        "risk": RiskFactory(project=hub),
        "escalated_risk": RiskFactory(project=hub, escalation="programme"),
        "escalation": RiskEscalationFactory(risk__project=hub, asked_by=office),
        "funding_line": FundingLineFactory(project=hub),
        "message": Message.objects.create(text="The opening date is wrong", email="reader@example.org"),
        "projects_reportingperiod": months[2],
        "projects_statusreport": accepted,
        "correction": workflow.start_correction(accepted, office),
        "submitted": submitted,
        "proposed_note": ProposedNote.objects.create(report=submitted, text="The roof is on"),
        "proposal": ProposalFactory(project=hub),
        "progress_note": ProgressNoteFactory(project=hub),
        "calendar_link": CalendarLink.objects.create(person=office, digest="0" * 64),
        "saved_view": SavedView.objects.create(owner=office, name="Hubs", path="/hubs/"),
        "waiting_date": milestone.record_date(
            "forecast", date(2030, 4, 1), stated_on=date(2026, 1, 5), accepted_at=None
        ),
        "proposed_document": Document.objects.create(
            project=hub, title="Outline case", url="https://example.org/obc", proposed_public=True
        ),
        "projects_ratingmeaning": RatingMeaning.objects.create(
            rating="red", meaning="Not achievable", holds_from=date(2026, 1, 1)
        ),
        "projects_searchsynonym": SearchSynonym.objects.create(words="A&E", finds="emergency department"),
        "projects_riskcategory": RiskCategory.objects.create(name="Weather"),
        "projects_datechangereason": DateChangeReason.objects.create(name="Archaeology"),
        "projects_notice": Notice.objects.create(person=office, kind="opened", dedupe_key="x", text="Open", url="/"),
        "projects_hub": hub,
        "projects_hospitalscheme": HospitalSchemeFactory(),
        "projects_programme": hub.programme,
        "projects_priority": PriorityFactory(),
        "projects_service": Service.objects.create(name="Physiotherapy"),
        "projects_source": Source.objects.create(url="https://example.org/paper", publisher="NHS England"),
        "projects_strategysection": StrategySectionFactory(),
        "projects_milestone": milestone,
        "projects_backlogremoved": BacklogRemovedFactory(project=hub),
        "sites_site": hub.site,
        "sites_organisation": hub.lead_organisation,
        "sites_place": hub.place,
        "sites_system": System.objects.create(name="Farshire", short_name="FAR"),
        "accounts_user": UserFactory(),
        "accounts_auditevent": AuditEventFactory(),
        "deletion_deletion": delete_record(OtherNameFactory(project=hub), by=office),
        "accounts_invitation": InvitationFactory(),
    }


def make_readers():
    """A client for each role, of an organisation without projects, and one for anonymous users."""
    roles = [Role.VIEWER, Role.CONTRIBUTOR, Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR]
    people = [signed_in(role=role, organisation=OrganisationFactory()) for role in roles]
    return dict(zip(READERS, [Client(), *people], strict=True))


def clients_of(readers):
    """New clients with the sessions of `readers` and an empty cache, so that cases do not affect each other."""
    clean_caches()
    clients = {}
    for reader, client in readers.items():
        clients[reader] = copy = Client()
        copy.cookies = deepcopy(client.cookies)
        copy.user = getattr(client, "user", None)
    return clients


def key_of(record):
    return getattr(record, "slug", record.pk)


def address(name, records):
    """The address of this name, for an existing record if it needs one."""
    slugs = {
        "projects:project_detail": "projects_hub",
        "projects:project_history": "projects_hub",
        "projects:programme_detail": "projects_programme",
        "projects:priority_detail": "projects_priority",
        "sites:site_detail": "sites_site",
        "sites:organisation_detail": "sites_organisation",
        "sites:place_detail": "sites_place",
    }
    if name in REPORT_ARGUMENTS:
        labels = REPORT_ARGUMENTS[name]
        return reverse(name, args=[key_of(records[label]) if label in records else label for label in labels])
    if name in PEOPLE_ARGUMENTS:
        label, *more = PEOPLE_ARGUMENTS[name]
        return reverse(name, args=[records[label].pk, *more])
    if name == "account_invitation":
        return reverse(name, args=[records["accounts_invitation"].token])
    if name in ACCOUNT_ARGUMENTS or (not name.startswith("admin:") and name not in slugs):
        return reverse(name, args=ACCOUNT_ARGUMENTS.get(name, []))
    if name in slugs:
        return reverse(name, args=[records[slugs[name]].slug])
    if name.startswith("admin:password_change"):
        return reverse(name)
    if name == "admin:app_list":
        return reverse(name, args=["projects"])
    if name == "admin:view_on_site":
        return reverse(name, args=[0, 0])
    label, _, page = name.removeprefix("admin:").rpartition("_")
    if page == "history" and label.endswith("_simple"):
        record = records[label.removesuffix("_simple")]
        return reverse(name, args=[record.pk, record.history.first().pk])
    return reverse(name, args=[records[label].pk] if page in {"change", "history", "delete", "restore"} else [])
