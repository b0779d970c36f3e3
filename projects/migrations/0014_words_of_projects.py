import django.db.models.deletion
from django.db import migrations, models

from sites.trigrams import AddTrigramIndex, RemoveTrigramIndex

OLD = ("projects_project_words", "projects_othername_words", "sites_site_words")
NEW = ("projects_projectwords_index", "sites_site_index")


def drop_old(apps, schema_editor):
    """Take SQLite's old indexes away; `install_name_indexes` makes the new ones after `migrate`."""
    _drop(schema_editor, OLD)


def drop_new(apps, schema_editor):
    """Take SQLite's new indexes away; a `migrate` by the code of before makes the old ones."""
    _drop(schema_editor, NEW)


def _drop(schema_editor, indexes):
    if schema_editor.connection.vendor == "sqlite":
        for index in indexes:
            for event in ("insert", "update", "delete"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {index}_{event}")
            schema_editor.execute(f"DROP TABLE IF EXISTS {index}")


def count_finely(apps, schema_editor):
    """Have PostgreSQL know better how many projects have a word: with its 100 samples, few seem to be hundreds."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE projects_projectwords ALTER COLUMN names SET STATISTICS 500")


class Migration(migrations.Migration):
    dependencies = [("projects", "0013_milestones_ahead")]

    operations = [
        migrations.CreateModel(
            name="ProjectWords",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="projects.project",
                    ),
                ),
                ("names", models.TextField()),
                ("postcodes", models.TextField()),
            ],
            options={"verbose_name_plural": "project words"},
        ),
        AddTrigramIndex("projects_words_names_trgm", "projects_projectwords", "names", small_letters=True),
        AddTrigramIndex("projects_words_postcodes_trgm", "projects_projectwords", "postcodes", small_letters=True),
        RemoveTrigramIndex("projects_title_trgm", "projects_project", "title"),
        RemoveTrigramIndex("projects_reference_trgm", "projects_project", "reference"),
        RemoveTrigramIndex("projects_othername_trgm", "projects_othername", "name"),
        migrations.RunPython(count_finely, migrations.RunPython.noop),
        migrations.RunPython(drop_old, drop_new),
    ]
