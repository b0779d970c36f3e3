"""Codes, conditions and running costs move from columns of their own. Going backward puts the current ones back.

Going back stops here for what the earlier release cannot have. Later migrations are already undone, with their data.
"""

import re
from collections import Counter

from django.db import migrations

from estates_portal.operations import refuse_to_go_back

PRACTICE = re.compile(r"[A-Z][0-9]{5}")  # the code of a GP practice, not of a site
# {current code of a site: (an earlier code of it, where it was used)}
EARLIER = {"RC979": ("RC110", "In ERIC 2014-15"), "RD816": ("RD899", "In older returns")}
# {current code of a site: what its note says of an earlier code, wrongly or elsewhere now}
NOTES = {"RC971": "Coded RC110 in older returns.", "RD816": "Coded RD899 in older returns."}
LONGEST = 10  # characters of a code in the earlier release
ONE_COST = "Only a running cost of £{:,.2f} in all was given"


def tidied(codes):
    """{code: (the code in capitals without spaces at its ends, number of codes before it that are the same then)}.

    A code that is tidy already comes before others.
    """
    tidy, seen = {}, Counter()
    for code in sorted(codes, key=lambda code: code != code.strip().upper()):
        better = code.strip().upper()
        tidy[code] = better, seen[better]
        seen[better] += 1
    return tidy


def forward(apps, schema_editor):
    model = apps.get_model
    code = model("sites", "OrganisationIdentifier")
    organisations = list(model("sites", "Organisation").objects.exclude(ods_code=None).order_by("pk"))
    tidy = tidied([row.ods_code for row in organisations])
    for row in organisations:
        value, before = tidy[row.ods_code]
        if before < 2:  # no two records have one code of one type
            period = {"valid_from": row.valid_from, "valid_to": row.valid_to}
            code.objects.create(organisation=row, scheme="other" if before else "ods", value=value, **period)
    code, survey = model("sites", "SiteIdentifier"), model("sites", "ConditionSurvey")
    sites = list(model("sites", "Site").objects.exclude(ods_code=None).order_by("pk"))
    tidy = tidied([site.ods_code for site in sites])
    for site in sites:
        value, before = tidy[site.ods_code]
        if value != "AGGRE" and before < 2:  # AGGRE is of many sites
            scheme = "other" if before else "ods_practice" if PRACTICE.fullmatch(value) else "ods_site"
            code.objects.create(site=site, scheme=scheme, value=value)
    for site in sites:  # after the current codes, of which an earlier one can be one
        value, before = tidy[site.ods_code]
        if value in EARLIER and not before:
            earlier, note = EARLIER[value]
            code.objects.get_or_create(
                scheme="ods_site", value=earlier, defaults={"site": site, "superseded": True, "note": note}
            )
        if not before and site.note == NOTES.get(value):
            site.note = ""
            site.save(update_fields=["note"])
    for site in model("sites", "Site").objects.exclude(condition="").order_by("pk"):
        survey.objects.create(site=site, facet="physical", grade=site.condition, accepted=True)
    returns = model("sites", "EstateReturn").objects
    returns.update(accepted=True)  # everyone saw them
    for row in returns.exclude(running_cost_pounds=None):
        row.why_unknown = dict.fromkeys(["hard_fm_pounds", "soft_fm_pounds"], ONE_COST.format(row.running_cost_pounds))
        row.save(update_fields=["why_unknown"])


def drop_what_earlier_release_refuses(model):
    sites, returns = model("sites", "Site").objects, model("sites", "EstateReturn").objects
    placeless = sites.filter(place=None).values_list("name", flat=True)
    refuse_to_go_back("The earlier release needs a place for each site. Give one to", placeless)
    names = Counter(sites.values_list("name", flat=True))
    shared = [name for name, number in names.items() if number > 1]
    refuse_to_go_back("The earlier release needs a different name for each site. Rename one of", shared)
    returns.filter(site=None).delete()
    kept = set()
    for row in returns.order_by("pk"):
        if (row.site_id, row.year) in kept:
            row.delete()
        kept.add((row.site_id, row.year))


def codes_to_keep(model):
    """({organisation id: its code}, {site id: its code}) that fit in the earlier release, one for each record.

    Raises ValueError, which names them, if others would be lost: those that going forward does not add again.
    """
    bodies, sites = {}, {}
    codes = model("sites", "OrganisationIdentifier").objects.select_related("organisation")
    fitting = [code for code in codes if code.scheme == "ods" and not code.superseded and len(code.value) <= LONGEST]
    for code in sorted(fitting, key=lambda code: (code.valid_to is not None, code.valid_from is None, code.pk)):
        if code.value not in bodies.values():
            bodies.setdefault(code.organisation_id, code.value)
    lost = [f"{code.value} of {code.organisation.name}" for code in codes if bodies.get(code.organisation_id) != code.value]
    codes = model("sites", "SiteIdentifier").objects.select_related("site")
    schemes = ["ods_site", "ods_practice"]  # that of the site before that of a practice
    fitting = [code for code in codes if code.scheme in schemes and not code.superseded and len(code.value) <= LONGEST]
    for code in sorted(fitting, key=lambda code: (schemes.index(code.scheme), code.pk)):
        if code.value not in sites.values():
            sites.setdefault(code.site_id, code.value)
    for code in codes:
        value = sites.get(code.site_id)
        added_again = EARLIER.get(value, ("",))[0]
        if code.value not in (value, added_again):
            lost.append(f"{code.value} of {code.site.name}")
    refuse_to_go_back("The earlier release has one code for each record. Delete the others first", lost)
    return bodies, sites


def refuse_to_show(model):
    """Raise ValueError if returns wait for acceptance: the earlier release shows all to everyone."""
    waiting = model("sites", "EstateReturn").objects.filter(accepted=False).select_related("site", "aggregate_of")
    names = [f"{(row.site or row.aggregate_of).name}, {row.year}" for row in waiting]
    refuse_to_go_back("The earlier release shows all returns to everyone. Accept or delete these first", names)


def backward(apps, schema_editor):
    """The earlier release has no aggregates and one return of a site a year, and loses others.

    Raises ValueError for what it cannot have: sites, several codes, returns that wait. This migration then changes
    nothing, but later ones are already undone.
    """
    model = apps.get_model
    bodies_to_keep, sites_to_keep = codes_to_keep(model)
    refuse_to_show(model)
    drop_what_earlier_release_refuses(model)
    organisations, sites = model("sites", "Organisation").objects, model("sites", "Site").objects
    organisations.update(ods_code=None)
    sites.update(ods_code=None, condition="")
    for records, codes in ((organisations, bodies_to_keep), (sites, sites_to_keep)):
        for pk, value in codes.items():
            records.filter(pk=pk).update(ods_code=value)
    surveys = model("sites", "ConditionSurvey").objects.filter(facet="physical", accepted=True)
    for survey in sorted(surveys, key=lambda survey: (survey.surveyed_on is not None, survey.surveyed_on, survey.pk)):
        sites.filter(pk=survey.site_id).update(condition=survey.grade[:1])
    for row in model("sites", "EstateReturn").objects.all():
        if row.hard_fm_pounds is not None and row.soft_fm_pounds is not None:
            row.running_cost_pounds = row.hard_fm_pounds + row.soft_fm_pounds
            row.save(update_fields=["running_cost_pounds"])


class Migration(migrations.Migration):
    dependencies = [("sites", "0013_estate_register")]

    operations = [migrations.RunPython(forward, backward)]
