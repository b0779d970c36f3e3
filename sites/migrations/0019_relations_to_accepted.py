"""What the public sees of organisations, places and the system is of accepted organisations."""

import django.db.models.deletion
from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0018_codes_of_returns'),
    ]

    operations = [
        AlterInTurn([
            migrations.AlterField(
                model_name='historicalorganisation',
                name='network',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The primary care network of a GP practice', limit_choices_to={'accepted': True, 'kind': 'primary_care_network'}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalplace',
                name='council',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalsystem',
                name='organisation',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The integrated care board that runs the portal', limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='organisation',
                name='network',
                field=models.ForeignKey(blank=True, help_text='The primary care network of a GP practice', limit_choices_to={'accepted': True, 'kind': 'primary_care_network'}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='practices', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='place',
                name='council',
                field=models.ForeignKey(blank=True, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='places_governed', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='system',
                name='organisation',
                field=models.ForeignKey(blank=True, help_text='The integrated care board that runs the portal', limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sites.organisation'),
            ),
        ]),
    ]
