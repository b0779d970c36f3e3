"""Migrates a database with an estate register back to the release before it, and forward; prints what it saw as JSON.

tests/sites/test_estate_migrations.py runs it in another process on a new database.
"""

import json
import sys

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from sites.models import ConditionSurvey, EstateReturn, Organisation, OrganisationIdentifier, Site, SiteIdentifier
from tests.factories import EstateReturnFactory, OrganisationFactory, PlaceFactory, SiteFactory

BEFORE = ("sites", "0012_gazetteer")
CODES = ("value", "scheme", "superseded", "note")


class QuickExecutor(MigrationExecutor):
    """Puts the migrations that stay before those that are migrated back, which none of them needs.

    Django renders the models again after each migration from the first one that it migrates back: of sites, before all
    those of projects. That takes 20 seconds.
    """

    backward = frozenset()

    def migration_plan(self, targets, clean_start=False):
        plan = super().migration_plan(targets, clean_start)
        if clean_start:
            return sorted(plan, key=lambda step: step[0] in self.backward)
        self.backward = {migration for migration, is_backward in plan if is_backward}
        return plan


def migrate_back():
    """Migrate back and return the models of the earlier release."""
    migrate.MigrationExecutor = QuickExecutor
    call_command("migrate", *BEFORE, verbosity=0)
    return MigrationExecutor(connection).loader.project_state([BEFORE]).apps.get_model


def refused():
    """[message of migrating back while a return waits, migration at which it stops, number of returns then].

    Deletes the return, so that migrating back can go on.
    """
    Site.objects.get().estate_returns.create(year=2016)
    message = ""
    try:
        migrate_back()
    except ValueError as error:
        message = str(error)
    loader = MigrationExecutor(connection).loader
    last = max(name for app, name in loader.applied_migrations if app == "sites")
    returns = loader.project_state([("sites", last)]).apps.get_model("sites", "EstateReturn").objects
    number = returns.filter(site__name="Oak Court").count()
    returns.filter(accepted=False).delete()
    return [message, last, number]


def fill():
    """Records that the earlier release can have, and what it has no room for."""
    luton = PlaceFactory(name="Luton")
    trust, later = OrganisationFactory(name="Trust", ods_code="RX1"), OrganisationFactory(name="Later trust")
    site = SiteFactory(name="Oak Court", place=luton, ods_code="RX101", note="Mine")
    site.surveys.create(grade="B", surveyed_on="2020-01-01", accepted=True)
    site.surveys.create(grade="DX", surveyed_on="2021-01-01", accepted=True)
    site.surveys.create(grade="A", surveyed_on="2022-01-01")
    costs = {"hard_fm_pounds": 2, "soft_fm_pounds": 3, "backlog_high_pounds": 7}
    EstateReturnFactory(site=site, year=2014, reported_by=trust, **costs)
    EstateReturnFactory(site=site, year=2014, reported_by=later)
    EstateReturnFactory(site=site, year=2015, reported_by=trust, hard_fm_pounds=2)
    EstateReturnFactory(aggregate_of=trust, year=2014)


def untidy(model):
    """Add to the earlier release what the migration forward tidies."""
    organisation, site = model("sites", "Organisation").objects, model("sites", "Site").objects
    place = model("sites", "Place").objects.get()
    for name, code in (("Spaced", " rx2 "), ("Plain", "RX2"), ("Small", "rx3")):
        organisation.create(name=name, slug=name.lower(), kind="nhs_trust", ods_code=code)
    for name, code, note in (
        ("Aggregate", "aggre", ""),
        ("Surgery", "k82001", ""),
        ("Luton", "RC971", "Coded RC110 in older returns."),
        ("Bedford", "rc979", "Coded RC110 in older returns."),
        ("Twin", "RC971 ", ""),
    ):
        site.create(name=name, slug=name.lower(), kind="other", place=place, ods_code=code, note=note, condition="C")
    returns = model("sites", "EstateReturn").objects
    returns.create(site=site.get(name="Luton"), year=2014, running_cost_pounds=1234)


def earlier(model):
    """The records as the earlier release has them."""
    return {
        "organisations": list(model("sites", "Organisation").objects.order_by("name").values_list("name", "ods_code")),
        "sites": list(model("sites", "Site").objects.values_list("name", "ods_code", "condition", "note")),
        "returns": list(
            model("sites", "EstateReturn")
            .objects.order_by("year")
            .values_list("site__name", "year", "running_cost_pounds")
        ),
    }


def now():
    """The records as this release has them."""
    return {
        "organisations": sorted(OrganisationIdentifier.objects.values_list("organisation__name", "scheme", "value")),
        "codes": sorted(SiteIdentifier.objects.values_list("site__name", *CODES)),
        "notes": dict(Site.objects.values_list("name", "note")),
        "surveys": sorted(ConditionSurvey.objects.values_list("site__name", "grade", "accepted")),
        "returns": sorted(EstateReturn.objects.values_list("site__name", "year", "accepted")),
        "why_unknown": list(EstateReturn.objects.exclude(why_unknown={}).values_list("site__name", "why_unknown")),
        "accepted": Site.objects.filter(accepted=True).count() + Organisation.objects.filter(accepted=True).count(),
    }


def main():
    fill()
    stop = refused()
    model = migrate_back()
    before = earlier(model)
    untidy(model)
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps({"refused": stop, "earlier": before, "now": now()}, default=str))
