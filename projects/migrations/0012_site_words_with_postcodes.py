from django.db import migrations

from estates_portal.operations import VendorSQL

# SQLite's index of the words of sites. `install_name_indexes` makes it again, with postcodes
DROP = [
    *(f"DROP TRIGGER IF EXISTS sites_site_words_{event}" for event in ("insert", "update", "delete")),
    "DROP TABLE IF EXISTS sites_site_words",
]


class Migration(migrations.Migration):
    dependencies = [("projects", "0011_indexes_for_lists"), ("sites", "0003_postcodes_found")]

    operations = [VendorSQL(sqlite=(DROP, DROP))]
