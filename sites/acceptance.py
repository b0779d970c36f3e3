"""Acceptance of estate returns: the public then sees them, and what an import added for them."""

from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from .models import Organisation, OrganisationIdentifier, Site, SiteIdentifier, SiteScheme
from .models.accepted import accept


@transaction.atomic
def accept_returns(returns):
    """Accept the returns of a queryset and what they are of. Return how many were waiting.

    Of each return: its site, completed as by `complete_site`; its code of the site (`codes_of`); its reporter with all
    that succeed it, and the codes of these organisations. Each record is saved once, if it changes. Raises
    ValidationError, and changes nothing, if two organisations would have one code.
    """
    returns = list(returns.select_for_update(of=("self",)).order_by("pk"))
    sites = Site.objects.select_for_update().in_bulk({row.site_id for row in returns if row.site_id})
    reporters = {row.aggregate_of_id or row.reported_by_id for row in returns} - {None}
    organisations = with_successors(Organisation.objects.select_for_update().in_bulk(reporters).values())
    waiting = defaultdict(list)
    for code in SiteIdentifier.objects.filter(site__in=sites, accepted=False):
        waiting[code.site_id].append(code)
    number, changed, named = sum(not row.accepted for row in returns), {}, {}
    for row in returns:
        reason = f"Return of {row.financial_year} accepted"
        accept([row], reason)
        if site := sites.get(row.site_id):
            accept(codes_of(row, waiting[site.pk]), reason)
            if complete_site(site, row, organisations.get(row.reported_by_id)):
                changed.setdefault(site, reason)
        if reporter := organisations.get(row.aggregate_of_id or row.reported_by_id):
            named.setdefault(reporter, reason)
    for site, reason in changed.items():
        site._change_reason = reason
        site.save(update_fields=["accepted", "type_as_published", "reported_by"])
    for reporter, reason in named.items():
        accept_organisation(reporter, reason)
    return number


def codes_of(estate_return, waiting):
    """Those of the `waiting` codes of its site that a return brought: the code that its file gave.

    A return of an earlier import does not have this code. Then they are the codes that the same row of the same file
    added, if the history shows any; otherwise all, because it is not known which are its own.
    """
    if estate_return.site_code_as_published:
        own = SiteScheme.ODS_SITE, estate_return.site_code_as_published
        return [code for code in waiting if (code.scheme, code.value) == own]
    if not waiting:
        return []
    rows = set(estate_return.history.values_list("history_change_reason", flat=True)) - {None, ""}
    added = SiteIdentifier.history.filter(id__in=[code.pk for code in waiting], history_type="+")
    ids = set(added.filter(history_change_reason__in=rows).values_list("id", flat=True))
    return [code for code in waiting if code.pk in ids] or waiting


def complete_site(site, estate_return, reporter):
    """Accept a site, and set what is blank: its published type, and who reports it today. Return whether it changes.

    `reporter` reported the return, or is None. Does not save the site.
    """
    today = timezone.localdate()
    before = site.accepted, site.type_as_published, site.reported_by_id
    site.accepted = True
    if reporter:
        site.type_as_published = site.type_as_published or estate_return.site_type_as_published
        acting = [reporter, *reporter.line_of_successors(today)][-1]
        if site.reported_by_id is None and acting.exists_on(today):
            site.reported_by = acting
    return before != (site.accepted, site.type_as_published, site.reported_by_id)


# Organisations -------------------------------------------------------------------------------------------------------


def with_successors(organisations):
    """{id: organisation} of these and all that succeed them, each as one object. A query for each generation."""
    found = {}
    while organisations:
        found |= {organisation.pk: organisation for organisation in organisations}
        missing = {organisation.successor_id for organisation in organisations} - {None} - set(found)
        organisations = list(Organisation.objects.filter(pk__in=missing))
    for organisation in found.values():
        if organisation.successor_id:
            organisation.successor = found[organisation.successor_id]
    return found


def accept_organisation(organisation, reason):
    """Accept an organisation, all that succeed it, and their codes. Raises ValidationError as `accept_returns`."""
    for record in (organisation, *organisation.line_of_successors()):
        accept([record], reason)
        for code in record.identifiers.filter(accepted=False):
            make_way(code, reason)
            code.accepted = True
            code.clean()
            code._change_reason = reason
            code.save(update_fields=["accepted"])


def make_way(code, reason):
    """Let the periods of other organisations with this code start on the day on which this one ended."""
    for other in code.others():
        if other.makes_way_for(code):
            other.valid_from = code.valid_to
            other._change_reason = reason
            other.save(update_fields=["valid_from"])


def conflicts_of(organisation):
    """Sentences why an organisation cannot be accepted: another has a code of it, or of one that succeeds it."""
    if organisation is None:
        return []
    line = [record for record in (organisation, *organisation.line_of_successors()) if record.pk]  # saved ones
    waiting = OrganisationIdentifier.objects.filter(organisation__in=line, accepted=False)
    return [sentence for code in waiting for sentence in code.conflicts()]
