"""Closed projects were accepted with any delivery state: those that were active or on hold are now complete."""

from django.db import migrations
from django.db.models import Q

OVER = ["cancelled", "complete"]


def complete_closed(apps, schema_editor):
    Project, StageStatement = apps.get_model("projects", "Project"), apps.get_model("projects", "StageStatement")
    now = Q(stage="closed") & ~Q(delivery_state__in=OVER)
    accepted = Q(accepted_stage="closed") & ~Q(accepted_delivery_state__in=OVER)
    for project in Project.objects.filter(now | accepted):
        standing = project.stage_statements.filter(withdrawn_at=None)
        closing = standing.filter(stage="closed").order_by("stated_on", "pk").last()
        if closing is not None:
            dates = [closing.stated_on, *standing.filter(stage="").values_list("stated_on", flat=True)]
            StageStatement.objects.create(
                project=project,
                delivery_state="complete",
                stated_on=max(filter(None, dates), default=None),  # later than those that it replaces
                basis="inferred" if closing.source_url else "office",
                source_url=closing.source_url,
                reason="The project is closed",
                report=closing.report,
                stated_by=closing.stated_by,
                recorded_at=closing.recorded_at,
                accepted_at=closing.accepted_at,
            )
    Project.objects.filter(now).update(delivery_state="complete")
    Project.objects.filter(accepted).update(accepted_delivery_state="complete")


class Migration(migrations.Migration):
    dependencies = [("projects", "0038_loaded_funding")]

    operations = [migrations.RunPython(complete_closed, migrations.RunPython.noop)]
