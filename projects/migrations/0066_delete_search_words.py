"""Drops the search text of an earlier release. Going backward makes the table again, empty."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("projects", "0065_natural_order")]

    operations = [migrations.DeleteModel(name="ProjectWords")]
