"""Add or delete example projects."""

import datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from projects.demo.facts import add_proposed_facts
from projects.demo.portfolio import NotReady, delete_example_projects, make_example_projects
from projects.demo.registers import add_registers
from projects.demo.reports import MAX_PROJECTS, MONTHS, add_reports
from projects.demo.requests import add_requests
from projects.models import Project


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


class Command(BaseCommand):
    help = (
        "Add made-up projects, labelled example data, to try the portal at scale; "
        f"up to {MAX_PROJECTS} of them with {MONTHS} months of status reports."
    )

    def add_arguments(self, parser):
        parser.add_argument("--count", type=positive, default=500, help="how many projects to add (500)")
        parser.add_argument("--seed", type=int, default=1, help="another number gives another portfolio (1)")
        parser.add_argument(
            "--on", type=datetime.date.fromisoformat, help="the day, yyyy-mm-dd, that dates are counted from (today)"
        )
        parser.add_argument("--once", action="store_true", help="add nothing if there are example projects already")
        parser.add_argument("--delete", action="store_true", help="delete all example data instead")

    def handle(self, *, count, seed, on, once, delete, **options):
        if once and Project.objects.filter(is_example=True).exists():
            self.stdout.write("There are example projects already.")
            return

        def progress(done):
            self.stdout.write(f"  {done:,} of {count:,} projects")

        try:
            if delete:
                verb, counts = "Deleted", delete_example_projects()
            else:
                on = on or timezone.localdate()
                with transaction.atomic():  # an interrupted command leaves no projects without reports
                    verb, counts = "Added", make_example_projects(count, seed=seed, on=on, progress=progress)
                    counts += add_registers(on, seed=seed)
                    counts += add_reports(on, seed=seed)
                    counts += add_requests(on, seed=seed)
                    counts += add_proposed_facts(on, seed=seed)
        except NotReady as error:
            raise CommandError(str(error)) from error
        rows = ", ".join(f"{number:,} {kind}" for kind, number in counts.items()) or "nothing"
        self.stdout.write(f"{verb} example data: {rows}.")
