"""Finds the organisation and the site of each row of an estate return: by their codes, else by the user's answer.

Answers are kept as JSON: {"organisations": {code: answer}, "sites": {code: answer}}. An answer is one of the
dictionaries that the functions below make.
"""

import datetime
import re
from dataclasses import dataclass, field

from django.db.models import Q

from estates_portal.likeness import same_name, telling_words
from estates_portal.sorting import SortKey
from sites.models import (
    EstateReturn,
    Organisation,
    OrganisationIdentifier,
    OrganisationKind,
    OrganisationScheme,
    Place,
    Site,
    SiteIdentifier,
    SiteKind,
    SiteScheme,
    normalise_postcode,
)

SUGGESTIONS = 5
MIN_LIKENESS = 0.2  # of names of sites: they are often short
MIN_LIKENESS_OF_ORGANISATIONS = 0.4
SMALL_WORDS = {"of", "and", "the", "for", "at", "in", "on"}
ABBREVIATIONS = {"MHU", "ICU", "CDU", "UK", "RAF"}  # and words without vowels
KINDS = {"GENERAL ACUTE HOSPITAL": SiteKind.ACUTE_HOSPITAL, "COMMUNITY HOSPITAL": SiteKind.COMMUNITY_HOSPITAL}


# Answers


def same_record(record):
    """The row is of this organisation or site."""
    return {"is": record.pk}


def leave_out():
    """The rows of this organisation are not imported."""
    return {"leave_out": True}


def new_organisation(name, *, ended_on=None, successor=None):
    """The rows are of an organisation that is not recorded, which ended on this day or still exists."""
    return {
        "name": name,
        "ended_on": ended_on.isoformat() if ended_on else None,
        "successor": successor.pk if successor else None,
    }


def new_site(name, *, place=None, outside_area=False):
    """The row is of a site that is not recorded: in this place, outside the area, or not known where."""
    return {"name": name, "place": place.pk if place else None, "outside_area": outside_area}


# Names


def ordinary_name(name):
    """A name in capitals in ordinary letters: "ST MARY'S HOSPITAL" gives "St Mary's Hospital". To be checked."""
    if name != name.upper():
        return name

    def ordinary(word):
        bare = re.sub(r"[^A-Z]", "", word)
        has_vowel = re.search(r"[AEIOUY]", bare) or bare in {"ST", "MR", "MRS", "DR"}
        if bare in ABBREVIATIONS or not has_vowel or re.search(r"\w\.\w", word):
            return word  # an abbreviation
        return re.sub(r"[A-Z]+('[A-Z]+)?", lambda match: match[0].capitalize(), word)

    words = [ordinary(word) for word in name.split()]
    return " ".join(word.lower() if at and word.lower() in SMALL_WORDS else word for at, word in enumerate(words))


# Questions


@dataclass(frozen=True)
class OrganisationQuestion:
    """Which organisation is it? `candidate` had the code in that year, or is None; then names suggest others."""

    code: str
    published_name: str
    candidate: Organisation | None
    suggestions: list

    @property
    def name(self):
        return ordinary_name(self.published_name)


@dataclass(frozen=True)
class SiteQuestion:
    """Which site is it? The suggestions are sites, the likeliest first."""

    row: object
    suggestions: list

    @property
    def code(self):
        return self.row.site_code

    @property
    def name(self):
        return ordinary_name(self.row.site_name or self.code)


@dataclass
class Matches:
    """What `match` finds. Records without an id are new.

    `organisations` and `sites` are {code: record}; `left_out` are the codes whose rows are not imported.
    """

    organisations: dict = field(default_factory=dict)
    sites: dict = field(default_factory=dict)
    left_out: set = field(default_factory=set)
    organisation_questions: list = field(default_factory=list)
    site_questions: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    @property
    def questions(self):
        return [*self.organisation_questions, *self.site_questions]


def match(rows, *, year, answers):
    """The `Matches` of the rows of a year. A constant number of queries.

    Sites are asked only for organisations that are known, as the suggestions depend on them.
    """
    matches = Matches()
    _match_organisations(matches, rows, datetime.date(year + 1, 3, 31), answers.get("organisations", {}))
    _match_sites(matches, rows, answers.get("sites", {}))
    matches.errors = repeated_returns(matches, rows)
    return matches


def organisations_with(codes, on):
    """{code: the organisation that had the ODS code on the day}. One query.

    Of two, the one whose code is not accepted yet: the other will make way for it.
    """
    identifiers = OrganisationIdentifier.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=on),
        Q(valid_to__isnull=True) | Q(valid_to__gt=on),
        scheme=OrganisationScheme.ODS,
        value__in=codes,
    )
    identifiers = identifiers.select_related("organisation__successor").order_by("-accepted", "pk")
    return {row.value: row.organisation for row in identifiers}


def reporters_by_name(names):
    """{name as published: the organisation that returns with this name are of}, if it is only one. Two queries."""
    returns = EstateReturn.objects.filter(reported_as__in=names).order_by()
    found = {}
    for name, *ids in returns.values_list("reported_as", "reported_by", "aggregate_of").distinct():
        found.setdefault(name, set()).update(pk for pk in ids if pk)
    organisations = Organisation.objects.in_bulk({pk for ids in found.values() for pk in ids})
    return {name: organisations[next(iter(ids))] for name, ids in found.items() if len(ids) == 1}


def _match_organisations(matches, rows, on, answers):
    names = {row.organisation_code: row.organisation_name for row in rows}
    holders = organisations_with(names, on)
    answered = Organisation.objects.in_bulk([answer["is"] for answer in answers.values() if "is" in answer])
    successors = Organisation.objects.in_bulk(
        [answer["successor"] for answer in answers.values() if answer.get("successor")]
    )
    reporters = reporters_by_name(names.values())
    open_codes = []
    for code, name in names.items():
        holder, answer = holders.get(code), answers.get(code)
        if answer and answer.get("leave_out"):
            matches.left_out.add(code)
        elif answer and "name" in answer:
            matches.organisations[code] = Organisation(
                name=answer["name"],
                kind=OrganisationKind.NHS_TRUST,
                valid_to=datetime.date.fromisoformat(answer["ended_on"]) if answer["ended_on"] else None,
                successor=successors.get(answer["successor"]),
            )
        elif answer and answer.get("is") in answered:
            matches.organisations[code] = answered[answer["is"]]
        elif name in reporters and reporters[name].exists_on(on):
            matches.organisations[code] = reporters[name]
        elif holder and holder.exists_on(on) and same_name(holder.name, name):
            matches.organisations[code] = holder
        else:
            open_codes.append(code)
    likely = likely_organisations() if any(code not in holders for code in open_codes) else []
    for code in open_codes:
        suggestions = [] if code in holders else most_alike(likely, telling_words(names[code]), 3)
        question = OrganisationQuestion(code, names[code], holders.get(code), suggestions)
        matches.organisation_questions.append(question)


def likely_organisations():
    """[(organisation, its telling words)] of those that can report an estate."""
    organisations = Organisation.objects.not_merged().filter(is_example=False)
    organisations = organisations.exclude(
        kind__in=(OrganisationKind.GP_PRACTICE, OrganisationKind.PRIMARY_CARE_NETWORK)
    )
    return [(organisation, telling_words(organisation.name)) for organisation in organisations]


def most_alike(records, words, number):
    """The organisations whose words are most like these: at most `number`, of [(organisation, words)]."""
    scored = [(-likeness(words, its_words), at, record) for at, (record, its_words) in enumerate(records)]
    return [
        record
        for score, _at, record in sorted(scored, key=lambda row: row[:2])[:number]
        if score <= -MIN_LIKENESS_OF_ORGANISATIONS
    ]


def likeness(words, others):
    """The share of two sets of words that they have in common, from 0 to 1."""
    return len(words & others) / len(words | others) if words & others else 0


def _match_sites(matches, rows, answers):
    rows = [row for row in rows if row.organisation_code in matches.organisations and not row.is_aggregate]
    by_code = {row.site_code: row for row in rows}
    identifiers = SiteIdentifier.objects.filter(scheme=SiteScheme.ODS_SITE, value__in=by_code).select_related("site")
    recorded = {identifier.value: identifier.site for identifier in identifiers}
    answered = Site.objects.in_bulk([answer["is"] for answer in answers.values() if "is" in answer])
    places = Place.objects.in_bulk([answer["place"] for answer in answers.values() if answer.get("place")])
    open_rows = []
    for code, row in by_code.items():
        answer = answers.get(code, {})
        if code in recorded:
            matches.sites[code] = recorded[code]
        elif answer.get("is") in answered:
            matches.sites[code] = answered[answer["is"]]
        elif "name" in answer:
            matches.sites[code] = Site(
                name=answer["name"],
                kind=KINDS.get(row.site_type.upper(), SiteKind.OTHER),
                place=places.get(answer["place"]),
                outside_area=answer["outside_area"],
                postcode=good_postcode(row.postcode),
            )
        else:
            open_rows.append(row)
    likely = Suggestions(matches) if open_rows else None
    matches.site_questions = [SiteQuestion(row, likely.for_row(row)) for row in open_rows]


def good_postcode(text):
    """The postcode, or "" if it is not one."""
    try:
        return normalise_postcode(text)
    except ValueError:
        return ""


def repeated_returns(matches, rows):
    """Sentences about rows of one organisation, whatever its codes, that are of one site or both its aggregate.

    Only one of them can be its return.
    """
    seen, errors = {}, []
    for row in rows:
        organisation = matches.organisations.get(row.organisation_code)
        site = None if row.is_aggregate else matches.sites.get(row.site_code)
        if organisation is None or (not row.is_aggregate and (site is None or site.pk is None)):
            continue
        other = seen.setdefault((organisation.pk or organisation.name, site and site.pk), row)
        if other is row:
            continue
        both = " and ".join(f"{it.line} ({it.site_code} of {it.organisation_code})" for it in (other, row))
        what = f"of {site}, reported by {organisation}" if site else f"the aggregate of {organisation}"
        other_answer = "another organisation" if row.is_aggregate else "another site or organisation"
        errors.append(f"Rows {both} are both {what}. Select {other_answer} for one of them")
    return errors


class Suggestions:
    """Suggests sites by name, organisation and postcode. Reads all sites, once."""

    def __init__(self, matches):
        self.organisations = matches.organisations
        taken = {site.pk for site in matches.sites.values()}
        sites = Site.objects.filter(is_example=False).select_related("place").order_by(SortKey("name"), "slug")
        self.sites = [(site, telling_words(site.name)) for site in sites if site.pk not in taken]

    def for_row(self, row):
        words = telling_words(row.site_name)
        organisation = self.organisations[row.organisation_code]
        family = {organisation.pk, organisation.successor_id} - {None}
        postcode = good_postcode(row.postcode)
        scored = []
        for at, (site, its_words) in enumerate(self.sites):
            score = likeness(words, its_words)
            score += 1 if postcode and site.postcode == postcode else 0
            if score:
                score += 0.3 if family & {site.owner_id, site.reported_by_id} else 0
                scored.append((-score, at, site))
        scored.sort(key=lambda row: row[:2])
        return [site for score, _at, site in scored[:SUGGESTIONS] if score <= -MIN_LIKENESS]
