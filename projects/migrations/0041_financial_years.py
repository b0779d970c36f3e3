"""Adds the precision of a financial year to dates."""

from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0040_closed_is_over'),
        ('sites', '0006_type_labels'),
    ]

    operations = [
        AlterInTurn([
            migrations.RemoveConstraint(
                model_name='costestimate',
                name='projects_costestimate_precision_known',
            ),
            migrations.RemoveConstraint(
                model_name='fundingline',
                name='projects_fundingline_precision_known',
            ),
            migrations.RemoveConstraint(
                model_name='stagestatement',
                name='projects_stagestatement_precision_known',
            ),
            migrations.RemoveConstraint(
                model_name='milestonestatement',
                name='projects_milestonestatement_precision_known',
            ),
            migrations.RemoveConstraint(
                model_name='project',
                name='projects_project_stage_precision_known',
            ),
            migrations.RemoveConstraint(
                model_name='reportmilestone',
                name='projects_updatemilestone_dates_have_precision',
            ),
            migrations.AlterField(
                model_name='costestimate',
                name='as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='fundingline',
                name='as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='historicalcostestimate',
                name='as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='historicalfundingline',
                name='as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='milestone',
                name='accepted_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], db_default='day', default='day', editable=False, max_length=10),
            ),
            migrations.AlterField(
                model_name='project',
                name='accepted_stage_as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], db_default='day', default='day', editable=False, max_length=10),
            ),
            migrations.AlterField(
                model_name='stagestatement',
                name='precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10),
            ),
            migrations.AlterField(
                model_name='changerequest',
                name='new_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], max_length=10),
            ),
            migrations.AlterField(
                model_name='changerequest',
                name='old_precision',
                field=models.CharField(blank=True, choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], max_length=10),
            ),
            migrations.AlterField(
                model_name='historicalchangerequest',
                name='new_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], max_length=10),
            ),
            migrations.AlterField(
                model_name='historicalchangerequest',
                name='old_precision',
                field=models.CharField(blank=True, choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], max_length=10),
            ),
            migrations.AlterField(
                model_name='historicalhospitalscheme',
                name='stage_as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10),
            ),
            migrations.AlterField(
                model_name='historicalhub',
                name='stage_as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10),
            ),
            migrations.AlterField(
                model_name='historicalmilestone',
                name='current_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', editable=False, max_length=10),
            ),
            migrations.AlterField(
                model_name='historicalmilestonestatement',
                name='precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='historicalproject',
                name='stage_as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10),
            ),
            migrations.AlterField(
                model_name='milestone',
                name='current_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', editable=False, max_length=10),
            ),
            migrations.AlterField(
                model_name='milestonestatement',
                name='precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='project',
                name='stage_as_of_precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10),
            ),
            migrations.AlterField(
                model_name='reportmilestone',
                name='actual_precision',
                field=models.CharField(blank=True, choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], max_length=10),
            ),
            migrations.AlterField(
                model_name='reportmilestone',
                name='baseline_precision',
                field=models.CharField(blank=True, choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], max_length=10),
            ),
            migrations.AlterField(
                model_name='reportmilestone',
                name='forecast_precision',
                field=models.CharField(blank=True, choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], max_length=10),
            ),
            migrations.AlterField(
                model_name='statusreport',
                name='frozen_opening_precision',
                field=models.CharField(blank=True, choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], editable=False, max_length=10),
            ),
            migrations.AddConstraint(
                model_name='milestonestatement',
                constraint=models.CheckConstraint(condition=models.Q(('precision__in', ['day', 'month', 'quarter', 'year', 'financial'])), name='projects_milestonestatement_precision_known', violation_error_message='Select a date precision from the list'),
            ),
            migrations.AddConstraint(
                model_name='project',
                constraint=models.CheckConstraint(condition=models.Q(('stage_as_of_precision__in', ['day', 'month', 'quarter', 'year', 'financial'])), name='projects_project_stage_precision_known', violation_error_message='Select a date precision from the list'),
            ),
            migrations.AddConstraint(
                model_name='reportmilestone',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('baseline_on__isnull', True), ('baseline_precision__in', ['day', 'month', 'quarter', 'year', 'financial']), _connector='OR'), models.Q(('forecast_on__isnull', True), ('forecast_precision__in', ['day', 'month', 'quarter', 'year', 'financial']), _connector='OR'), models.Q(('actual_on__isnull', True), ('actual_precision__in', ['day', 'month', 'quarter', 'year', 'financial']), _connector='OR')), name='projects_updatemilestone_dates_have_precision', violation_error_message='Select a date precision'),
            ),
            migrations.AddConstraint(
                model_name='stagestatement',
                constraint=models.CheckConstraint(condition=models.Q(('precision__in', ['day', 'month', 'quarter', 'year', 'financial'])), name='projects_stagestatement_precision_known', violation_error_message='Select a date precision'),
            ),
            migrations.AddConstraint(
                model_name='costestimate',
                constraint=models.CheckConstraint(condition=models.Q(('as_of_precision__in', ['day', 'month', 'quarter', 'year', 'financial'])), name='projects_costestimate_precision_known', violation_error_message='Select a date precision'),
            ),
            migrations.AddConstraint(
                model_name='fundingline',
                constraint=models.CheckConstraint(condition=models.Q(('as_of_precision__in', ['day', 'month', 'quarter', 'year', 'financial'])), name='projects_fundingline_precision_known', violation_error_message='Select a date precision'),
            ),
        ]),
    ]
