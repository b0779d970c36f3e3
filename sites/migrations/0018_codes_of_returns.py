"""Returns know the code of their site in the file, and codes of organisations wait for acceptance.

A code that waits can overlap that of another organisation, which makes way for it once it is accepted. Going back, all
make way at once, as in the earlier release.
"""

from django.db import migrations, models
from django.db.models import Q

import sites.models.identifier
from estates_portal.operations import AlterInTurn, VendorSQL, refuse_to_go_back

OVERLAP = "Two organisations have this code in one period"
NAME = "sites_organisationidentifier_no_overlap"


def trigger(event, ours="TRUE", theirs="TRUE"):
    return f"""
        CREATE TRIGGER {NAME}_{event.lower()} BEFORE {event} ON sites_organisationidentifier
        WHEN {ours} AND EXISTS (
            SELECT 1 FROM sites_organisationidentifier i
            WHERE {theirs} AND i.id IS NOT NEW.id AND i.scheme = NEW.scheme AND i.value = NEW.value
            AND (i.valid_from IS NULL OR NEW.valid_to IS NULL OR i.valid_from < NEW.valid_to)
            AND (NEW.valid_from IS NULL OR i.valid_to IS NULL OR NEW.valid_from < i.valid_to)
        )
        BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END
    """


def constraint(condition=""):
    return f"""
        ALTER TABLE sites_organisationidentifier ADD CONSTRAINT {NAME}
        EXCLUDE USING gist (scheme WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&) {condition}
    """


DROP_CONSTRAINT = f"ALTER TABLE sites_organisationidentifier DROP CONSTRAINT {NAME}"
DROP_TRIGGERS = [f"DROP TRIGGER IF EXISTS {NAME}_insert", f"DROP TRIGGER IF EXISTS {NAME}_update"]
ALL = VendorSQL(  # the rule of 0016, dropped and on the way back made again
    postgresql=([DROP_CONSTRAINT], [constraint()]),
    sqlite=(DROP_TRIGGERS, [trigger("INSERT"), trigger("UPDATE")]),
)
ACCEPTED = VendorSQL(
    postgresql=([constraint("WHERE (accepted)")], [DROP_CONSTRAINT]),
    sqlite=(
        [trigger(event, "NEW.accepted", "i.accepted") for event in ("INSERT", "UPDATE")],
        DROP_TRIGGERS,
    ),
)


def make_way(apps, schema_editor):
    """Let the codes that make way for one that waits start when it ended. Raises ValueError for other overlaps."""
    codes, clashes = apps.get_model("sites", "OrganisationIdentifier").objects.select_related("organisation"), []
    for code in codes.filter(accepted=False):
        others = codes.filter(scheme=code.scheme, value=code.value).exclude(pk=code.pk)
        if code.valid_to:
            others.filter(
                Q(valid_from=None) | Q(valid_from__lt=code.valid_to), Q(valid_to=None) | Q(valid_to__gt=code.valid_to)
            ).update(valid_from=code.valid_to)
        for other in others:
            if _is_before(code.valid_from, other.valid_to) and _is_before(other.valid_from, code.valid_to):
                clashes.append(f"{code.value} of {code.organisation.name} and {other.organisation.name}")
    refuse_to_go_back("The earlier release has one organisation for a code at a time. Enter when these ended", clashes)
    if schema_editor.connection.vendor == "postgresql":  # triggers of the update would refuse the change
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _is_before(start, end):
    return start is None or end is None or start < end


class Migration(migrations.Migration):
    dependencies = [("sites", "0017_accepted_records")]

    operations = [
        ALL,
        AlterInTurn(
            [
                migrations.AddField(
                    model_name=f"{history}organisationidentifier",
                    name="accepted",
                    field=models.BooleanField(
                        db_default=True, default=True, help_text="The public sees it only if it is accepted"
                    ),
                )
                for history in ("", "historical")
            ]
            + [
                migrations.AddField(
                    model_name=f"{history}estatereturn",
                    name="site_code_as_published",
                    field=sites.models.identifier.CodeField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="Blank for returns that no file gave, and for those of earlier imports",
                        max_length=40,
                        verbose_name="site code as published",
                    ),
                )
                for history in ("", "historical")
            ]
        ),
        ACCEPTED,
        migrations.RunPython(migrations.RunPython.noop, make_way),
    ]
