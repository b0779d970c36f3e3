"""Keeps, beside each project, every word that it is found by: one look-up then answers what needs seven tables.

Triggers keep it, so that forms, bulk loads and hand-written SQL all count (ADR 0010). They are put there after every
`migrate`; where they or some words were not there before, all words are written anew.
"""

from dataclasses import dataclass

from django.db import connections, transaction
from django.db.models import F

from sites.models import Revision

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
PUT_IN = "INSERT INTO projects_projectwords (project_id, names, postcodes) {words}"
ADD = PUT_IN + " WHERE p.id = new.id ON CONFLICT DO NOTHING;"
TAKE_AWAY = "DELETE FROM projects_projectwords WHERE project_id = old.id;"
WRITE = """UPDATE projects_projectwords SET names = now.names, postcodes = now.postcodes
FROM ({words} WHERE p.id IN ({projects})) AS now WHERE projects_projectwords.project_id = now.project_id
AND (projects_projectwords.names, projects_projectwords.postcodes) {differs} (now.names, now.postcodes);"""
WRITE_ALL = ["DELETE FROM projects_projectwords", PUT_IN]

# SQLite has one writer at a time, and its triggers write at once. PostgreSQL has writers beside each other: a project
# may be added at a site while another transaction renames the site, and neither sees the other. So its triggers wait
# for the end of the transaction, when it holds the lock of the change counter, whose triggers come before these in the
# order of names (ADR 0002): what others wrote is there to be read, and nobody holds words and waits for the counter.
# A plan that was made while there were few projects is kept; reading all of them would become slow as they grow.
FUNCTION = """CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN {body} RETURN NULL; END $$"""
TRIGGER = {
    "sqlite": "CREATE TRIGGER {name} AFTER {event} {condition} BEGIN {body} END",
    "postgresql": "CREATE CONSTRAINT TRIGGER {name} AFTER {event} DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW {condition} EXECUTE FUNCTION {name}()",
}


@dataclass(frozen=True)
class Rule:
    """After `event` on `table`, words of `projects` (SQL for their ids) are written; `columns` are those that count.

    Where no `projects` are given, the row is a project's own, which has no words yet or has them no longer.
    """

    table: str
    event: str
    projects: str = ""
    columns: tuple = ()

    @property
    def name(self):
        return f"{PREFIX}_{self.table}_{self.event.lower()}"

    def sql(self, template, vendor):
        """The template of a trigger or its function in the words of a database."""
        changed = " OR ".join(f"old.{column} {{differs}} new.{column}" for column in self.columns)
        of_columns = f" OF {', '.join(self.columns)}" if self.columns else ""
        body = WRITE if self.projects else ADD if self.event == "INSERT" else TAKE_AWAY
        parts = {
            "name": self.name,
            "event": f"{self.event}{of_columns} ON {self.table}",
            "condition": f"WHEN ({changed})" if changed else "",
            "body": body,
        }
        for name, words in parts.items():
            template = template.replace(f"{{{name}}}", words)
        return _in_dialect(template, vendor, projects=self.projects)


def _in_dialect(statement, vendor, **words):
    dialect = DIALECTS[vendor]
    return statement.format(words=WORDS.format(**dialect), **dialect, **words)


def _named(table, column):
    """The rule for a name that many projects share."""
    projects = f"SELECT id FROM projects_project WHERE {column} = new.id"  # noqa: S608 the names are our own
    return Rule(table, "UPDATE", projects, ("name",))


OF_A_PROJECT = ("title", "reference", "place_id", "programme_id", "lead_organisation_id", "site_id")
AT_A_SITE = """SELECT id FROM projects_project WHERE site_id = new.id
UNION SELECT project_id FROM projects_project_further_sites WHERE site_id = new.id"""
BEFORE_AND_AFTER = "old.project_id, new.project_id"
RULES = [
    Rule("projects_project", "INSERT"),
    Rule("projects_project", "UPDATE", "new.id", OF_A_PROJECT),
    Rule("projects_project", "DELETE"),
    Rule("projects_othername", "INSERT", "new.project_id"),
    Rule("projects_othername", "UPDATE", BEFORE_AND_AFTER, ("project_id", "name")),
    Rule("projects_othername", "DELETE", "old.project_id"),
    Rule("projects_project_further_sites", "INSERT", "new.project_id"),
    Rule("projects_project_further_sites", "UPDATE", BEFORE_AND_AFTER, ("project_id", "site_id")),
    Rule("projects_project_further_sites", "DELETE", "old.project_id"),
    Rule("sites_site", "UPDATE", AT_A_SITE, ("name", "address", "postcode")),
    _named("sites_place", "place_id"),
    _named("projects_programme", "programme_id"),
    _named("sites_organisation", "lead_organisation_id"),
]


def install_words(app_config, using="default", **kwargs):
    """Put the triggers on their tables; write all words where triggers or rows were gone. Runs after `migrate`.

    Where nothing is missing nothing is dropped or locked, so that it may run beside a portal in use.
    """
    connection = connections[using]
    if app_config.name != "projects" or "projects_projectwords" not in connection.introspection.table_names():
        return
    vendor = connection.vendor
    with transaction.atomic(using), connection.cursor() as cursor:
        if vendor == "postgresql":
            for rule in RULES:
                cursor.execute(rule.sql(FUNCTION, vendor))
        there = _triggers(connection, cursor)
        missing = [rule for rule in RULES if rule.name not in there]
        if not missing and _all_there(cursor):
            return
        if vendor == "postgresql":  # what others are writing now is to be among the words
            tables = ", ".join(sorted({rule.table for rule in RULES}))
            cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        for rule in missing:
            cursor.execute(rule.sql(TRIGGER[vendor], vendor))
        write_all_words(using)


def write_all_words(using="default"):
    """Write the words of every project anew, and let the change counter know."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in WRITE_ALL:
            cursor.execute(_in_dialect(statement, connection.vendor))
    Revision.objects.using(using).update(number=F("number") + 1)


def _triggers(connection, cursor):
    """The names of the triggers that the database has."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {name for (name,) in cursor.fetchall()}


def _all_there(cursor):
    """Whether each project has its words."""
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM projects_project p"
        " LEFT JOIN projects_projectwords w ON w.project_id = p.id WHERE w.project_id IS NULL)"
    )
    return not cursor.fetchone()[0]
