"""An index of summaries, which the search reads too."""

from django.db import migrations

from sites.trigrams import AddTrigramIndex


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0055_search_synonyms'),
    ]

    operations = [
        AddTrigramIndex('projects_summary_trgm', 'projects_project', 'summary'),
    ]
