"""A forecast can say that the date is not known. Backwards, such forecasts are deleted."""

from django.db import migrations, models
from django.db.models import Q

from estates_portal.operations import AlterInTurn

DATE = models.DateField(
    blank=True,
    help_text="Enter any day in that month, quarter or year. Blank if not known",
    null=True,
    verbose_name="date",
)


def delete_forecasts_without_date(apps, schema_editor):
    for model in ("MilestoneStatement", "HistoricalMilestoneStatement"):
        apps.get_model("projects", model).objects.filter(on=None).delete()
    schema_editor.connection.check_constraints()  # PostgreSQL: no trigger may be pending when the table is altered


class Migration(migrations.Migration):
    dependencies = [("projects", "0042_frozen_baselines")]

    operations = [
        AlterInTurn([
            migrations.AddField("reportmilestone", "date_not_known", models.BooleanField(default=False)),
            migrations.AlterField("historicalmilestonestatement", "on", DATE),
            migrations.AlterField("milestonestatement", "on", DATE),
            migrations.AddConstraint(
                "milestonestatement",
                models.CheckConstraint(
                    condition=Q(on__isnull=False) | (Q(kind="forecast", stated_on__isnull=False) & ~Q(explanation="")),
                    name="projects_milestonestatement_has_date",
                    violation_error_message="Enter a date. If the forecast is not known, enter the day and the explanation",
                ),
            ),
        ]),
        migrations.RunPython(migrations.RunPython.noop, delete_forecasts_without_date),
    ]
