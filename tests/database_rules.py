"""The rules of the database as statements that break them, for tests of the rules and of migrations."""

from django.db import IntegrityError, connection, transaction


def execute(sql, *values):
    """Run the statement in a transaction. Return the number of changed rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def add_period(starts_on, ends_on):
    return execute(
        """
        INSERT INTO projects_reportingperiod (name, slug, starts_on, ends_on, opens_on, due_on)
        VALUES ('Other', 'other', %s, %s, '2026-12-01', '2026-12-31')
        """,
        starts_on,
        ends_on,
    )


def refusals(report, event):
    """{rule: the message of the database, or "" if it allows the change} of an accepted report and an audit event."""
    changes = {
        "period": lambda: add_period(report.period.starts_on, report.period.ends_on),
        "report": lambda: execute("UPDATE projects_statusupdate SET summary = 'x' WHERE id = %s", report.pk),
        "event": lambda: execute("UPDATE accounts_auditevent SET detail = 'x' WHERE id = %s", event.pk),
    }
    if connection.vendor == "postgresql":
        milestones = "UPDATE projects_updatemilestone SET title = 'x' WHERE update_id = %s"
        changes["milestones"] = lambda: execute(milestones, report.pk)
    return {rule: refusal_of(change) for rule, change in changes.items()}


def assert_all_refused(refused):
    """Test the `refusals`: every rule refuses, with its own message."""
    messages = {"period": "overlap"}
    for rule, message in refused.items():
        assert messages.get(rule, "never changes") in message, rule
    assert len(refused) == (4 if connection.vendor == "postgresql" else 3)


def refusal_of(change):
    try:
        change()
    except IntegrityError as error:
        return str(error)
    return ""


def rules_in_database():
    """The names of triggers and constraints of these rules, of this release and of earlier ones."""
    sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        sql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION ALL SELECT conname FROM pg_constraint"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = {name.lower() for (name,) in cursor.fetchall()}
    ours = ("projects_period_no_overlap", "projects_accepted", "accounts_audit_unchanged")
    earlier = ("portal_no_overlap", "portal_accepted", "portal_audit")
    return {name for name in names if name.startswith(ours)}, {name for name in names if name.startswith(earlier)}
