"""Migrates a database with data back and forward again; prints what changed as JSON.

`main` goes back to the release before search was changed, `recent` to before the newest migrations.

tests/test_migrations.py runs it in another process on a new database.
"""

import datetime
import io
import json
import sys

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from estates_portal.accounts.models import Role
from estates_portal.dates import PartialDate
from projects.models import CalendarLink, ChangeRequest, DateChangeReason, Notice, Project
from projects.reporting import workflow
from tests.database_rules import refusals, rules_in_database
from tests.factories import (
    AuditEventFactory,
    HubFactory,
    MilestoneFactory,
    OtherNameFactory,
    ReportingPeriodFactory,
    SiteFactory,
    UserFactory,
    reported,
)

BACK_TO = {"projects": "0014", "accounts": "0009"}
# Before the newest migrations. Raise these numbers when a release is made
RECENTLY = {"projects": "0066", "accounts": "0019"}
SCHEMA = {
    "sqlite": "SELECT type, tbl_name, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
    "postgresql": """
        SELECT 'column', table_name, column_name || ' ' || data_type FROM information_schema.columns
        WHERE table_schema = 'public'
        UNION ALL SELECT 'index', tablename, indexname FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger', relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal
        UNION ALL SELECT 'constraint', relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        UNION ALL SELECT 'function', '', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
}
TRIGGER = "portal_words_projects_project_insert"
# Tables of the earlier release's search, outside Django's models.
SEARCH_BEFORE = {
    "postgresql": [
        f"CREATE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
        f"CREATE CONSTRAINT TRIGGER {TRIGGER} AFTER INSERT ON projects_project DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()",
    ],
    "sqlite": [
        f"CREATE TRIGGER {TRIGGER} AFTER INSERT ON projects_project BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE VIRTUAL TABLE sites_site_index"
        " USING fts5(name, content='sites_site', content_rowid='id', tokenize='trigram')",
        "CREATE TRIGGER sites_site_index_update AFTER UPDATE ON sites_site BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE TRIGGER portal_accepted_milestone_INSERT BEFORE INSERT ON projects_updatemilestone"
        " WHEN EXISTS (SELECT 1 FROM projects_statusupdate) BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
}


# What the earlier release does not have, and so loses: the strategy, the sources of priorities and programmes, the
# dates of funding and the doubts on sources, who stated and accepted a stage or date when, the history of links, the
# names of sources, and the other organisations of users and invitations
NEW_MODELS = (
    "projects.strategysection",
    "projects.historicalstrategysection",
    "projects.stagestatement",
    "projects.submission",
    "projects.historicalproject_",
    "projects.historicalhub_",
    "projects.searchsynonym",
    "projects.historicalsearchsynonym",
    "projects.source",
    "projects.historicalsource",
    "projects.backlogremoved",
    "projects.historicalbacklogremoved",
    "projects.projectclosure",
    "projects.historicalprojectclosure",
    "projects.riskcategory",
    "projects.historicalriskcategory",
    "projects.riskescalation",
    "projects.historicalriskescalation",
    "accounts.historicaluser_",
    "accounts.historicalinvitation_",
)
NEW_FIELDS = (
    {
        f"projects.{history}{model}": ["source_url", "source_read_on"]
        for history in ("", "historical")
        for model in ("priority", "programme")
    }
    | {
        f"projects.{history}{model}": fields
        for history in ("", "historical")
        for model, fields in {
            "costestimate": ["as_of_precision", "source_confirmed"],
            "fundingline": [
                *("as_of", "as_of_precision", "source_confirmed"),
                *("funder_kind", "funding_organisation"),
            ],
        }.items()
    }
    | {
        "projects.milestonestatement": [
            *("report", "stated_by", "stated_for", "recorded_at", "accepted_at", "withdrawn_at"),
            "stated_precision",
        ],
        "projects.historicalmilestonestatement": ["stated_precision"],
        "projects.risk": ["category"],
        "projects.historicalrisk": ["category"],
        "projects.statusreport": ["submitted_for", "year_actual", "year_forecast"],
        "projects.savedview": ["audience", "pinned"],
        "projects.reportevent": ["fields"],
        "accounts.user": ["other_organisations"],
        "accounts.invitation": ["other_organisations"],
    }
)


def rows():
    """The data as Django dumps it, without what the migration back deletes."""
    text = io.StringIO()
    call_command(
        "dumpdata", "sites", "projects", "accounts", exclude=["sites.revision", "projects.notice"], stdout=text
    )
    rows = [row for row in json.loads(text.getvalue()) if not row["model"].startswith(NEW_MODELS)]
    for row in rows:
        for name in NEW_FIELDS.get(row["model"], []):
            del row["fields"][name]
        if row["fields"].get("hub_type") == "diagnostic":
            row["fields"]["hub_type"] = "other"  # what the earlier release has for it
    return rows


def schema():
    """[(kind, table, name)] of every column, index, trigger, constraint and function."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA[connection.vendor])
        return sorted(cursor.fetchall())


def fill():
    """Load the data of the release and add rows that migrations change. Return the time of the sent notice."""
    call_command("load_blmk", verbosity=0)
    hub = HubFactory(title="Tulip", site=SiteFactory(name="Oak Court", postcode="LU4 0DZ"))
    OtherNameFactory(project=hub, name="Cedar Wing")
    DateChangeReason.objects.create(name="Approval took longer or came sooner")  # what a reason was called before
    sent = datetime.datetime(2026, 10, 20, 8, tzinfo=datetime.UTC)
    person = UserFactory()
    Notice.objects.create(person=person, kind="opened", dedupe_key="sent", text="Sent", url="/", sent_at=sent)
    Notice.objects.create(person=person, kind="opened", dedupe_key="unsent", text="Unsent", url="/")
    CalendarLink.objects.create(person=person, digest="1" * 64)
    return sent


def accepted_report():
    """An accepted report with a milestone, for November 2026."""
    office = UserFactory(role=Role.PROGRAMME_OFFICE)
    project = MilestoneFactory(forecast=datetime.date(2027, 1, 1)).project
    contributor = UserFactory(role=Role.CONTRIBUTOR, organisation=project.lead_organisation)
    period = ReportingPeriodFactory(starts_on=datetime.date(2026, 11, 1), ends_on=datetime.date(2026, 11, 30))
    return reported(workflow.start_report(project, period, contributor), contributor, accepted_by=office)


def rules(report, event):
    """The refused changes, and the names of the rules of this release and of earlier ones."""
    return [refusals(report, event), *(sorted(names) for names in rules_in_database())]


def add_what_is_lost(report):
    """Add rows that the earlier release cannot have, which the migration back deletes."""
    milestone, by = report.project.milestones.get(), report.submitted_by
    new = {"project": report.project, "why": "Land", "requested_by": by}
    ChangeRequest.objects.create(title="Approved budget", new_pounds=5_000_000, **new)
    baseline = ChangeRequest(title=milestone.title, milestone=milestone, state="withdrawn", **new)
    baseline.new = PartialDate(datetime.date(2027, 1, 1))
    baseline.save()
    CalendarLink.objects.create(
        person=CalendarLink.objects.get().person,
        name="Phone",
        digest="2" * 64,
        made_at=datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC),
    )
    for kind in ("decided", "escalated", "partners"):
        Notice.objects.create(person=by, kind=kind, dedupe_key=kind, text="D", url="/", sent_at=timezone.now())


def recent():
    report, event = accepted_report(), AuditEventFactory()
    before = {"rows": rows(), "schema": schema(), "rules": rules(report, event)}
    for app, migration in RECENTLY.items():
        call_command("migrate", app, migration, verbosity=0)
    earlier = schema()
    call_command("migrate", verbosity=0)
    after = {"rows": rows(), "schema": schema(), "rules": rules(report, event)}
    sys.stdout.write(json.dumps({"before": before, "earlier": earlier, "after": after}))


def main():
    sent = fill()
    report, event = accepted_report(), AuditEventFactory()
    before = {"rows": rows(), "schema": schema(), "rules": rules(report, event)}
    add_what_is_lost(report)
    for app, migration in BACK_TO.items():
        call_command("migrate", app, migration, verbosity=0)
    earlier, earlier_rules = schema(), rules(report, event)
    with connection.cursor() as cursor:
        for statement in SEARCH_BEFORE[connection.vendor]:
            cursor.execute(statement)
    call_command("migrate", verbosity=0)
    after = {"rows": rows(), "schema": schema(), "rules": rules(report, event)}
    notices = Notice.objects.values_list("dedupe_key", "created_at", "last_tried_at", "sent_at")
    hub = Project.objects.matching("tulip oak cedar lu40dz").get()
    HubFactory(title="Rose")  # the triggers of the earlier search allow it
    hub.site.save()
    changes = {
        "before": before,
        "earlier": earlier,
        "earlier_rules": earlier_rules,
        "after": after,
        "notices": [[dedupe_key, *(day == sent for day in days)] for dedupe_key, *days in notices],
        "found": hub.title,
    }
    sys.stdout.write(json.dumps(changes))
