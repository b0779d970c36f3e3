"""Searches without the table of words: drops the triggers that kept it, and SQLite's full-text indexes.

The table itself stays for one release, so that a running portal of the release before still answers. Going backward
leaves it as it is: a `migrate` by the code of that release makes its triggers and full-text indexes again, and fills
them and the table.

SQLite's triggers on milestones of accepted reports go too: a trigger that names a second table stops SQLite from
rebuilding that table.
"""

from django.db import migrations

from estates_portal.operations import VendorSQL
from sites.trigrams import AddTrigramIndex

SEARCH_TRIGGERS = [
    ("projects_project", ("insert", "update", "delete")),
    ("projects_othername", ("insert", "update", "delete")),
    ("projects_project_further_sites", ("insert", "update", "delete")),
    ("sites_site", ("update",)),
    ("sites_place", ("update",)),
    ("projects_programme", ("update",)),
    ("sites_organisation", ("update",)),
]
NAMES = [(table, f"portal_words_{table}_{event}") for table, events in SEARCH_TRIGGERS for event in events]
FULL_TEXT = ("projects_projectwords_index", "sites_site_index")


class Migration(migrations.Migration):
    dependencies = [("projects", "0014_words_of_projects")]

    operations = [
        VendorSQL(
            postgresql=(
                [
                    *(f"DROP TRIGGER IF EXISTS {name} ON {table}" for table, name in NAMES),
                    *(f"DROP FUNCTION IF EXISTS {name}()" for _table, name in NAMES),
                ],
                [],
            ),
            sqlite=(
                [
                    *(f"DROP TRIGGER IF EXISTS {name}" for _table, name in NAMES),
                    *(
                        f"DROP TRIGGER IF EXISTS {index}_{event}"
                        for index in FULL_TEXT
                        for event in ("insert", "update", "delete")
                    ),
                    *(f"DROP TABLE IF EXISTS {index}" for index in FULL_TEXT),
                    "DROP TRIGGER IF EXISTS portal_accepted_milestone_insert",
                    "DROP TRIGGER IF EXISTS portal_accepted_milestone_update",
                ],
                [],
            ),
        ),
        AddTrigramIndex("projects_title_trgm", "projects_project", "title"),
        AddTrigramIndex("projects_reference_trgm", "projects_project", "reference"),
        AddTrigramIndex("projects_othername_trgm", "projects_othername", "name"),
    ]
