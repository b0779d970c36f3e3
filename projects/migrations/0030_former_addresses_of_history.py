"""Former addresses from the history of records: links made before this release work again."""

from django.db import migrations

# {kind of address: models with its slugs in their history}
KINDS = {
    "place": [("sites", "Place")],
    "organisation": [("sites", "Organisation")],
    "site": [("sites", "Site")],
    "priority": [("projects", "Priority")],
    "programme": [("projects", "Programme")],
    "project": [("projects", "Hub"), ("projects", "HospitalScheme")],
    "reportingperiod": [("projects", "ReportingPeriod")],
}


def record(apps, schema_editor):
    FormerAddress = apps.get_model("sites", "FormerAddress")
    for kind, models in KINDS.items():
        current, former = {}, {}
        for app, name in models:
            current |= dict(apps.get_model(app, name).objects.values_list("slug", "pk"))
            history = apps.get_model(app, f"Historical{name}").objects.order_by("history_date", "history_id")
            former |= dict(history.values_list("slug", "id"))  # the newest record with that slug
        ids = set(current.values())
        FormerAddress.objects.bulk_create(
            [
                FormerAddress(kind=kind, slug=slug, object_id=pk)
                for slug, pk in former.items()
                if pk in ids and slug not in current
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("projects", "0029_strategy"), ("sites", "0007_former_addresses")]

    operations = [migrations.RunPython(record, migrations.RunPython.noop)]
