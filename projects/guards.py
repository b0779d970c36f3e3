"""What the database itself refuses, beyond constraints: periods that overlap, and changes to what was accepted.

Triggers, put there after every `migrate`, because SQLite loses those of a table that a migration makes anew.
"""

from django.db import connections

OVERLAP = "Reporting periods may not overlap"
ACCEPTED = "An accepted status update never changes"
OVERLAPPING, OF_ACCEPTED = "portal_no_overlap", "portal_accepted"  # how the triggers' names begin
OF_PARTS = f"{OF_ACCEPTED}_milestone"  # SQLite's, which look at another table than their own

POSTGRESQL = """
CREATE OR REPLACE FUNCTION portal_refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE projects_reportingperiod IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT 1 FROM projects_reportingperiod p
               WHERE p.id <> NEW.id AND p.starts_on <= NEW.ends_on AND p.ends_on >= NEW.starts_on) THEN
        RAISE EXCEPTION '{overlap}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION portal_refuse_change_of_accepted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('portal.deleting_examples', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '{accepted}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION portal_refuse_change_of_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('portal.deleting_examples', true) = 'on' THEN
        RETURN OLD;
    END IF;
    part := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
    IF EXISTS (SELECT 1 FROM projects_statusupdate u WHERE u.id = part.update_id AND u.state = 'accepted') THEN
        RAISE EXCEPTION '{accepted}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
DROP TRIGGER IF EXISTS portal_no_overlap ON projects_reportingperiod;
CREATE TRIGGER portal_no_overlap BEFORE INSERT OR UPDATE OF starts_on, ends_on ON projects_reportingperiod
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_overlap();
DROP TRIGGER IF EXISTS portal_accepted ON projects_statusupdate;
CREATE TRIGGER portal_accepted BEFORE UPDATE OR DELETE ON projects_statusupdate
    FOR EACH ROW WHEN (OLD.state = 'accepted') EXECUTE FUNCTION portal_refuse_change_of_accepted();
DROP TRIGGER IF EXISTS portal_accepted ON projects_updatemilestone;
CREATE TRIGGER portal_accepted BEFORE INSERT OR UPDATE OR DELETE ON projects_updatemilestone
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change_of_part();
"""

# No trigger on DELETE in SQLite: emptying the tables between browser tests is a DELETE there. Steps protect updates.
SQLITE = [
    """CREATE TRIGGER IF NOT EXISTS portal_no_overlap_{event} BEFORE {event} ON projects_reportingperiod
    WHEN EXISTS (SELECT 1 FROM projects_reportingperiod p
                 WHERE p.id IS NOT NEW.id AND p.starts_on <= NEW.ends_on AND p.ends_on >= NEW.starts_on)
    BEGIN SELECT RAISE(ABORT, '{overlap}'); END""",
    """CREATE TRIGGER IF NOT EXISTS portal_accepted_update BEFORE UPDATE ON projects_statusupdate
    WHEN OLD.state = 'accepted' BEGIN SELECT RAISE(ABORT, '{accepted}'); END""",
    """CREATE TRIGGER IF NOT EXISTS {of_parts}_{event} BEFORE {event} ON projects_updatemilestone
    WHEN EXISTS (SELECT 1 FROM projects_statusupdate u WHERE u.id = NEW.update_id AND u.state = 'accepted')
    BEGIN SELECT RAISE(ABORT, '{accepted}'); END""",
]


def install_guards(app_config, using="default", **kwargs):
    """Put the triggers on the tables that exist; safe to repeat. Runs after `migrate`."""
    connection = connections[using]
    if app_config.name != "projects" or "projects_updatemilestone" not in connection.introspection.table_names():
        return
    words = {"overlap": OVERLAP, "accepted": ACCEPTED, "of_parts": OF_PARTS}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL.format(**words))
            return
        for statement in SQLITE:
            for event in ("INSERT", "UPDATE"):
                cursor.execute(statement.format(event=event, **words))
