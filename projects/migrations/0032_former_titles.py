from django.db import migrations, models
from django.db.models.functions import Upper

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):
    dependencies = [("projects", "0031_references_without_case")]

    operations = [
        AlterInTurn([
            migrations.AddField(
                model_name="historicalothername",
                name="until",
                field=models.DateField(blank=True, help_text="For a former title", null=True, verbose_name="title until"),
            ),
            migrations.AddField(
                model_name="othername",
                name="until",
                field=models.DateField(blank=True, help_text="For a former title", null=True, verbose_name="title until"),
            ),
            migrations.AddConstraint(
                model_name="project",
                constraint=models.UniqueConstraint(
                    Upper("reference"),
                    name="projects_project_reference_any_case",
                    violation_error_message="Enter another reference. Another project has this one",
                ),
            ),
        ]),
    ]
