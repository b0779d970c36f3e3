from django.db import migrations

from sites.trigrams import AddTrigramIndex


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("sites", "0002_trigram_indexes")]

    operations = [
        AddTrigramIndex("projects_title_trgm", "projects_project", "title"),
        AddTrigramIndex("projects_reference_trgm", "projects_project", "reference"),
        AddTrigramIndex("projects_othername_trgm", "projects_othername", "name"),
    ]
