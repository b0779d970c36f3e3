"""Records of one organisation that were merged."""

import django.db.models.deletion
from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0008_contact_details'),
    ]

    operations = [
        AlterInTurn([
            migrations.AddField(
                model_name='historicalorganisation',
                name='merged_into',
                field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='The record of the same organisation that has replaced this one', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AddField(
                model_name='organisation',
                name='merged_into',
                field=models.ForeignKey(blank=True, editable=False, help_text='The record of the same organisation that has replaced this one', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='sites.organisation'),
            ),
            migrations.AddConstraint(
                model_name='organisation',
                constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='sites_organisation_not_merged_into_itself', violation_error_message='Select another organisation to merge into'),
            ),
        ]),
    ]
