from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):
    dependencies = [("projects", "0039_closed_projects")]

    operations = [
        AlterInTurn([
            migrations.AddConstraint(
                model_name="project",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("stage", "closed"), _negated=True),
                        ("delivery_state__in", ["cancelled", "complete"]),
                        _connector="OR",
                    ),
                    name="projects_project_closed_is_over",
                    violation_error_message="Select Complete or Cancelled as the delivery state of a closed project",
                ),
            ),
            migrations.AddConstraint(
                model_name="project",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("accepted_stage", "closed"), _negated=True),
                        ("accepted_delivery_state__in", ["cancelled", "complete"]),
                        _connector="OR",
                    ),
                    name="projects_project_accepted_closed_is_over",
                    violation_error_message="Select Complete or Cancelled as the delivery state of a closed project",
                ),
            ),
        ]),
    ]
