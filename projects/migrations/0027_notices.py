"""Names fields of notices after what they hold. Columns keep their names."""

from django.db import migrations, models

from estates_portal.operations import AlterTogether


class Migration(migrations.Migration):
    dependencies = [("projects", "0026_proposed_notes")]

    operations = [
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.RemoveConstraint("notice", "projects_notice_once"),
                    migrations.RenameField("notice", "mark", "dedupe_key"),
                    migrations.RenameField("notice", "words", "text"),
                    migrations.AlterField("notice", "dedupe_key", models.CharField(db_column="mark", max_length=80)),
                    migrations.AlterField("notice", "text", models.CharField(db_column="words", max_length=300)),
                    migrations.AddConstraint(
                        "notice",
                        models.UniqueConstraint(
                            name="projects_notice_once",
                            fields=["person", "dedupe_key"],
                            violation_error_message="This user has already been sent this item",
                        ),
                    ),
                ]
            ),
        ]),
    ]
