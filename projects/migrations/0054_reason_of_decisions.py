"""Names the reason of a decision as the portal calls it. The columns stay."""

from django.db import migrations, models

from estates_portal.operations import AlterTogether

DECISIONS = ("decision", "historicaldecision")


class Migration(migrations.Migration):
    dependencies = [("projects", "0053_budget_requests_back")]

    operations = [
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    *(migrations.RenameField(model, "words", "reason") for model in DECISIONS),
                    *(
                        migrations.AlterField(
                            model,
                            "reason",
                            models.TextField(
                                blank=True, db_column="words", max_length=2000, verbose_name="reason and conditions"
                            ),
                        )
                        for model in DECISIONS
                    ),
                ]
            ),
        ]),
    ]
