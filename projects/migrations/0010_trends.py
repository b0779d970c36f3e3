"""Projects that have reported already learn how their ratings move."""

from itertools import groupby

from django.db import migrations

ORDER = {"red": 0, "amber": 1, "green": 2}
LAST = 6


def trend(ratings):
    known = [rating for rating in ratings if rating in ORDER]
    if not known or ratings[-1] not in ORDER:
        return ""
    if len(known) == 1:
        return "first"
    if len(known) >= LAST and len(set(known[-LAST:])) == 1 and known[-1] != "green":
        return "stale"
    if known[-2] == known[-1]:
        return "steady"
    return "better" if ORDER[known[-1]] > ORDER[known[-2]] else "worse"


def tell_trends(apps, schema_editor):
    update = apps.get_model("projects", "StatusUpdate")
    project = apps.get_model("projects", "Project")
    reported = ["submitted", "accepted"]
    standing = update.objects.filter(state__in=reported).exclude(correction__state__in=reported)
    rows = standing.order_by("project", "period__starts_on", "pk").values_list("project", "overall")
    by_trend = {}
    for pk, group in groupby(rows.iterator(), key=lambda row: row[0]):
        by_trend.setdefault(trend([overall for _pk, overall in group][-LAST:]), []).append(pk)
    for words, ids in by_trend.items():
        for start in range(0, len(ids), 500):
            project.objects.filter(pk__in=ids[start : start + 500]).update(trend=words)


class Migration(migrations.Migration):
    dependencies = [("projects", "0009_trend_and_saved_views")]
    operations = [migrations.RunPython(tell_trends, migrations.RunPython.noop)]
