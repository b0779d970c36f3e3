"""Sites, organisations and codes that an import adds are not public until they are accepted.

An earlier release shows them to everyone, so going back stops here while any waits. Later migrations are already undone.
"""

import django.db.models.deletion
from django.db import migrations, models

from estates_portal.operations import AlterInTurn, refuse_to_go_back


def refuse_to_show(apps, schema_editor):
    """Raise ValueError, which names them, if records wait for acceptance."""
    waiting = [
        str(getattr(row, name))
        for model, name in (('Organisation', 'name'), ('Site', 'name'), ('SiteIdentifier', 'value'))
        for row in apps.get_model('sites', model).objects.filter(accepted=False)
    ]
    refuse_to_go_back('The earlier release shows all records to everyone. Accept or delete these first', waiting)


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0016_codes_do_not_overlap'),
    ]

    operations = [
        AlterInTurn([
            migrations.AddField(
                model_name='historicalorganisation',
                name='accepted',
                field=models.BooleanField(db_default=True, default=True, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AddField(
                model_name='historicalsite',
                name='accepted',
                field=models.BooleanField(db_default=True, default=True, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AddField(
                model_name='historicalsiteidentifier',
                name='accepted',
                field=models.BooleanField(db_default=True, default=True, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AddField(
                model_name='organisation',
                name='accepted',
                field=models.BooleanField(db_default=True, default=True, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AddField(
                model_name='site',
                name='accepted',
                field=models.BooleanField(db_default=True, default=True, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AddField(
                model_name='siteidentifier',
                name='accepted',
                field=models.BooleanField(db_default=True, default=True, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AlterField(
                model_name='historicalsite',
                name='owner',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalsite',
                name='reported_by',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The trust that reports its yearly figures, which can differ from the owner', limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation', verbose_name='reporting organisation'),
            ),
            migrations.AlterField(
                model_name='site',
                name='owner',
                field=models.ForeignKey(blank=True, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_sites', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='site',
                name='reported_by',
                field=models.ForeignKey(blank=True, help_text='The trust that reports its yearly figures, which can differ from the owner', limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reported_sites', to='sites.organisation', verbose_name='reporting organisation'),
            ),
        ]),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_show),
    ]
