"""Projects of sites and organisations that a user can see."""

from collections import Counter

from django.db.models import Count, Q

from projects.models import Project
from sites.models import Organisation


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


def projects_of(organisation, user):
    """Projects that `user` can see and that the organisation leads or partners; for a network, also its hubs."""
    partnered = organisation.partnered_projects.order_by().values("pk")
    hubs = organisation.hubs.order_by().values("pk")
    visible = Project.objects.visible_to(user)
    return visible.filter(Q(lead_organisation=organisation) | Q(pk__in=partnered) | Q(pk__in=hubs))


def programmes_led_by(organisation, user):
    """Programmes that the organisation leads and that `user` can see."""
    return organisation.led_programmes.visible_to(user)


def led_and_partnered(organisations, user):
    """{organisation id: (number of projects led, number partnered)} that `user` can see. Two queries."""
    ids = [organisation.pk for organisation in organisations]
    visible = Project.objects.visible_to(user).order_by()
    led = dict(visible.filter(lead_organisation__in=ids).values_list("lead_organisation").annotate(Count("pk")))
    partnered = dict(
        Organisation.objects.filter(pk__in=ids, partnered_projects__in=visible.values("pk"))
        .order_by()
        .values_list("pk")
        .annotate(Count("partnered_projects"))
    )
    return {pk: (led.get(pk, 0), partnered.get(pk, 0)) for pk in ids}
