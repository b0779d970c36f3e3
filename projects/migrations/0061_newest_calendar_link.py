"""Nothing to change forwards. Backwards, each user keeps their newest calendar link: the earlier release has one each."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Q


def keep_newest(apps, schema_editor):
    links = apps.get_model('projects', 'CalendarLink').objects.using(schema_editor.connection.alias)
    newer = Q(made_at__gt=OuterRef('made_at')) | Q(made_at=OuterRef('made_at'), pk__gt=OuterRef('pk'))
    older = links.filter(Exists(links.filter(newer, person=OuterRef('person'))))
    links.filter(pk__in=list(older.values_list('pk', flat=True))).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0060_several_calendar_links'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, keep_newest),
    ]
