import django.db.models.deletion
from django.db import migrations, models

from estates_portal.operations import VendorSQL
from sites.trigrams import AddTrigramIndex, RemoveTrigramIndex

OLD = ("projects_project_words", "projects_othername_words", "sites_site_words")
NEW = ("projects_projectwords_index", "sites_site_index")


# SQLite's indexes: `install_name_indexes` makes the new ones after `migrate`, and the code of before the old ones
DROP_OLD, DROP_NEW = (
    [
        statement
        for index in indexes
        for statement in (
            *(f"DROP TRIGGER IF EXISTS {index}_{event}" for event in ("insert", "update", "delete")),
            f"DROP TABLE IF EXISTS {index}",
        )
    ]
    for indexes in (OLD, NEW)
)
# So that PostgreSQL knows how many projects have a word: with its 100 samples, few seem to be hundreds
COUNT_FINELY = "ALTER TABLE projects_projectwords ALTER COLUMN names SET STATISTICS 500"


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
        VendorSQL(postgresql=([COUNT_FINELY], []), sqlite=(DROP_OLD, DROP_NEW)),
    ]
