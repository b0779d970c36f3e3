"""Keeps, beside each project, every word that it is found by: one look-up then answers what needs seven tables.

Triggers keep it, so that forms, bulk loads and hand-written SQL all count (ADR 0010). They are put there after every
`migrate`; where they or some words were not there before, all words are written anew.
"""

from dataclasses import dataclass

from django.db import connections

PREFIX = "portal_words"  # of the names of the triggers and, on PostgreSQL, of their functions

# Names stand one on a line, and no word has a line's end in it, so that none is found across two names.
WORDS = """
SELECT p.id AS project_id,
    lower(p.title || {line} || p.reference
        || {line} || coalesce(place.name, '') || {line} || coalesce(programme.name, '')
        || {line} || coalesce(lead.name, '') || {line} || coalesce(site.name || {line} || site.address, '')
        || {line} || coalesce((SELECT {lines}(n.name, {line}) FROM projects_othername n WHERE n.project_id = p.id), '')
        || {line} || coalesce((SELECT {lines}(s.name || {line} || s.address, {line})
                               FROM projects_project_further_sites f JOIN sites_site s ON s.id = f.site_id
                               WHERE f.project_id = p.id), '')) AS names,
    lower(coalesce(site.postcode, '')
        || {line} || coalesce((SELECT {lines}(s.postcode, {line})
                               FROM projects_project_further_sites f JOIN sites_site s ON s.id = f.site_id
                               WHERE f.project_id = p.id), '')) AS postcodes
FROM projects_project p
LEFT JOIN sites_place place ON place.id = p.place_id
LEFT JOIN projects_programme programme ON programme.id = p.programme_id
LEFT JOIN sites_organisation lead ON lead.id = p.lead_organisation_id
LEFT JOIN sites_site site ON site.id = p.site_id
"""
DIALECTS = {
    "sqlite": {"line": "char(10)", "lines": "group_concat", "differs": "IS NOT"},
    "postgresql": {"line": "chr(10)", "lines": "string_agg", "differs": "IS DISTINCT FROM"},
}
ADD = """INSERT INTO projects_projectwords (project_id, names, postcodes)
SELECT id, '', '' FROM projects_project WHERE id = new.id ON CONFLICT DO NOTHING;"""
TAKE_AWAY = "DELETE FROM projects_projectwords WHERE project_id = old.id;"
WRITE = """UPDATE projects_projectwords SET names = now.names, postcodes = now.postcodes
FROM ({words} WHERE p.id IN ({projects})) AS now WHERE projects_projectwords.project_id = now.project_id
AND (projects_projectwords.names, projects_projectwords.postcodes) {differs} (now.names, now.postcodes);"""
WRITE_ALL = [
    "DELETE FROM projects_projectwords",
    "INSERT INTO projects_projectwords (project_id, names, postcodes) {words}",
]

# PostgreSQL has writers beside each other. Rows are locked before their words are read, so that what another wrote
# meanwhile is among them. That does not help a project that is added at a site while the site is renamed: neither
# writer sees the other. So both read the words again at the end of their transactions, and one after the other: by then
# each holds the lock of the change counter, whose triggers come before these in the order of names (ADR 0002).
LOCK = "PERFORM 1 FROM projects_projectwords WHERE project_id IN ({projects}) ORDER BY project_id FOR UPDATE;"
FUNCTION = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
AT_ONCE = "CREATE TRIGGER {name} AFTER {event} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()"
AGAIN = """CREATE CONSTRAINT TRIGGER {name}_again AFTER {event} DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW {condition} EXECUTE FUNCTION {name}()"""
SQLITE = "CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} {condition} BEGIN {body} END"


@dataclass(frozen=True)
class Rule:
    """After `event` on `table`, a project has or loses its row, or words of `projects` (SQL for their ids) are written.

    `columns` are those whose change counts. `again`: on PostgreSQL once more when the transaction ends.
    """

    table: str
    event: str
    projects: str = ""
    columns: tuple = ()
    adds: bool = False
    again: bool = False

    @property
    def name(self):
        return f"{PREFIX}_{self.table}_{self.event.lower()}"

    def statements(self, vendor):
        """The SQL that creates the trigger anew, or on SQLite where it is not there."""
        changed = " OR ".join(f"old.{column} {{differs}} new.{column}" for column in self.columns)
        of_columns = f" OF {', '.join(self.columns)}" if self.columns else ""
        write = [WRITE] if self.projects else [TAKE_AWAY]
        lock = [LOCK] if self.projects and vendor == "postgresql" else []
        body = " ".join([ADD] * self.adds + lock + write)
        if vendor == "sqlite":
            wanted = [SQLITE]
        else:
            drop = [f"DROP TRIGGER IF EXISTS {{name}}{suffix} ON {self.table}" for suffix in ("", "_again")]
            wanted = [FUNCTION, *drop, AT_ONCE, *[AGAIN] * self.again]
        parts = {
            "name": self.name,
            "event": f"{self.event}{of_columns} ON {self.table}",
            "condition": f"WHEN ({changed})" if changed else "",
            "body": body,
        }
        for statement in wanted:
            for name, words in parts.items():
                statement = statement.replace(f"{{{name}}}", words)
            yield _in_dialect(statement, vendor, projects=self.projects)


def _in_dialect(statement, vendor, **words):
    dialect = DIALECTS[vendor]
    return statement.format(words=WORDS.format(**dialect), **dialect, **words)


def _named(table, column):
    """The rule for a name that many projects share."""
    projects = f"SELECT id FROM projects_project WHERE {column} = new.id"  # noqa: S608 the names are our own
    return Rule(table, "UPDATE", projects, ("name",), again=True)


OF_A_PROJECT = ("title", "reference", "place_id", "programme_id", "lead_organisation_id", "site_id")
AT_A_SITE = """SELECT id FROM projects_project WHERE site_id = new.id
UNION SELECT project_id FROM projects_project_further_sites WHERE site_id = new.id"""
BEFORE_AND_AFTER = "old.project_id, new.project_id"
RULES = [
    Rule("projects_project", "INSERT", "new.id", adds=True, again=True),
    Rule("projects_project", "UPDATE", "new.id", OF_A_PROJECT, again=True),
    Rule("projects_project", "DELETE"),
    Rule("projects_othername", "INSERT", "new.project_id"),
    Rule("projects_othername", "UPDATE", BEFORE_AND_AFTER, ("project_id", "name")),
    Rule("projects_othername", "DELETE", "old.project_id"),
    Rule("projects_project_further_sites", "INSERT", "new.project_id", again=True),
    Rule("projects_project_further_sites", "UPDATE", BEFORE_AND_AFTER, ("project_id", "site_id"), again=True),
    Rule("projects_project_further_sites", "DELETE", "old.project_id"),
    Rule("sites_site", "UPDATE", AT_A_SITE, ("name", "address", "postcode"), again=True),
    _named("sites_place", "place_id"),
    _named("projects_programme", "programme_id"),
    _named("sites_organisation", "lead_organisation_id"),
]


def install_words(app_config, using="default", **kwargs):
    """Put the triggers on their tables; write all words where triggers or rows were gone. Runs after `migrate`."""
    connection = connections[using]
    if app_config.name != "projects" or "projects_projectwords" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        were_there = _triggers(connection, cursor) >= {rule.name for rule in RULES} and _are_there(cursor)
        for rule in RULES:
            for statement in rule.statements(connection.vendor):
                cursor.execute(statement)
    if not were_there:
        write_all_words(using)


def write_all_words(using="default"):
    """Write the words of every project anew."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in WRITE_ALL:
            cursor.execute(_in_dialect(statement, connection.vendor))


def _triggers(connection, cursor):
    """The names of the triggers that the database has."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {name for (name,) in cursor.fetchall()}


def _are_there(cursor):
    """Whether each project has its words."""
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM projects_project p"
        " LEFT JOIN projects_projectwords w ON w.project_id = p.id WHERE w.project_id IS NULL)"
    )
    return not cursor.fetchone()[0]
