from django.db import migrations

from estates_portal.operations import AlterTogether
from estates_portal.sorting import SortKey


class Migration(migrations.Migration):
    dependencies = [("projects", "0064_plain_labels"), ("sites", "0021_natural_order")]

    operations = [
        AlterTogether(
            [
                migrations.AlterModelOptions(name="calendarlink", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(
                    name="datechangereason",
                    options={
                        "ordering": ["order", SortKey("name"), "pk"],
                        "verbose_name": "reason for date changes",
                        "verbose_name_plural": "reasons for date changes",
                    },
                ),
                migrations.AlterModelOptions(name="othername", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(
                    name="priority",
                    options={"ordering": ["order", SortKey("title"), "pk"], "verbose_name_plural": "priorities"},
                ),
                migrations.AlterModelOptions(name="programme", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(name="project", options={"ordering": [SortKey("title"), "pk"]}),
                migrations.AlterModelOptions(name="savedview", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(name="service", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(name="source", options={"ordering": ["publisher", SortKey("title"), "pk"]}),
                migrations.AlterModelOptions(name="strategysection", options={"ordering": ["order", SortKey("title"), "pk"]}),
            ]
        ),
    ]
