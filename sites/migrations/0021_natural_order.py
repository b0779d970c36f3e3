from django.db import migrations

from estates_portal.operations import AlterTogether, VendorSQL
from estates_portal.sorting import SortKey

# Without accents and case (level 1), and numbers by their value (kn)
CREATE = """CREATE COLLATION "natural" (provider = icu, locale = 'und-u-kn-true-ks-level1', deterministic = false)"""


class Migration(migrations.Migration):
    dependencies = [("sites", "0020_plain_labels")]

    operations = [
        VendorSQL(postgresql=([CREATE], ['DROP COLLATION "natural"'])),
        AlterTogether(
            [
                migrations.AlterModelOptions(name="diagnosticcentre", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(name="organisation", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(name="place", options={"ordering": [SortKey("name"), "pk"]}),
                migrations.AlterModelOptions(name="site", options={"ordering": [SortKey("name"), "slug"]}),
                migrations.AlterModelOptions(name="town", options={"ordering": [SortKey("name"), "pk"]}),
            ]
        ),
    ]
