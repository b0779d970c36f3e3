"""Rules that the database keeps, whoever writes: periods do not overlap, and accepted reports never change.

Earlier releases made triggers for these rules after every `migrate`. Going forward drops those triggers. Going backward
makes them again as the earlier releases did, except SQLite's triggers on milestones: they would block migrations, and
the earlier release makes them itself.

A later migration that changes the type of a column named here drops the rule first and makes it again afterwards, with
`VendorSQL`. On SQLite a migration that rebuilds one of these tables makes its triggers again.
"""

from django.db import migrations

from estates_portal.operations import VendorSQL

OVERLAP = "Reporting periods do not overlap"
ACCEPTED = "An accepted status report never changes"


def no_overlap_sqlite(trigger):
    return [
        f"""
        CREATE TRIGGER {trigger}_{event.lower()} BEFORE {event} ON projects_reportingperiod
        WHEN EXISTS (
            SELECT 1 FROM projects_reportingperiod p
            WHERE p.id IS NOT NEW.id AND p.starts_on <= NEW.ends_on AND p.ends_on >= NEW.starts_on
        )
        BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END
        """
        for event in ("INSERT", "UPDATE")
    ]


def accepted_postgresql(*, update_trigger, update_function, milestone_trigger, milestone_function):
    """Deleting example data is allowed: it sets `portal.deleting_examples` for its transaction."""
    return [
        f"""
        CREATE FUNCTION {update_function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND current_setting('portal.deleting_examples', true) = 'on' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION '{ACCEPTED}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        f"""
        CREATE FUNCTION {milestone_function}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE milestone record;
        BEGIN
            IF TG_OP = 'DELETE' AND current_setting('portal.deleting_examples', true) = 'on' THEN
                RETURN OLD;
            END IF;
            milestone := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
            IF EXISTS (
                SELECT 1 FROM projects_statusupdate u WHERE u.id = milestone.update_id AND u.state = 'accepted'
            ) THEN
                RAISE EXCEPTION '{ACCEPTED}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END $$
        """,
        f"""
        CREATE TRIGGER {update_trigger} BEFORE UPDATE OR DELETE ON projects_statusupdate
        FOR EACH ROW WHEN (OLD.state = 'accepted') EXECUTE FUNCTION {update_function}()
        """,
        f"""
        CREATE TRIGGER {milestone_trigger} BEFORE INSERT OR UPDATE OR DELETE ON projects_updatemilestone
        FOR EACH ROW EXECUTE FUNCTION {milestone_function}()
        """,
    ]


def accepted_sqlite(trigger):
    """Not on DELETE, by which Django empties SQLite's tables between tests.

    Nor on milestones: a trigger that names a second table stops SQLite from rebuilding that table. The functions that
    save a report lock it and check its state.
    """
    return [
        f"""
        CREATE TRIGGER {trigger} BEFORE UPDATE ON projects_statusupdate WHEN OLD.state = 'accepted'
        BEGIN SELECT RAISE(ABORT, '{ACCEPTED}'); END
        """
    ]


RULES = VendorSQL(
    postgresql=(
        [
            """
            ALTER TABLE projects_reportingperiod ADD CONSTRAINT projects_period_no_overlap
            EXCLUDE USING gist (daterange(starts_on, ends_on, '[]') WITH &&)
            """,
            *accepted_postgresql(
                update_trigger="projects_accepted_update",
                update_function="projects_refuse_accepted_update",
                milestone_trigger="projects_accepted_milestone",
                milestone_function="projects_refuse_accepted_milestone",
            ),
        ],
        [
            "ALTER TABLE projects_reportingperiod DROP CONSTRAINT projects_period_no_overlap",
            "DROP TRIGGER projects_accepted_update ON projects_statusupdate",
            "DROP TRIGGER projects_accepted_milestone ON projects_updatemilestone",
            "DROP FUNCTION projects_refuse_accepted_update()",
            "DROP FUNCTION projects_refuse_accepted_milestone()",
        ],
    ),
    sqlite=(
        [*no_overlap_sqlite("projects_period_no_overlap"), *accepted_sqlite("projects_accepted_update")],
        [
            "DROP TRIGGER IF EXISTS projects_period_no_overlap_insert",
            "DROP TRIGGER IF EXISTS projects_period_no_overlap_update",
            "DROP TRIGGER IF EXISTS projects_accepted_update",
        ],
    ),
)

RULES_OF_EARLIER_RELEASES = VendorSQL(
    postgresql=(
        [
            "DROP TRIGGER IF EXISTS portal_no_overlap ON projects_reportingperiod",
            "DROP TRIGGER IF EXISTS portal_accepted ON projects_statusupdate",
            "DROP TRIGGER IF EXISTS portal_accepted ON projects_updatemilestone",
            "DROP FUNCTION IF EXISTS portal_refuse_overlap()",
            "DROP FUNCTION IF EXISTS portal_refuse_change_of_accepted()",
            "DROP FUNCTION IF EXISTS portal_refuse_change_of_part()",
        ],
        [
            f"""
            CREATE FUNCTION portal_refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                LOCK TABLE projects_reportingperiod IN SHARE ROW EXCLUSIVE MODE;
                IF EXISTS (
                    SELECT 1 FROM projects_reportingperiod p
                    WHERE p.id <> NEW.id AND p.starts_on <= NEW.ends_on AND p.ends_on >= NEW.starts_on
                ) THEN
                    RAISE EXCEPTION '{OVERLAP}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
            END $$
            """,
            """
            CREATE TRIGGER portal_no_overlap BEFORE INSERT OR UPDATE OF starts_on, ends_on ON projects_reportingperiod
            FOR EACH ROW EXECUTE FUNCTION portal_refuse_overlap()
            """,
            *accepted_postgresql(
                update_trigger="portal_accepted",
                update_function="portal_refuse_change_of_accepted",
                milestone_trigger="portal_accepted",
                milestone_function="portal_refuse_change_of_part",
            ),
        ],
    ),
    sqlite=(
        [
            "DROP TRIGGER IF EXISTS portal_no_overlap_insert",
            "DROP TRIGGER IF EXISTS portal_no_overlap_update",
            "DROP TRIGGER IF EXISTS portal_accepted_update",
            "DROP TRIGGER IF EXISTS portal_accepted_milestone_insert",
            "DROP TRIGGER IF EXISTS portal_accepted_milestone_update",
        ],
        [*no_overlap_sqlite("portal_no_overlap"), *accepted_sqlite("portal_accepted_update")],
    ),
)


class Migration(migrations.Migration):
    dependencies = [("projects", "0016_small_indexes")]

    operations = [RULES_OF_EARLIER_RELEASES, RULES]
