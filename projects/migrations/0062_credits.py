"""Forecast and actual of a year can be below zero. Going back fails while one is."""

from django.db import migrations, models

NAME = "projects_annualcost_not_negative"


class Migration(migrations.Migration):
    dependencies = [("projects", "0061_newest_calendar_link")]

    operations = [
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
