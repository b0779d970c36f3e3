"""Names the models of status reports as the portal calls them. Tables and columns keep their names."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from estates_portal.operations import AlterTogether, RenameModelInState


def report_field(field, **options):
    return field(db_column="update_id", to="projects.statusreport", **options)


class Migration(migrations.Migration):
    dependencies = [("projects", "0022_labels")]

    operations = [
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AlterModelTable("statusupdate", "projects_statusupdate"),
                    migrations.AlterModelTable("updatemilestone", "projects_updatemilestone"),
                    migrations.AlterModelTable("updatestep", "projects_updatestep"),
                    migrations.RemoveConstraint("updatemilestone", "projects_updatemilestone_once"),
                ]
            ),
        ]),
        RenameModelInState("StatusUpdate", "StatusReport"),
        RenameModelInState("UpdateMilestone", "ReportMilestone"),
        RenameModelInState("UpdateStep", "ReportEvent"),
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AlterModelOptions("statusreport", {"ordering": ["-period__starts_on", "-pk"]}),
                    migrations.RenameField("project", "current_update", "current_report"),
                    migrations.RenameField("reportmilestone", "update", "report"),
                    migrations.RenameField("reportevent", "update", "report"),
                    migrations.RenameField("publicnoteoffer", "update", "report"),
                    migrations.AlterField(
                        "project",
                        "current_report",
                        models.ForeignKey(
                            blank=True,
                            db_column="current_update_id",
                            editable=False,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="projects.statusreport",
                        ),
                    ),
                    migrations.AlterField(
                        "statusreport",
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="status_reports",
                            to="projects.project",
                        ),
                    ),
                    migrations.AlterField(
                        "statusreport",
                        "period",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="status_reports",
                            to="projects.reportingperiod",
                        ),
                    ),
                    migrations.AlterField(
                        "reportmilestone",
                        "report",
                        report_field(
                            models.ForeignKey, on_delete=django.db.models.deletion.CASCADE, related_name="milestones"
                        ),
                    ),
                    migrations.AlterField(
                        "reportevent",
                        "report",
                        report_field(models.ForeignKey, on_delete=django.db.models.deletion.PROTECT, related_name="events"),
                    ),
                    migrations.AlterField(
                        "publicnoteoffer",
                        "report",
                        report_field(
                            models.OneToOneField, on_delete=django.db.models.deletion.PROTECT, related_name="note_offer"
                        ),
                    ),
                    migrations.AddConstraint(
                        "reportmilestone",
                        models.UniqueConstraint(
                            name="projects_updatemilestone_once",
                            fields=["report", "milestone"],
                            condition=Q(milestone__isnull=False),
                            violation_error_message="This milestone is already in the report",
                        ),
                    ),
                ]
            ),
        ]),
    ]
