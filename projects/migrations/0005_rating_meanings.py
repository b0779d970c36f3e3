"""The colours as national reporting defines them, and reasons for moved dates; both are kept in the admin from then on.

Meanings: GMPP since March 2022, in the NISTA annual report 2024/25, shortened. Reasons: after those that DfE's Complete
offers for a revised date, in the words of NHS capital schemes.
"""

import datetime

from django.db import migrations

FROM = datetime.date(2022, 3, 1)
MEANINGS = {
    "green": "Success on time, cost and quality is very likely; nothing outstanding threatens it",
    "amber": "Success is feasible, but serious matters need attention now. They can still be solved",
    "red": "Success looks unachievable as things stand: scope, money or viability must be looked at again",
    "not_rated": "Nobody has judged this yet",
}
REASONS = [
    "Approval took longer or came sooner",
    "Funding",
    "Land or lease",
    "Planning permission",
    "Design or scope",
    "Procurement",
    "Contractor or supply",
    "Ground or building condition",
    "Clinical or operational need",
    "Weather",
    "An earlier date was wrong",
    "Other",
]


def fill(apps, schema_editor):
    meaning, reason = apps.get_model("projects", "RatingMeaning"), apps.get_model("projects", "MoveReason")
    for rating, words in MEANINGS.items():
        meaning.objects.get_or_create(rating=rating, holds_from=FROM, defaults={"meaning": words})
    for order, name in enumerate(REASONS, 1):
        reason.objects.get_or_create(name=name, defaults={"order": order})


def empty(apps, schema_editor):
    apps.get_model("projects", "RatingMeaning").objects.filter(holds_from=FROM).delete()


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_notices")]

    operations = [migrations.RunPython(fill, empty)]
