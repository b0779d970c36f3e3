from django.db import migrations


def drop(apps, schema_editor):
    """Take SQLite's index of the words of sites away; `install_name_indexes` makes it anew, now with postcodes."""
    if schema_editor.connection.vendor == "sqlite":
        for event in ("insert", "update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS sites_site_words_{event}")
        schema_editor.execute("DROP TABLE IF EXISTS sites_site_words")


class Migration(migrations.Migration):
    dependencies = [("projects", "0011_indexes_for_lists"), ("sites", "0003_postcodes_found")]

    operations = [migrations.RunPython(drop, drop)]
