"""The networks of hubs are accepted organisations."""

from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0062_credits'),
        ('sites', '0019_relations_to_accepted'),
    ]

    operations = [
        AlterInTurn([
            migrations.AlterField(
                model_name='hub',
                name='primary_care_networks',
                field=models.ManyToManyField(blank=True, limit_choices_to={'accepted': True, 'kind': 'primary_care_network'}, related_name='hubs', to='sites.organisation'),
            ),
        ]),
    ]
