"""What pages show before this release was stated and accepted: nothing on public pages changes."""

from django.db import migrations
from django.db.models import F


def accept_recorded(apps, schema_editor):
    Project, Milestone = apps.get_model("projects", "Project"), apps.get_model("projects", "Milestone")
    Project.objects.update(
        accepted_stage=F("stage"),
        accepted_stage_as_of=F("stage_as_of"),
        accepted_stage_as_of_precision=F("stage_as_of_precision"),
        accepted_stage_basis=F("stage_basis"),
        accepted_stage_source_url=F("stage_source_url"),
        accepted_delivery_state=F("delivery_state"),
    )
    Milestone.objects.update(
        accepted_on=F("current_on"),
        accepted_precision=F("current_precision"),
        accepted_until=F("current_until"),
        accepted_reached=F("reached"),
    )
    StageStatement = apps.get_model("projects", "StageStatement")
    statements = []
    for project in Project.objects.order_by("pk"):
        known = {
            "project": project,
            "stated_on": project.stage_as_of,
            "precision": project.stage_as_of_precision,
            "basis": project.stage_basis,
            "source_url": project.stage_source_url,
            "recorded_at": None,
        }
        if project.stage:
            statements.append(StageStatement(stage=project.stage, **known))
        if project.delivery_state != "active":
            statements.append(StageStatement(delivery_state=project.delivery_state, **known))
    StageStatement.objects.bulk_create(statements, batch_size=500)
    apps.get_model("projects", "MilestoneStatement").objects.update(recorded_at=None)


def forget(apps, schema_editor):
    """Delete the statements. Stages stated by the programme office become reported: the earlier release has no more."""
    apps.get_model("projects", "Project").objects.filter(stage_basis="office").update(stage_basis="reported")
    apps.get_model("projects", "StageStatement").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("projects", "0033_statements")]

    operations = [migrations.RunPython(accept_recorded, forget)]
