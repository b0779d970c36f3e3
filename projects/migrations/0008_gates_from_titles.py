"""Milestones that are standard gates by their title become so."""

import re

from django.db import migrations

TITLES = {
    "soc": r"strategic outline case approved",
    "obc": r"outline business case approved",
    "planning": r"planning permission( granted)?",
    "fbc": r"full business case approved",
    "start": r"(construction|work|works|building work|renovation) starts|start on site",
    "handover": r"(building )?handed over.*|building handover|handover",
    "opening": r"opening",
    "evaluation": r"post-project evaluation",
}


def name_gates(apps, schema_editor):
    milestone = apps.get_model("projects", "Milestone")
    titles = milestone.objects.order_by().values_list("title", flat=True).distinct()
    for gate, pattern in TITLES.items():
        named = [title for title in titles if re.fullmatch(pattern, title.strip(), re.IGNORECASE)]
        first = {}
        for pk, project in milestone.objects.filter(title__in=named).order_by("pk").values_list("pk", "project_id"):
            first.setdefault(project, pk)
        chosen = list(first.values())
        for start in range(0, len(chosen), 500):
            milestone.objects.filter(pk__in=chosen[start : start + 500]).update(gate=gate)


class Migration(migrations.Migration):
    dependencies = [("projects", "0007_gates_changes_benefits_documents")]
    operations = [migrations.RunPython(name_gates, migrations.RunPython.noop)]
