"""A rule that the database keeps, whoever writes: the audit record never changes.

Earlier releases made a trigger for it after every `migrate`. Going forward drops that trigger; going backward makes it
again.
"""

from django.db import migrations

from estates_portal.operations import VendorSQL

MESSAGE = "The audit record never changes"


def postgresql(trigger, function):
    return [
        f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        f"""
        CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON accounts_auditevent
        FOR EACH ROW EXECUTE FUNCTION {function}()
        """,
    ]


def sqlite(trigger):
    """Not on DELETE, by which Django empties SQLite's tables between tests (ADR 0005)."""
    return [
        f"""
        CREATE TRIGGER {trigger} BEFORE UPDATE ON accounts_auditevent
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
        """
    ]


RULES = VendorSQL(
    postgresql=(
        postgresql("accounts_audit_unchanged", "accounts_refuse_audit_change"),
        [
            "DROP TRIGGER accounts_audit_unchanged ON accounts_auditevent",
            "DROP FUNCTION accounts_refuse_audit_change()",
        ],
    ),
    sqlite=(
        sqlite("accounts_audit_unchanged"),
        ["DROP TRIGGER IF EXISTS accounts_audit_unchanged"],
    ),
)

RULES_OF_EARLIER_RELEASES = VendorSQL(
    postgresql=(
        [
            "DROP TRIGGER IF EXISTS portal_audit ON accounts_auditevent",
            "DROP FUNCTION IF EXISTS portal_refuse_change_of_audit()",
        ],
        postgresql("portal_audit", "portal_refuse_change_of_audit"),
    ),
    sqlite=(
        ["DROP TRIGGER IF EXISTS portal_audit"],
        sqlite("portal_audit"),
    ),
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_email_preferences")]

    operations = [RULES_OF_EARLIER_RELEASES, RULES]
