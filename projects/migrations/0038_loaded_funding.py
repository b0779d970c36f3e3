"""Funding lines that the loader added have no stated status, and no confirmed source.

The loader called funding secured or identified by the stage of its project. Such a line is known by its history: the
loader added it, and no one has changed its status since. The same holds for the source of a cost estimate.
"""

from django.db import migrations
from django.utils import timezone

LOADED = ["Loaded from BLMK data", "Loaded from the system's data"]
REASON = "The status came from a rule of the portal: no source states it"
NOT_STATED = "not_stated"


def histories(History, column):
    """{id of a record: [values of the column, oldest first]} of the records that the loader added."""
    rows = History.objects.order_by("history_date", "history_id")
    values, loaded = {}, set()
    for pk, kind, reason, value in rows.values_list("id", "history_type", "history_change_reason", column):
        values.setdefault(pk, []).append(value)
        if kind == "+" and reason in LOADED:
            loaded.add(pk)
    return {pk: values[pk] for pk in loaded}


def forget_statuses(apps, schema_editor):
    FundingLine, History = (apps.get_model("projects", name) for name in ("FundingLine", "HistoricalFundingLine"))
    statuses = histories(History, "status")
    now = timezone.now()
    lines, records = [], []
    for line in FundingLine.objects.filter(pk__in=statuses).exclude(status=NOT_STATED).order_by("pk"):
        if {*statuses[line.pk]} - {NOT_STATED} - {line.status}:
            continue  # someone has changed it
        line.status = NOT_STATED
        lines.append(line)
        if statuses[line.pk][-1] != NOT_STATED:
            columns = {field.attname: getattr(line, field.attname) for field in FundingLine._meta.concrete_fields}
            records.append(
                History(**columns, history_date=now, history_type="~", history_change_reason=REASON)
            )
    FundingLine.objects.bulk_update(lines, ["status"], batch_size=500)
    History.objects.bulk_create(records, batch_size=500)


def restore_statuses(apps, schema_editor):
    FundingLine, History = (apps.get_model("projects", name) for name in ("FundingLine", "HistoricalFundingLine"))
    History.objects.filter(history_change_reason=REASON).delete()
    lines = list(FundingLine.objects.filter(status=NOT_STATED))
    rows = History.objects.exclude(status=NOT_STATED).order_by("history_date", "history_id")
    statuses = dict(rows.values_list("id", "status"))
    for line in lines:
        line.status = statuses.get(line.pk, "identified")
    FundingLine.objects.bulk_update(lines, ["status"], batch_size=500)


def doubt_sources(apps, schema_editor):
    for name in ("FundingLine", "CostEstimate"):
        loaded = histories(apps.get_model("projects", f"Historical{name}"), "source_url")
        unchanged = [pk for pk, urls in loaded.items() if len({*urls}) == 1]
        for start in range(0, len(unchanged), 500):
            rows = apps.get_model("projects", name).objects.filter(pk__in=unchanged[start : start + 500])
            rows.update(source_confirmed=False)


class Migration(migrations.Migration):
    dependencies = [("projects", "0037_named_costs")]

    operations = [
        migrations.RunPython(forget_statuses, restore_statuses),
        migrations.RunPython(doubt_sources, migrations.RunPython.noop),
    ]
