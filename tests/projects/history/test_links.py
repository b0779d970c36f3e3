"""The history of partners, priorities, sites, networks and services of projects, and who could see a project."""

import datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts.models import Role
from projects.history.visibility import who_could_see
from projects.models import LINKS, Hub, NotRecorded, Project, Service, linked_at
from projects.models.links import ALREADY_LINKED
from tests.admin_forms import filled_in
from tests.deletions import delete_whole
from tests.factories import HubFactory, OrganisationFactory, PriorityFactory, SiteFactory, UserFactory
from tests.release import load_release

pytestmark = pytest.mark.django_db
PARTNERS = Project.partner_organisations
DAY = datetime.date


def noon(month, day):
    return datetime.datetime(2026, month, day, 12, tzinfo=datetime.UTC)


def history_page(client, project):
    return client.get(reverse("projects:project_history", args=[project.slug]))


def rows_of(link, project):
    column = f"{link.field.m2m_field_name()}_id"
    rows = link.through.history.filter(**{column: project.pk}).order_by("history_id")
    return list(rows.values_list("history_type", f"{link.field.m2m_reverse_field_name()}_id"))


def test_administrator_changes_partners_and_history_names_them(admin_client, viewer_client):
    ash, beech, cedar = (OrganisationFactory(name=f"{name} Trust") for name in ("Ash", "Beech", "Cedar"))
    hub, priority = HubFactory(), PriorityFactory(title="Care closer to home")
    hub.partner_organisations.add(cedar)
    url = reverse("admin:projects_hub_change", args=[hub.pk])
    data = filled_in(admin_client.get(url), partner_organisations=[ash.pk, beech.pk], priorities=[priority.pk])
    assert admin_client.post(url, data).status_code == 302

    page = history_page(viewer_client, hub)
    changes = {change.label: change.summary for entry in page.context["entries"] for change in entry.changes}
    entry = page.context["entries"][0]
    assert entry.who == admin_client.user.name
    assert [(change.label, change.summary) for change in entry.changes] == [
        ("Partner organisations", "added Ash Trust, Beech Trust; removed Cedar Trust"),
        ("Priorities", "added Care closer to home"),
    ]
    assert set(changes) >= {"Partner organisations", "Priorities"}
    admin_history = admin_client.get(reverse("admin:projects_hub_history", args=[hub.pk]))
    assertContains(admin_history, reverse("projects:project_history", args=[hub.slug]))


def test_every_link_is_recorded_from_both_sides():
    hub, other = HubFactory(), HubFactory()
    for link in LINKS:
        target = {
            "priorities": PriorityFactory,
            "further_sites": SiteFactory,
            "services": lambda: Service.objects.create(name="Physiotherapy"),
        }.get(link.field.name, OrganisationFactory)()
        links = getattr(hub, link.field.name)
        links.add(target)
        links.add(target)
        links.remove(target)
        links.remove(target)
        links.set([target])
        links.clear()
        assert rows_of(link, hub) == [("+", target.pk), ("-", target.pk)] * 2
        from_target = getattr(target, link.field.remote_field.get_accessor_name())
        from_target.set([other])
        from_target.clear()
        assert rows_of(link, other) == [("+", target.pk), ("-", target.pk)]


def test_deleting_a_record_ends_its_links_in_history(admin_client):
    hub, partner = HubFactory(), OrganisationFactory(name="Ash Trust")
    priority = PriorityFactory()
    hub.partner_organisations.add(partner)
    hub.priorities.add(priority)
    pk = hub.pk
    priority.delete()
    assert rows_of(Project.priorities, hub)[-1][0] == "-"
    delete_whole(hub)
    assert [history_type for history_type, _pk in rows_of(PARTNERS, Hub(pk=pk))] == ["+", "-"]


def test_name_of_deleted_partner_stays_in_history(viewer_client):
    hub, partner = HubFactory(), OrganisationFactory(name="Ash Trust")
    hub.partner_organisations.add(partner)
    partner.delete()
    assertContains(history_page(viewer_client, hub), "Ash Trust")


def test_loader_records_links_with_its_reason():
    load_release()
    row = Project.priorities.through.history.first()
    assert (row.history_type, row.history_change_reason) == ("+", "Loaded from the system's data")
    assert Project.priorities.through.history.count() == Project.priorities.through.objects.count()


def test_links_go_back_from_today(time_machine):
    time_machine.move_to(noon(3, 1))
    hub, ash, beech = HubFactory(), OrganisationFactory(), OrganisationFactory()
    hub.partner_organisations.add(ash)
    time_machine.move_to(noon(5, 1))
    hub.partner_organisations.set([beech])
    assert [linked_at(PARTNERS, hub, noon(month, 1)) for month in (2, 4, 6)] == [set(), {ash.pk}, {beech.pk}]


# Links from before the upgrade ---------------------------------------------------------------------------------------


def upgrade():
    import_module("projects.migrations.0044_history_of_links").record(apps, None)


def forget(link):
    link.through.history.all().delete()


def test_links_before_the_upgrade_are_not_recorded(time_machine, viewer_client):
    time_machine.move_to(noon(3, 1))
    hub, ash, beech = HubFactory(), OrganisationFactory(name="Ash Trust"), OrganisationFactory()
    hub.partner_organisations.add(ash)
    forget(PARTNERS)
    time_machine.move_to(noon(5, 1))
    upgrade()
    time_machine.move_to(noon(6, 1))
    newer = HubFactory()
    hub.partner_organisations.set([beech])
    Hub.history.bulk_history_create([hub])  # as when it is restored
    with pytest.raises(NotRecorded):
        linked_at(PARTNERS, hub, noon(4, 1))
    with pytest.raises(NotRecorded):
        who_could_see(hub, DAY(2026, 4, 1))
    assert linked_at(PARTNERS, hub, noon(5, 2)) == {ash.pk}
    assert linked_at(PARTNERS, newer, noon(4, 1)) == set()
    first = PARTNERS.through.history.last()
    assert (first.history_type, first.history_change_reason) == ("+", ALREADY_LINKED)
    assertContains(history_page(viewer_client, hub), "Ash Trust; linked before changes were recorded")


# Who could see a project ---------------------------------------------------------------------------------------------


@pytest.fixture
def people(time_machine):
    """Users of an office and three trusts since January."""
    time_machine.move_to(noon(1, 5))
    names = ("ash", "beech", "cedar")
    trusts = {name: OrganisationFactory(name=f"{name} trust") for name in names}
    users = {name: UserFactory(role=Role.VIEWER, organisation=trust) for name, trust in trusts.items()}
    return trusts, users | {"office": UserFactory(role=Role.PROGRAMME_OFFICE)}


def test_who_could_see_restricted_project_on_a_day(time_machine, people):
    trusts, users = people
    hub = HubFactory(published=False, restricted=True, lead_organisation=trusts["ash"])
    time_machine.move_to(noon(4, 10))
    hub.partner_organisations.add(trusts["beech"])
    time_machine.move_to(noon(6, 1))
    hub.partner_organisations.set([trusts["cedar"]])
    users["ash"].is_active = False
    users["ash"].save()
    time_machine.move_to(noon(8, 1))
    hub.restricted = False
    hub.save()
    time_machine.move_to(noon(9, 1))
    hub.published = True
    hub.save()

    def seen_by(month, day):
        audience = who_could_see(hub, DAY(2026, month, day))
        return {name for name, user in users.items() if user.pk in audience.users}

    assert seen_by(4, 9) == {"ash", "office"}
    assert seen_by(4, 10) == {"ash", "beech", "office"}
    assert seen_by(6, 2) == {"cedar", "office"}
    assert seen_by(8, 2) == {"beech", "cedar", "office"}
    audiences = [who_could_see(hub, DAY(2026, month, 2)) for month in (7, 8, 9)]
    assert [(audience.is_public, audience.is_open) for audience in audiences] == [
        (False, False),
        (False, True),
        (True, True),
    ]
    assert audiences[0].organisations == {trusts["ash"].pk, trusts["cedar"].pk}
    with pytest.raises(NotRecorded):
        who_could_see(hub, DAY(2026, 1, 1))


def test_successor_of_partner_could_see_project_from_the_day_it_was_recorded(time_machine, people):
    trusts, users = people
    hub = HubFactory(published=False, restricted=True, lead_organisation=trusts["ash"])
    time_machine.move_to(noon(5, 1))
    trusts["ash"].valid_to, trusts["ash"].successor = DAY(2026, 4, 1), trusts["beech"]
    trusts["ash"].save()
    assert users["beech"].pk not in who_could_see(hub, DAY(2026, 4, 20)).users
    assert users["beech"].pk in who_could_see(hub, DAY(2026, 5, 1)).users
    assert set(Project.objects.visible_to(users["beech"])) == {hub.project_ptr}


def test_no_one_could_see_deleted_project(time_machine, people):
    hub = HubFactory(lead_organisation=None)
    time_machine.move_to(noon(5, 1))
    deleted = Project.objects.get(pk=hub.pk)
    deleted.as_its_kind()
    delete_whole(hub)
    assert who_could_see(deleted, DAY(2026, 5, 2)).users == frozenset()
    assert who_could_see(deleted, DAY(2026, 4, 2)).is_public
