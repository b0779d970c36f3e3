from django.db import migrations, models

from estates_portal.operations import VendorSQL

TABLES = ["sites_place", "sites_organisation", "sites_site"]
TABLES += ["projects_priority", "projects_programme", "projects_project", "projects_reportingperiod"]

# Every `migrate` installs the triggers (see `estates_portal.addresses`). The release before does not know them.
WITHOUT_TRIGGERS = VendorSQL(
    postgresql=([], ["DROP FUNCTION IF EXISTS portal_former_address() CASCADE"]),
    sqlite=(
        [],
        [
            f"DROP TRIGGER IF EXISTS portal_former_address_{table}_{event}"
            for table in TABLES
            for event in ("insert", "update", "delete")
        ],
    ),
)


class Migration(migrations.Migration):
    dependencies = [("sites", "0006_type_labels")]

    operations = [
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(help_text="The model of the record, for example “project”", max_length=20),
                ),
                ("slug", models.SlugField(db_index=False, max_length=120)),
                ("object_id", models.PositiveBigIntegerField()),
            ],
            options={
                "verbose_name_plural": "former addresses",
                "ordering": ["slug"],
                "indexes": [models.Index(fields=["kind", "object_id"], name="sites_formeraddress_object")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "slug"),
                        name="sites_formeraddress_once_a_kind",
                        violation_error_message="This former address is already recorded",
                    )
                ],
            },
        ),
        WITHOUT_TRIGGERS,
    ]
