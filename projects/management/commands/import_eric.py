"""Import a year's file of estate returns (ERIC) from the command line."""

import datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.spreadsheets import MAX_BYTES, UnreadableFile, read_sheets
from projects.importing.eric_file import read_eric
from projects.importing.estate_returns import Published, ReturnsImport, default_source, import_summary
from projects.importing.matching import (
    OrganisationQuestion,
    leave_out,
    new_organisation,
    new_site,
    ordinary_name,
    organisations_with,
    same_record,
)
from projects.labels import plural
from sites.models import EstateReturn, Organisation, Site


def answer(text):
    """CODE=VALUE of an option as (code, value); the value is "" without an equals sign."""
    code, _equals, value = text.partition("=")
    return code.strip().upper(), value.strip()


class Command(BaseCommand):
    help = "Import estate returns (ERIC). Lists the questions that need an answer and then imports nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the site data of one year, .xls or CSV")
        parser.add_argument("--year", type=int, required=True, help="the year in which the financial year starts")
        parser.add_argument(
            "--organisations", nargs="+", metavar="CODE", help="by default those that the portal knows in that year"
        )
        parser.add_argument(
            "--organisation", nargs="+", default=[], metavar="CODE=SLUG", help="the code is of this organisation"
        )
        parser.add_argument(
            "--new-organisation",
            nargs="+",
            default=[],
            metavar="CODE[=DATE]",
            help="the code is of an organisation to add, which ended on this day; one with the code today succeeded it",
        )
        parser.add_argument("--leave-out", nargs="+", default=[], metavar="CODE", help="do not import its rows")
        parser.add_argument("--site", nargs="+", default=[], metavar="CODE=SLUG", help="the code is of this site")
        parser.add_argument(
            "--new-sites", action="store_true", help="add all other unknown sites, as sites outside the area"
        )
        parser.add_argument("--source", default="", help="the source in words")
        parser.add_argument("--source-url", default="", help="the web address of the source")
        parser.add_argument("--published-on", type=datetime.date.fromisoformat, metavar="DATE")
        parser.add_argument("--accept", action="store_true", help="accept the returns, so that the public sees them")
        parser.add_argument("--dry-run", action="store_true", help="count what would change")

    @transaction.atomic
    def handle(self, *, year, **options):
        self.check_details(year, options)
        eric = self.read(options["file"])
        known = organisations_with(eric.trusts, datetime.date(year + 1, 3, 31))
        codes = [code.upper() for code in options["organisations"] or known]
        if unknown := sorted(set(codes) - set(eric.trusts)):
            raise CommandError(f"Not in the file: {', '.join(unknown)}")
        answers = {
            "organisations": self.organisation_answers(eric, known, options),
            "sites": self.site_answers(options),
        }
        returns = ReturnsImport(eric.rows, year=year, codes=codes, answers=answers)
        if options["new_sites"] and not returns.matches.organisation_questions:
            for question in returns.matches.site_questions:
                answers["sites"][question.code] = new_site(question.name, outside_area=True)
            returns = ReturnsImport(eric.rows, year=year, codes=codes, answers=answers)
        for problem in eric.problems:
            self.stderr.write(problem)
        if returns.questions:
            raise CommandError(
                f"Nothing was imported: {plural(len(returns.questions), 'question')}.\n"
                + "\n".join(self.in_words(question) for question in returns.questions)
            )
        self.finish(returns, year, options)

    def check_details(self, year, options):
        try:
            EstateReturn._meta.get_field("year").run_validators(year)
            EstateReturn._meta.get_field("source_url").run_validators(options["source_url"])
            EstateReturn._meta.get_field("source_words").run_validators(options["source"])
        except ValidationError as error:
            raise CommandError(f"Nothing was imported. {' '.join(error.messages)}") from error

    def read(self, path):
        try:
            with open(path, "rb") as file:
                return read_eric(read_sheets(file.read(MAX_BYTES + 1)))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        except UnreadableFile as error:
            raise CommandError(f"Nothing was imported. {error}") from error

    def organisation_answers(self, eric, known, options):
        answers = {code: leave_out() for code in map(str.upper, options["leave_out"])}
        for code, slug in map(answer, options["organisation"]):
            answers[code] = same_record(self.record(Organisation, slug))
        for code, ended in map(answer, options["new_organisation"]):
            try:
                ended_on = datetime.date.fromisoformat(ended) if ended else None
            except ValueError:
                raise CommandError(f"“{ended}” is not a date written yyyy-mm-dd") from None
            name = ordinary_name(eric.trusts.get(code, code))
            answers[code] = new_organisation(name, ended_on=ended_on, successor=known.get(code))
        return answers

    def site_answers(self, options):
        return {code: same_record(self.record(Site, slug)) for code, slug in map(answer, options["site"])}

    def record(self, model, slug):
        try:
            return model.objects.get(slug=slug)
        except model.DoesNotExist:
            raise CommandError(f"No {model._meta.verbose_name} has the address “{slug}”") from None

    def in_words(self, question):
        if isinstance(question, OrganisationQuestion):
            likely = [question.candidate] if question.candidate else question.suggestions
            options = [f"--organisation {question.code}={record.slug}" for record in likely]
            options += [f"--new-organisation {question.code}=DATE", f"--leave-out {question.code}"]
            return f"Which organisation is {question.code} {question.published_name}? {', '.join(options)}"
        options = [f"--site {question.code}={site.slug}" for site in question.suggestions] or ["--site CODE=SLUG"]
        return f"Which site is {question.code} {question.row.site_name}? {', '.join([*options, '--new-sites'])}"

    def finish(self, returns, year, options):
        source = Published(options["source"] or default_source(year), options["source_url"], options["published_on"])
        try:
            counts = returns.apply(published=source, accept=options["accept"])
        except ValidationError as error:
            raise CommandError(f"Nothing was imported. {' '.join(error.messages)}") from error
        summary = import_summary(counts)
        if options["dry_run"]:
            transaction.set_rollback(True)
            self.stdout.write(f"Would import: {summary}.")
            return
        record(AuditKind.IMPORTED, detail=f"{options['file'].name}, {default_source(year)}: {summary}")
        self.stdout.write(f"Imported: {summary}.")
