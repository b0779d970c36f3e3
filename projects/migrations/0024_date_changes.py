"""Names reasons for date changes, and dates of statements, as the portal calls them. Tables and columns stay."""

import django.db.models.deletion
from django.db import migrations, models

from estates_portal.operations import AlterTogether, RenameModelInState

STATEMENTS = ("milestonestatement", "historicalmilestonestatement")


def reason(**options):
    return models.ForeignKey(
        blank=True, db_column="move_reason_id", null=True, related_name="+", to="projects.datechangereason", **options
    )


class Migration(migrations.Migration):
    dependencies = [("projects", "0023_status_reports")]

    operations = [
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AlterModelTable("movereason", "projects_movereason"),
                    migrations.AlterModelTable("historicalmovereason", "projects_historicalmovereason"),
                ]
            ),
        ]),
        RenameModelInState("MoveReason", "DateChangeReason"),
        RenameModelInState("HistoricalMoveReason", "HistoricalDateChangeReason"),
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    *(migrations.RenameField(model, "said_on", "stated_on") for model in STATEMENTS),
                    *(
                        migrations.RenameField(model, old, new)
                        for model in ("reportmilestone", *STATEMENTS)
                        for old, new in (("move_reason", "change_reason"), ("move_words", "explanation"))
                    ),
                    migrations.AlterModelOptions(
                        "milestonestatement",
                        {
                            "ordering": [models.OrderBy(models.F("stated_on"), nulls_first=True), "pk"],
                            "verbose_name": "date statement",
                            "verbose_name_plural": "date statements",
                        },
                    ),
                    *(
                        migrations.AlterField(
                            model,
                            "stated_on",
                            models.DateField(
                                blank=True, db_column="said_on", help_text="Date of the report or page", null=True
                            ),
                        )
                        for model in STATEMENTS
                    ),
                    *(
                        migrations.AlterField(
                            model,
                            "explanation",
                            models.CharField(
                                blank=True,
                                db_column="move_words",
                                max_length=300,
                                verbose_name="explanation in one sentence",
                            ),
                        )
                        for model in STATEMENTS
                    ),
                    migrations.AlterField(
                        "reportmilestone",
                        "explanation",
                        models.CharField(blank=True, db_column="move_words", max_length=300),
                    ),
                    *(
                        migrations.AlterField(
                            model, "change_reason", reason(on_delete=django.db.models.deletion.PROTECT)
                        )
                        for model in ("reportmilestone", "milestonestatement")
                    ),
                    migrations.AlterField(
                        "historicalmilestonestatement",
                        "change_reason",
                        reason(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING),
                    ),
                ]
            ),
        ]),
    ]
