"""Projects of sites and organisations that a user can see."""

from collections import Counter

from django.db.models import Count, Q

from estates_portal.sorting import SortKey
from projects.models import FundingLine, Hub, Programme, Project
from sites.models import Organisation, Site


def projects_at(site, user):
    """Projects that `user` can see with this main or further site."""
    further = site.further_projects.order_by().values("pk")
    return Project.objects.visible_to(user).filter(Q(site=site) | Q(pk__in=further))


def projects_by_site(sites, user):
    """{site id: number of projects that `user` can see with this main or further site}. Two queries."""
    ids = [site.pk for site in sites]
    visible = Project.objects.visible_to(user).order_by()
    main = visible.filter(site__in=ids).values_list("site", "pk")
    further = visible.filter(further_sites__in=ids).values_list("further_sites", "pk")
    return Counter(site for site, _project in {*main, *further})


def projects_of(organisation, user, on):
    """Projects that `user` can see and that the organisation leads or partners; for a network, also its hubs.

    Those of organisations that it has succeeded by the day `on` are included.
    """
    lineage = Organisation.objects.lineage([organisation.pk], on).values("pk")
    involving = Project.objects.of_organisations([organisation.pk], on).order_by().values("pk")
    hubs = Hub.objects.filter(primary_care_networks__in=lineage).order_by().values("pk")
    return Project.objects.visible_to(user).filter(Q(pk__in=involving) | Q(pk__in=hubs))


def programmes_led_by(organisation, user, on):
    """Programmes that `user` can see and that the organisation, or one that it has succeeded by `on`, leads."""
    lineage = Organisation.objects.lineage([organisation.pk], on).values("pk")
    return Programme.objects.visible_to(user).filter(lead_organisation__in=lineage)


def funding_from(organisation, user, on):
    """Funding lines of projects that `user` can see, from the organisation or one that it has succeeded by `on`."""
    lineage = Organisation.objects.lineage([organisation.pk], on).values("pk")
    visible = Project.objects.visible_to(user).order_by().values("pk")
    lines = FundingLine.objects.filter(funding_organisation__in=lineage, project__in=visible)
    return lines.select_related("project").order_by(SortKey("project__title"), "pk")


def sites_of(organisation, reader, on):
    """Sites that `reader` can see and that the organisation, or one that it has succeeded by the day `on`, owns."""
    lineage = Organisation.objects.lineage([organisation.pk], on).values("pk")
    return Site.objects.visible_to(reader).filter(owner__in=lineage)


def led_and_partnered(organisations, user, successions):
    """{organisation id: (number of projects led, number partnered)} that `user` can see. Two queries.

    As on the page of each organisation, those of organisations that it has succeeded are included. `successions` are
    those of `Organisation.objects`.
    """
    lineages = {organisation.pk: {organisation.pk} for organisation in organisations}
    for pk, line in successions.items():
        for successor in line:
            if successor.pk in lineages:
                lineages[successor.pk].add(pk)
    ids = set().union(*lineages.values())
    visible = Project.objects.visible_to(user).order_by()
    led = dict(visible.filter(lead_organisation__in=ids).values_list("lead_organisation").annotate(Count("pk")))
    partnerships = Project.partner_organisations.through.objects.filter(
        organisation__in=ids, project__in=visible.values("pk")
    )
    partnered = {}
    for pk, project in partnerships.values_list("organisation_id", "project_id"):
        partnered.setdefault(pk, set()).add(project)
    return {
        pk: (
            sum(led.get(one, 0) for one in lineage),
            len(set().union(*(partnered.get(one, set()) for one in lineage))),
        )
        for pk, lineage in lineages.items()
    }
