"""Pages of sites, organisations and places."""

import re

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Prefetch, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.rules import HAND_OVER
from estates_portal.addresses import Moved, get_by_slug
from estates_portal.caching import cached_until_change, conditional_get
from estates_portal.paging import page_of
from estates_portal.sorting import SortKey
from projects.estate_risk import removed_at
from projects.labels import label_counts
from projects.models import Project
from projects.models.statements import column_for
from sites.filters import SITE_COLUMNS
from sites.models import (
    ConditionSurvey,
    EstateReturn,
    Organisation,
    OrganisationKind,
    Place,
    Site,
    hide_waiting,
    with_full_names,
)
from sites.successions import successions_of

from .estate import BANDS, SUMMED, SiteReturns, conditions_of, organisation_returns, years_of_former
from .headings import sort_headings
from .organisation_list import ended_on, organisation_filter
from .place_queries import (
    funding_from,
    led_and_partnered,
    programmes_led_by,
    projects_at,
    projects_of,
    sites_of,
)
from .site_list import site_filter, site_rows

SITES_SHOWN = 20  # on the page of their owner
SITE_HEADINGS = {name: label for name, (label, _up, _down) in SITE_COLUMNS.items()} | {"area": "Area, m²", "cir": "CIR"}


def page_of_projects(request, projects, count=None):
    """The page of project ids, by title.

    With `count`, the number of projects, reads only the ids of the page; else caches all ids until the data changes.
    """
    ids = projects.order_by(SortKey("title"), "pk").values_list("pk", flat=True)
    if count is None:
        ids = cached_until_change(request, ("projects", request.path), lambda: list(ids))
    return page_of(request, ids, count=count)


@login_not_required
@require_safe
@conditional_get
def site_list(request):
    filterset = site_filter(request)
    sites = filterset.found
    chosen = sorted(filterset.form.cleaned_data.items())
    page = page_of(request, sites, count=cached_until_change(request, ("sites", chosen), sites.count))
    rows = cached_until_change(
        request, ("rows of sites", chosen, page.number), lambda: site_rows(page.object_list, request.user)
    )
    context = {
        "form": filterset.form,
        "page_obj": page,
        "rows": rows,
        "headings": sort_headings(request, SITE_HEADINGS, *filterset.order, numbers={"area", "backlog", "cir"}),
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "add_url": reverse("projects:site_add") if request.user.has_perm("sites.add_site") else "",
        "map_sites": cached_until_change(request, ("map", chosen), lambda: list(sites.located().select_related(None))),
        "example_data": any(row.site.is_example for row in rows),
    }
    return render(request, "sites/site_list.html", context)


@login_not_required
@require_safe
@conditional_get
def site_detail(request, slug):
    reader = request.user
    sites = Site.objects.visible_to(reader).select_related("place", "owner__successor", "reported_by")
    sites = sites.prefetch_related(
        "identifiers",
        Prefetch("estate_returns", EstateReturn.objects.naming_visible(reader).select_related("reported_by")),
        Prefetch("surveys", ConditionSurvey.objects.visible_to(reader)),
    )
    site = hide_waiting(get_by_slug(sites, slug), reader, "owner", "reported_by")
    if site.owner:
        hide_waiting(site.owner, reader, "successor")
    page = page_of_projects(request, projects_at(site, reader))
    context = {
        "site": site,
        "edit_url": reverse("projects:site_edit", args=[slug]) if reader.has_perm("sites.change_site") else "",
        "page_obj": page,
        "estate": SiteReturns.of(list(site.estate_returns.all()), successions_of(request)),
        "bands": BANDS,
        "conditions": conditions_of(site.surveys.all()),
        "removed": cached_until_change(request, ("removed at", site.pk), lambda: removed_at(site, reader)),
        "example_data": site.is_example,
    }
    return render(request, "sites/site_detail.html", context)


@login_not_required
@require_safe
@conditional_get
def organisation_list(request):
    today = timezone.localdate()
    filterset = organisation_filter(request, today)
    page = page_of(request, filterset.found)
    organisation_ids = [organisation.pk for organisation in page.object_list]
    counts = cached_until_change(
        request,
        ("led", organisation_ids),
        lambda: led_and_partnered(page.object_list, request.user, successions_of(request)),
    )
    can_add = request.user.has_perm("sites.add_organisation")
    context = {
        "form": filterset.form,
        "add_url": reverse("projects:organisation_add") if can_add else "",
        "page_obj": page,
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "rows": [
            (organisation, *counts[organisation.pk], organisation.exists_on(today)) for organisation in page.object_list
        ],
        "example_data": any(organisation.is_example for organisation in page.object_list),
    }
    return render(request, "sites/organisation_list.html", context)


@login_not_required
@require_safe
@conditional_get
def organisation_detail(request, slug):
    visible = Organisation.objects.visible_to(request.user)
    organisations = visible.select_related("place", "network", "successor", "merged_into")
    organisation = get_by_slug(organisations.prefetch_related("identifiers"), slug)
    hide_waiting(organisation, request.user, "network", "successor", "merged_into")
    if organisation.merged_into:
        raise Moved("slug", organisation.merged_into.slug)
    today = timezone.localdate()
    sites = sites_of(organisation, request.user, today)
    earlier = list(
        visible.filter(Q(successor=organisation) | Q(merged_into=organisation)).annotate(has_ended=ended_on(today))
    )
    predecessors = [former for former in earlier if former.successor_id == organisation.pk]
    can_edit = request.user.has_perm("sites.change_organisation")
    context = {
        "organisation": organisation,
        "edit_url": reverse("projects:organisation_edit", args=[slug]) if can_edit else "",
        "estate": organisation_returns(organisation, request.user, _year_in(request)),
        "headings": SUMMED.values(),
        "former_returns": years_of_former(predecessors, request.user),
        "can_hand_over": request.user.has_perm(HAND_OVER),
        "ended": not organisation.exists_on(today),
        "page_obj": page_of_projects(request, projects_of(organisation, request.user, today)),
        "merged": [former for former in earlier if former.merged_into_id == organisation.pk],
        "practices": list(visible.filter(network=organisation)),
        "predecessors": predecessors,
        "programmes": list(programmes_led_by(organisation, request.user, today)),
        "funding": list(funding_from(organisation, request.user, today)),
        "sites": with_full_names(sites[:SITES_SHOWN]),
        "site_count": sites.count(),
        "example_data": organisation.is_example,
    }
    return render(request, "sites/organisation_detail.html", context)


def _year_in(request):
    """The year in the address, or None."""
    year = request.GET.get("year", "")
    return int(year) if re.fullmatch("[0-9]{4}", year) else None


@login_not_required
@require_safe
@conditional_get
def place_list(request):
    """The places, with the numbers of their projects and sites."""
    visible = Project.objects.visible_to(request.user)
    sites = Site.objects.visible_to(request.user).filter(is_example=False)
    context = {
        "places": Place.objects.annotate(
            project_number=Count("projects", filter=Q(projects__in=visible), distinct=True),
            site_number=Count("sites", filter=Q(sites__in=sites), distinct=True),
        ),
        "example_data": visible.filter(place__isnull=False, is_example=True).exists(),
    }
    return render(request, "sites/place_list.html", context)


@login_not_required
@require_safe
@conditional_get
def place_detail(request, slug):
    place = hide_waiting(get_by_slug(Place.objects.select_related("council"), slug), request.user, "council")
    projects = place.projects.visible_to(request.user)
    stage = column_for(request.user, "stage")
    counts = cached_until_change(request, ("tally of a place", place.pk), lambda: projects.tally(stage, "is_example"))
    networks = place.organisations.visible_to(request.user).filter(kind=OrganisationKind.PRIMARY_CARE_NETWORK)
    context = {
        "place": place,
        "page_obj": page_of_projects(request, projects, counts["is_example"].total()),
        "stages": label_counts(counts[stage], projects.model._meta.get_field("stage").choices),
        "sites": with_full_names(place.sites.visible_to(request.user).filter(is_example=False)),
        "networks": list(networks.filter(is_example=False)),
        "example_data": bool(counts["is_example"][True]),
    }
    return render(request, "sites/place_detail.html", context)
