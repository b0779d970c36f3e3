"""What projects show is of accepted sites and organisations."""

import django.db.models.deletion
from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0058_backlog_removed'),
        ('sites', '0017_accepted_records'),
    ]

    operations = [
        AlterInTurn([
            migrations.AlterField(
                model_name='fundingline',
                name='funding_organisation',
                field=models.ForeignKey(blank=True, help_text='The organisation that pays it, if known', limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='funding_lines', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalfundingline',
                name='funding_organisation',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The organisation that pays it, if known', limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalhospitalscheme',
                name='lead_organisation',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalhospitalscheme',
                name='site',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.site', verbose_name='main site'),
            ),
            migrations.AlterField(
                model_name='historicalhub',
                name='lead_organisation',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalhub',
                name='site',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.site', verbose_name='main site'),
            ),
            migrations.AlterField(
                model_name='historicalprogramme',
                name='lead_organisation',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalproject',
                name='lead_organisation',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='historicalproject',
                name='site',
                field=models.ForeignKey(blank=True, db_constraint=False, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.site', verbose_name='main site'),
            ),
            migrations.AlterField(
                model_name='programme',
                name='lead_organisation',
                field=models.ForeignKey(blank=True, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='led_programmes', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='project',
                name='further_sites',
                field=models.ManyToManyField(blank=True, limit_choices_to={'accepted': True}, related_name='further_projects', to='sites.site'),
            ),
            migrations.AlterField(
                model_name='project',
                name='lead_organisation',
                field=models.ForeignKey(blank=True, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='led_projects', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='project',
                name='partner_organisations',
                field=models.ManyToManyField(blank=True, limit_choices_to={'accepted': True}, related_name='partnered_projects', to='sites.organisation'),
            ),
            migrations.AlterField(
                model_name='project',
                name='site',
                field=models.ForeignKey(blank=True, limit_choices_to={'accepted': True}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='sites.site', verbose_name='main site'),
            ),
        ]),
    ]
