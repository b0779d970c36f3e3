"""Forecast and actual of a year can be below zero. Going back stops here while one is: later migrations are undone."""

from django.db import migrations, models
from django.db.models import Q

from estates_portal.operations import AlterInTurn, refuse_to_go_back

NAME = "projects_annualcost_not_negative"


def refuse_credits(apps, schema_editor):
    """Raise ValueError, which names them, if years have a forecast or an actual below zero."""
    credits = apps.get_model("projects", "AnnualCost").objects.filter(Q(forecast__lt=0) | Q(actual__lt=0))
    names = [f"{row.project.title}, {row.year}" for row in credits.select_related("project")]
    refuse_to_go_back("The earlier release has no costs below zero. Change these first", names)


class Migration(migrations.Migration):
    dependencies = [("projects", "0061_newest_calendar_link")]

    operations = [
        AlterInTurn(
            [
                migrations.RemoveConstraint(model_name="annualcost", name=NAME),
                migrations.AddConstraint(
                    model_name="annualcost",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("budget", None), ("budget__gte", 0), _connector="OR"),
                        name=NAME,
                        violation_error_message="Budget must be 0 or more",
                    ),
                ),
            ]
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_credits),
    ]
