from django.db import migrations

from estates_portal.sorting import SortKey


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_audit_imports"), ("sites", "0021_natural_order")]

    operations = [
        migrations.AlterModelOptions(name="user", options={"ordering": [SortKey("name"), "pk"]}),
    ]
