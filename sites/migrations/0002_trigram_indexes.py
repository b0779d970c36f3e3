from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

from sites.trigrams import AddTrigramIndex


class Migration(migrations.Migration):
    dependencies = [("sites", "0001_initial")]

    operations = [
        TrigramExtension(),
        AddTrigramIndex("sites_site_name_trgm", "sites_site", "name"),
        AddTrigramIndex("sites_site_address_trgm", "sites_site", "address"),
        AddTrigramIndex("sites_organisation_name_trgm", "sites_organisation", "name"),
    ]
