"""Rules that the database enforces: each is tested by SQL, on each database, after all migrations."""

import datetime
from importlib import import_module

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction
from django.db.migrations.state import ProjectState

from estates_portal.accounts.models import Role
from estates_portal.operations import VendorSQL
from projects.models import StatusReport
from projects.reporting import workflow
from tests.database_rules import add_period, assert_all_refused, execute, refusals, rules_in_database
from tests.factories import (
    AuditEventFactory,
    MilestoneFactory,
    ReportingPeriodFactory,
    StatusReportFactory,
    UserFactory,
    reported,
)

pytestmark = pytest.mark.both_databases

PROJECTS = import_module("projects.migrations.0017_database_rules")
ACCOUNTS = import_module("estates_portal.accounts.migrations.0010_database_rules")

postgresql_only = pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="On SQLite only functions of the portal keep this rule",
)


@pytest.fixture
def period(db):
    """November 2026."""
    return ReportingPeriodFactory(
        starts_on=datetime.date(2026, 11, 1),
        ends_on=datetime.date(2026, 11, 30),
        opens_on=datetime.date(2026, 11, 20),
        due_on=datetime.date(2026, 12, 4),
    )


@pytest.fixture
def accepted(period):
    """An accepted report with one milestone."""
    office = UserFactory(role=Role.PROGRAMME_OFFICE)
    hub = MilestoneFactory(forecast=datetime.date(2027, 1, 1)).project
    return reported(workflow.start_report(hub, period, office), office, accepted_by=office)


@pytest.fixture
def event(db):
    return AuditEventFactory()


# Periods do not overlap ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("2026-11-01", "2026-11-30"), ("2026-10-15", "2026-11-01"), ("2026-11-30", "2026-12-31")]
    + [("2026-10-01", "2026-12-31"), ("2026-11-10", "2026-11-11")],
)
def test_database_refuses_new_period_that_overlaps_another(period, starts_on, ends_on):
    with pytest.raises(IntegrityError, match="overlap"):
        add_period(starts_on, ends_on)


def test_database_refuses_to_move_period_onto_another(period):
    assert add_period("2026-12-01", "2026-12-31") == 1
    with pytest.raises(IntegrityError, match="overlap"):
        execute("UPDATE projects_reportingperiod SET starts_on = '2026-11-30' WHERE slug = 'other'")


def test_database_accepts_periods_before_and_after(period):
    assert add_period("2026-12-01", "2026-12-31") == 1
    assert execute("UPDATE projects_reportingperiod SET starts_on = '2026-11-02' WHERE id = %s", period.pk) == 1


# An accepted report never changes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE projects_statusupdate SET summary = 'x' WHERE id = %s",
        "UPDATE projects_statusupdate SET overall = 'red' WHERE id = %s",
        "UPDATE projects_statusupdate SET state = 'draft' WHERE id = %s",
        "UPDATE projects_statusupdate SET frozen_cost = 1 WHERE id = %s",
    ],
)
def test_database_refuses_change_to_accepted_report(accepted, sql):
    with pytest.raises(IntegrityError, match="never changes"):
        execute(sql, accepted.pk)


def test_database_accepts_change_to_report_that_is_not_accepted(period):
    draft = StatusReportFactory(period=period)
    assert execute("UPDATE projects_statusupdate SET summary = 'Late' WHERE id = %s", draft.pk) == 1


@postgresql_only
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE projects_updatemilestone SET title = 'x' WHERE update_id = %s",
        "DELETE FROM projects_updatemilestone WHERE update_id = %s",
        "DELETE FROM projects_statusupdate WHERE id = %s",
    ],
)
def test_postgresql_refuses_change_to_accepted_milestones_and_deletion(accepted, sql):
    with pytest.raises(IntegrityError, match="never changes"):
        execute(sql, accepted.pk)


@postgresql_only
def test_postgresql_refuses_new_milestone_of_accepted_report(accepted):
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        accepted.milestones.create(title="Other", kind="other")


@postgresql_only
def test_postgresql_deletes_accepted_report_of_example_data(accepted):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.deleting_examples', 'on', true)")
        cursor.execute("DELETE FROM projects_updatemilestone WHERE update_id = %s", [accepted.pk])
        assert cursor.rowcount == 1


# The audit record never changes --------------------------------------------------------------------------------------


def test_database_refuses_change_to_audit_record(event):
    with pytest.raises(IntegrityError, match="never changes"):
        execute("UPDATE accounts_auditevent SET detail = 'Nothing happened' WHERE id = %s", event.pk)


@postgresql_only
def test_postgresql_refuses_deletion_from_audit_record(event):
    with pytest.raises(IntegrityError, match="never changes"):
        execute("DELETE FROM accounts_auditevent WHERE id = %s", event.pk)


# Migrations ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_migration_drops_triggers_of_earlier_release():
    """An earlier release creates them after each `migrate`, on SQLite also for milestones."""
    with connection.schema_editor() as editor:
        run(PROJECTS.RULES_OF_EARLIER_RELEASES, editor, forward=False)
        run(ACCOUNTS.RULES_OF_EARLIER_RELEASES, editor, forward=False)
        if connection.vendor == "sqlite":
            editor.execute(
                """
                CREATE TRIGGER portal_accepted_milestone_INSERT BEFORE INSERT ON projects_updatemilestone
                WHEN EXISTS (SELECT 1 FROM projects_statusupdate u WHERE u.id = NEW.update_id)
                BEGIN SELECT RAISE(ABORT, 'x'); END
                """
            )
    assert len(rules_in_database()[1]) >= 3
    with connection.schema_editor() as editor:
        run(PROJECTS.RULES_OF_EARLIER_RELEASES, editor, forward=True)
        run(ACCOUNTS.RULES_OF_EARLIER_RELEASES, editor, forward=True)
    assert rules_in_database()[1] == set()


@pytest.mark.django_db(transaction=True)
def test_migration_changes_column_that_rule_names_by_dropping_rule_first(accepted, event):
    """Otherwise PostgreSQL refuses the change, and SQLite, which rebuilds the table, loses the rule."""
    old = StatusReport._meta.get_field("state")
    new = old.clone()
    new.max_length += 1
    new.set_attributes_from_name("state")
    new.model = StatusReport

    def change(editor):
        editor.alter_field(StatusReport, old, new)
        editor.alter_field(StatusReport, new, old)

    if connection.vendor == "postgresql":
        with pytest.raises(NotSupportedError, match="trigger"), connection.schema_editor() as editor:
            change(editor)
    with connection.schema_editor() as editor:
        run(PROJECTS.RULES, editor, forward=False)
        change(editor)
        run(PROJECTS.RULES, editor, forward=True)
    assert_all_refused(refusals(accepted, event))


def run(operation, editor, *, forward):
    method = operation.database_forwards if forward else operation.database_backwards
    method("projects", editor, ProjectState(), ProjectState())


@pytest.mark.django_db(transaction=True)
def test_vendor_sql_runs_only_statements_of_its_database():
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    operation = VendorSQL(
        **{connection.vendor: (["CREATE TABLE made (id int)"], ["DROP TABLE made"]), other: (["x"], ["x"])}
    )
    with connection.schema_editor(collect_sql=True) as editor:
        run(operation, editor, forward=True)
        run(operation, editor, forward=False)
    assert [line.rstrip(";") for line in editor.collected_sql] == ["CREATE TABLE made (id int)", "DROP TABLE made"]
    with connection.schema_editor(collect_sql=True) as editor:
        run(VendorSQL(**{other: (["x"], ["x"])}), editor, forward=True)
    assert editor.collected_sql == []
