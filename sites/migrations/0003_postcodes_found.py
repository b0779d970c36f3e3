from django.db import migrations

from sites.trigrams import AddTrigramIndex


class Migration(migrations.Migration):
    dependencies = [("sites", "0002_trigram_indexes")]

    operations = [AddTrigramIndex("sites_site_postcode_trgm", "sites_site", "postcode")]
