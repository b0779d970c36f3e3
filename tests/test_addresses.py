"""Permanent addresses: former slugs redirect, in every kind of page, and no new record takes one."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.addresses import kind_of, models_with_pages
from projects.models import Priority, Programme, Project, ReportingPeriod
from sites.models import FormerAddress, Organisation, Place, Site
from tests.admin_forms import filled_in
from tests.factories import (
    HospitalSchemeFactory,
    HubFactory,
    OrganisationFactory,
    PlaceFactory,
    PriorityFactory,
    ProgrammeFactory,
    ReportingPeriodFactory,
    SiteFactory,
)
from tests.form_inputs import posted_by

pytestmark = pytest.mark.django_db


def public_programme(**fields):
    programme = ProgrammeFactory(**fields)
    HubFactory(programme=programme)
    return programme


# {kind: (factory, name of the page, name of a page below it)}
KINDS = {
    "project": (HubFactory, "projects:project_detail", "projects:project_timeline"),
    "programme": (public_programme, "projects:programme_detail", None),
    "priority": (PriorityFactory, "projects:priority_detail", None),
    "organisation": (OrganisationFactory, "sites:organisation_detail", None),
    "site": (SiteFactory, "sites:site_detail", None),
    "place": (PlaceFactory, "sites:place_detail", None),
    "reportingperiod": (ReportingPeriodFactory, "projects:period_detail", "projects:period_close"),
}
FACTORIES = {kind: make for kind, (make, _page, _below) in KINDS.items()}


def rename(record, slug):
    record.slug = slug
    record.save()


def test_every_record_with_a_page_keeps_its_addresses():
    assert {kind_of(model) for model in models_with_pages()} == set(KINDS)
    assert set(models_with_pages()) == {Project, Programme, Priority, Organisation, Site, Place, ReportingPeriod}


# Redirects -----------------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", KINDS)
def test_both_former_addresses_redirect_after_renaming_twice(office_client, kind):
    make, page, below = KINDS[kind]
    record = make(slug="first")
    rename(record, "second")
    rename(record, "third")
    for former in ("first", "second"):
        for name in filter(None, (page, below)):
            response = office_client.get(reverse(name, args=[former]) + "?page=2&q=a%20b")
            assert response.status_code == 301
            assert response["Location"] == reverse(name, args=["third"]) + "?page=2&q=a%20b"
            assert office_client.get(response["Location"]).status_code == 200
    assert office_client.get(reverse(page, args=["third"])).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_record_can_return_to_its_former_slug(office_client, kind):
    make, page, _below = KINDS[kind]
    record = make(slug="first")
    rename(record, "second")
    rename(record, "first")
    assert office_client.get(reverse(page, args=["first"])).status_code == 200
    response = office_client.get(reverse(page, args=["second"]))
    assert response.status_code == 301 and response["Location"] == reverse(page, args=["first"])
    assert "no-store" in response["Cache-Control"]  # else browsers would go in a circle


@pytest.mark.both_databases
def test_update_of_queryset_keeps_former_address(client):
    hub = HubFactory(slug="first")
    Project.objects.filter(pk=hub.pk).update(slug="second")
    assertRedirects(client.get("/projects/first/"), "/projects/second/", status_code=301)


def test_post_to_former_address_keeps_its_data(office_client):
    rename(HubFactory(slug="first"), "second")
    response = office_client.post("/projects/first/follow/", {"action": "follow"})
    assert response.status_code == 308 and response["Location"] == "/projects/second/follow/"


def test_report_address_redirects_for_former_project_and_former_period(office_client):
    rename(HubFactory(slug="hub"), "new-hub")
    rename(ReportingPeriodFactory(slug="november"), "2026-11")
    response = office_client.get("/projects/hub/report/november/", follow=True)
    assert response.redirect_chain == [
        ("/projects/new-hub/report/november/", 301),
        ("/projects/new-hub/report/2026-11/", 301),
    ]


@pytest.mark.parametrize("make", [HubFactory, HospitalSchemeFactory])
def test_former_address_of_hidden_project_answers_404(client, viewer_client, office_client, make):
    rename(make(slug="first", published=False, restricted=True), "second")
    for reader in (client, viewer_client):
        assert reader.get("/projects/first/").status_code == 404
    assert viewer_client.get("/projects/first/milestones/").status_code == 404
    assert office_client.get("/projects/first/").status_code == 301


def test_former_address_of_programme_without_visible_project_answers_404(client, office_client):
    programme = ProgrammeFactory(slug="secret-land-deal")
    HubFactory(programme=programme, published=False)
    rename(programme, "secret-land")
    assert client.get("/programmes/secret-land-deal/").status_code == 404
    assert office_client.get("/programmes/secret-land-deal/").status_code == 301


def test_former_address_of_period_is_closed_to_contributors(contributor_client):
    rename(ReportingPeriodFactory(slug="first"), "second")
    assert contributor_client.get("/periods/first/").status_code == 403


def test_anonymous_user_signs_in_before_redirect(client):
    rename(HubFactory(slug="first"), "second")
    address = "/projects/first/milestones/"
    assertRedirects(client.get(address), f"{reverse('account_login')}?next={address}")


def test_unknown_address_answers_404_with_one_more_query(client, django_assert_num_queries):
    client.get("/projects/nothing/")
    with django_assert_num_queries(3):  # the change counter, the project, its former address
        assert client.get("/projects/nothing/").status_code == 404


# No new record takes a former slug -----------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", KINDS)
def test_no_other_record_takes_former_slug(kind):
    record, other = FACTORIES[kind](slug="first"), FACTORIES[kind](slug="other")
    rename(record, "second")
    with pytest.raises(ValidationError, match="Enter another slug"):
        other.slug = "first"
        other.full_clean()
    for change in (lambda: rename(other, "first"), lambda: FACTORIES[kind](slug="first")):
        with pytest.raises(IntegrityError, match="belonged to another"), transaction.atomic():
            change()


@pytest.mark.both_databases
def test_same_slug_is_free_in_other_kinds():
    rename(HubFactory(slug="first"), "second")
    assert SiteFactory(slug="first").pk


@pytest.mark.both_databases
def test_deleting_a_record_frees_its_former_addresses():
    site = SiteFactory(slug="first")
    rename(site, "second")
    site.delete()
    assert not FormerAddress.objects.exists()
    assert SiteFactory(slug="first").pk


def test_administrator_cannot_give_new_hub_a_former_slug(admin_client):
    rename(HubFactory(slug="first", title="Wing surgery"), "second")
    other = HubFactory(slug="other")
    url = reverse("admin:projects_hub_change", args=[other.pk])
    page = admin_client.post(url, filled_in(admin_client.get(url), slug="first"))
    assertContains(page, "Enter another slug. Old links to Wing surgery use this one")
    assert Project.objects.get(pk=other.pk).slug == "other"


# The admin -----------------------------------------------------------------------------------------------------------


def test_administrator_renames_site_and_old_link_works(admin_client, client):
    site = SiteFactory(slug="first")
    url = reverse("admin:sites_site_change", args=[site.pk])
    response = admin_client.post(url, filled_in(admin_client.get(url), slug="second"))
    assert response.status_code == 302
    assertRedirects(client.get("/sites/first/"), "/sites/second/", status_code=301)
    assertContains(admin_client.get(url), "first</div>", html=False)


def web_addresses(page):
    """The names of the fieldsets of the admin form with the slug."""
    return [
        fieldset.name
        for fieldset in page.context["adminform"]
        for line in fieldset
        for field in line
        if getattr(field.field, "name", "") == "slug"
    ]


@pytest.mark.parametrize(
    ("make", "admin_name"),
    [
        (HubFactory, "projects_hub"),
        (HospitalSchemeFactory, "projects_hospitalscheme"),
        (ProgrammeFactory, "projects_programme"),
        (PriorityFactory, "projects_priority"),
        (ReportingPeriodFactory, "projects_reportingperiod"),
        (SiteFactory, "sites_site"),
        (OrganisationFactory, "sites_organisation"),
        (PlaceFactory, "sites_place"),
    ],
)
def test_slug_is_folded_away_once_public(admin_client, make, admin_name):
    page = admin_client.get(reverse(f"admin:{admin_name}_change", args=[make().pk]))
    assert web_addresses(page) == ["Web address"]
    assertContains(page, "Old links keep working: they redirect.")
    assert web_addresses(admin_client.get(reverse(f"admin:{admin_name}_add"))) == [None]


@pytest.mark.parametrize(("make", "admin_name"), [(HubFactory, "projects_hub"), (SiteFactory, "sites_site")])
def test_office_cannot_change_the_slug_of_a_public_page(office_client, make, admin_name):
    record = make(slug="first")
    url = reverse(f"admin:{admin_name}_change", args=[record.pk])
    assert office_client.post(url, filled_in(office_client.get(url)) | {"slug": "second"}).status_code == 302
    record.refresh_from_db()
    assert record.slug == "first"


def new_title(client, hub, title):
    url = reverse("projects:project_facts", args=[hub.slug, "public"])
    _action, typed = posted_by(client.get(url), "opened")
    assert client.post(url, typed | {"title": title}).status_code == 302
    hub.refresh_from_db()
    return hub.slug


def test_address_follows_title_until_the_project_is_published(office_client, client):
    hub = HubFactory(title="Wing", slug="wing", published=False)
    HubFactory(title="Taken", slug="new-wing")
    assert new_title(office_client, hub, "New wing") == "new-wing-2"
    assert new_title(office_client, hub, "Wing") == "wing"
    assertRedirects(office_client.get("/projects/new-wing-2/"), "/projects/wing/", status_code=301)
    for published in (True, False):
        hub.published = published
        hub.save()
        assert new_title(office_client, hub, f"Wing {published}") == "wing"
    assertContains(office_client.get(reverse("projects:search"), {"q": "New wing"}), "Wing False")


def test_slug_of_unpublished_hub_is_beside_its_title(admin_client):
    hub = HubFactory(published=False)
    page = admin_client.get(reverse("admin:projects_hub_change", args=[hub.pk]))
    assert web_addresses(page) == [None]


# Loading and history -------------------------------------------------------------------------------------------------


def test_loading_again_after_renaming_adds_no_second_record():
    call_command("load_blmk", verbosity=0)
    numbers = [model.objects.count() for model in models_with_pages()]
    for model in (Place, Organisation, Site, Priority, Programme, Project):
        record = model.objects.order_by("pk").first()
        record.slug = f"renamed-{record.slug}"
        for field in {"name", "title", "ods_code"} & {field.name for field in model._meta.fields}:
            setattr(record, field, "RENAMED")
        record.save()
    call_command("load_blmk", verbosity=0)
    assert [model.objects.count() for model in models_with_pages()] == numbers


def test_migration_finds_former_addresses_in_history():
    hub, site = HubFactory(slug="first"), SiteFactory(slug="old-site")
    rename(hub, "second")
    rename(site, "new-site")
    rename(HubFactory(slug="taken-again"), "third")
    FormerAddress.objects.all().delete()
    HubFactory(slug="taken-again")
    deleted = SiteFactory(slug="deleted")
    rename(deleted, "gone")
    deleted.delete()
    import_module("projects.migrations.0030_former_addresses_of_history").record(apps, None)
    assert set(FormerAddress.objects.values_list("kind", "slug", "object_id")) == {
        ("project", "first", hub.pk),
        ("site", "old-site", site.pk),
    }
