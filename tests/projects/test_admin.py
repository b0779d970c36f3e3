"""Projects in the admin: lists, forms, dates, conflicts, publishing, history and invalid input."""

import datetime
import string

import lxml.html
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.deletion.services import delete_record
from projects.models import DateChangeReason, HospitalScheme, Hub, MilestoneStatement, Project, StatementKind
from projects.reporting import workflow
from tests.admin_forms import filled_in, messages_of
from tests.conftest import rolled_back
from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    MilestoneStatementFactory,
    OrganisationFactory,
    OtherNameFactory,
    PriorityFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    ReportingPeriodFactory,
    SiteFactory,
    reported,
)
from tests.permission_table import KEPT, make_records

HUBS = reverse("admin:projects_hub_changelist")


def change_page(project):
    return reverse(f"admin:projects_{project._meta.model_name}_change", args=[project.pk])


@pytest.fixture
def hub(db):
    return HubFactory(reference="WING", title="Wing surgery", slug="wing-surgery")


@pytest.fixture
def opening(hub):
    return MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 3, 1))


# Lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changelist", "make"),
    [
        ("projects_hub", lambda: MilestoneFactory(project=HubFactory(), forecast=datetime.date(2099, 1, 1))),
        ("projects_hospitalscheme", HospitalSchemeFactory),
        ("projects_programme", lambda: ProgrammeFactory(lead_organisation=OrganisationFactory())),
        ("projects_priority", PriorityFactory),
        ("projects_service", lambda: HubFactory().services.create(name=f"Service {Hub.objects.count()}")),
        ("projects_milestone", MilestoneFactory),
    ],
)
def test_admin_list_query_count_is_constant(
    admin_client, django_assert_num_queries, django_assert_max_num_queries, changelist, make
):
    url = reverse(f"admin:{changelist}_changelist")
    make()
    admin_client.get(url)
    with django_assert_max_num_queries(8) as one_row:
        assert admin_client.get(url).context["cl"].result_count == 1
    for _ in range(24):
        make()
    with django_assert_num_queries(len(one_row)):
        page = admin_client.get(url)
    assert len(page.context["cl"].result_list) == 25


def test_hub_list_shows_stage_state_and_next_milestone(admin_client):
    hub = HubFactory(reference="WING", title="Wing surgery", lead_organisation=OrganisationFactory(short_name="MKUH"))
    MilestoneFactory(project=hub, title="Doors open", forecast=datetime.date(2099, 3, 1))

    page = admin_client.get(HUBS).content.decode()

    for part in ["WING", "Wing surgery", "OBC, 1 Oct 2025", "Active", "MKUH", "1 Mar 2099: Doors open"]:
        assert part in page
    assert f'href="{hub.get_absolute_url()}"' in page


@pytest.mark.parametrize("name", ["wing", "WING-1", "Cedar", "Luton"])
def test_administrator_finds_hub_by_any_name(admin_client, name):
    hub = HubFactory(title="Wing surgery", reference="WING-1", place__name="Luton")
    OtherNameFactory(project=hub, name="Cedar House")
    HubFactory(title="Another")

    page = admin_client.get(HUBS, {"q": name})

    assert [row.pk for row in page.context["cl"].result_list] == [hub.pk]


def test_search_with_filters_counts_once(admin_client, django_assert_num_queries):
    for number in range(60):
        HubFactory(title=f"Wing {number}", stage="obc" if number % 10 else "fbc", place=None, lead_organisation=None)
    query = {"q": "wing", "stage__exact": "obc"}
    admin_client.get(HUBS)
    with django_assert_num_queries(9):  # one for the synonyms
        page = admin_client.get(HUBS, query | {"p": 2})
    assert page.context["cl"].result_count == 54
    assert len(page.context["cl"].result_list) == 4
    assert admin_client.get(HUBS, {"q": "wing", "stage__exact": "soc"}).context["cl"].result_count == 0


def test_search_with_more_than_12_words_shows_message(admin_client, hub):
    page = admin_client.get(HUBS, {"q": " ".join(string.ascii_lowercase[:13])})
    assert page.context["cl"].result_count == 0
    assert "Use 12 words or fewer" in page.content.decode()
    assert admin_client.get(HUBS, {"q": "x" * 201}).context["cl"].result_count == 0

    HubFactory(title=" ".join(string.ascii_lowercase[:12]))
    page = admin_client.get(HUBS, {"q": " ".join(string.ascii_lowercase[:12])})
    assert page.context["cl"].result_count == 1
    assert "words or fewer" not in page.content.decode()


@pytest.mark.parametrize(
    "choice", [{"stage__exact": "soc"}, {"published__exact": "0"}, {"hub_type__exact": "maternity"}]
)
def test_administrator_filters_hub_list(admin_client, choice):
    hub = HubFactory(stage="soc", published=False, hub_type="maternity")
    HubFactory()

    page = admin_client.get(HUBS, choice)

    assert [row.pk for row in page.context["cl"].result_list] == [hub.pk]


def test_administrator_finds_projects_with_gaps(admin_client, clock):
    """The clock is at 23 November 2026."""
    people = {"senior_responsible_owner": "A", "project_manager": "B", "stage_as_of": datetime.date(2026, 1, 1)}
    periods = [ReportingPeriodFactory(starts_on=datetime.date(2026, month, 1)) for month in (8, 9, 10)]
    hubs = {
        "fine": HubFactory(**people),
        "owner": HubFactory(**people | {"project_manager": ""}),
        "date": HubFactory(**people),
        "stage": HubFactory(**people),
        "over": HubFactory(**people | {"stage_as_of": None, "delivery_state": "complete"}),
        "report": HubFactory(**people),
    }
    for name, hub in hubs.items():
        MilestoneFactory(project=hub, kind="opening", forecast=None if name == "date" else datetime.date(2027, 1, 1))
        if name not in {"report", "over"}:
            reported(workflow.start_report(hub, periods[0], admin_client.user), admin_client.user)
    Hub.objects.filter(pk=hubs["stage"].pk).update(stage_as_of=datetime.date(2025, 11, 1))  # reporting dates it
    for gap in ("owner", "date", "stage", "report"):
        rows = admin_client.get(HUBS, {"gap": gap}).context["cl"].result_list
        assert [row.pk for row in rows] == [hubs[gap].pk], gap
    assert admin_client.get(HUBS, {"gap": "nonsense"}).context["cl"].result_count == len(hubs)


def test_pages_name_things_in_plain_text(admin_client, opening):
    assertContains(admin_client.get(HUBS), "<h1>Hubs</h1>")
    form = admin_client.get(change_page(opening))
    for text in ("Add dependency", "Add date statement"):
        assertContains(form, text)
    assertNotContains(form, "Add another Dependency")


@pytest.mark.parametrize("make", [HubFactory, HospitalSchemeFactory, SiteFactory, OrganisationFactory])
def test_every_field_is_described_by_a_hint_of_the_page(admin_client, make):
    record = make()
    url = reverse(f"admin:{record._meta.label_lower.replace('.', '_')}_change", args=[record.pk])
    data = filled_in(admin_client.get(url))
    for prefix in ("funding_lines", "identifiers", "progress_notes"):
        if f"{prefix}-TOTAL_FORMS" in data:
            data |= {f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-0-source_url": "no address"}
    for page in (admin_client.get(url), admin_client.post(url, data)):
        assert page.status_code == 200
        tree = lxml.html.fromstring(page.content.decode())
        ids = set(tree.xpath("//@id"))
        named = {name for names in tree.xpath("//@aria-describedby") for name in names.split()}
        assert named and named <= ids, named - ids
    assert any(name.endswith("_error") for name in named)
    assert not tree.xpath("//td//input[not(@type='hidden') and not(@aria-label)]")


def test_later_page_shows_its_rows_in_order(admin_client):
    HubFactory.create_batch(52)
    titles = sorted(Hub.objects.values_list("title", flat=True))

    page = admin_client.get(HUBS, {"p": 2})

    assert [hub.title for hub in page.context["cl"].result_list] == titles[50:]


@pytest.mark.parametrize("make", [HubFactory, HospitalSchemeFactory])
def test_hub_form_query_count_is_constant(admin_client, django_assert_num_queries, django_assert_max_num_queries, make):
    project = make()

    def add_rows():
        MilestoneFactory(project=project, forecast=datetime.date(2027, 1, 1))
        for factory in (CostEstimateFactory, FundingLineFactory, ProgressNoteFactory, OtherNameFactory):
            factory(project=project)
        project.sources.create(url=f"https://example.org/{project.sources.count()}")
        project.partner_organisations.add(OrganisationFactory())

    add_rows()
    admin_client.get(change_page(project))
    with django_assert_max_num_queries(40) as one_row:
        admin_client.get(change_page(project))
    for _ in range(24):
        add_rows()
    with django_assert_num_queries(len(one_row)):
        page = admin_client.get(change_page(project))
    assert len(page.context["inline_admin_formsets"][0].formset.forms) == 25


def test_milestone_form_query_count_is_constant(
    admin_client, django_assert_num_queries, django_assert_max_num_queries, opening
):
    url = change_page(opening)
    admin_client.get(url)
    with django_assert_max_num_queries(15) as one_row:
        admin_client.get(url)
    MilestoneStatementFactory.create_batch(24, milestone=opening)
    with django_assert_num_queries(len(one_row)):
        assert len(admin_client.get(url).context["inline_admin_formsets"][0].formset.forms) == 25


# Add and change ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client_name", ["admin_client", "office_client"])
def test_administrator_adds_hub_with_milestone(request, client_name):
    client, url = request.getfixturevalue(client_name), reverse("admin:projects_hub_add")
    data = filled_in(
        client.get(url),
        reference="NEW",
        title="New hub",
        slug="new-hub",
        summary="A hub.",
        hub_type="other",
        **{
            "milestones-TOTAL_FORMS": 1,
            "milestones-0-title": "Opening",
            "milestones-0-kind": "opening",
            "milestones-0-public": "on",
            "milestones-0-new_date": "May 2028",
            "milestones-0-new_kind": "forecast",
        },
    )

    response = client.post(url, data)

    assert response.status_code == 302
    hub = Hub.objects.get(reference="NEW")
    assert (hub.kind, hub.published, hub.version) == ("hub", False, 1)
    assert hub.milestones.get().current_label == "May 2028"
    assert hub.history.get().history_user == client.user


def test_administrator_changes_hospital_scheme(admin_client):
    scheme = HospitalSchemeFactory(beds_added=1)

    admin_client.post(change_page(scheme), filled_in(admin_client.get(change_page(scheme)), beds_added=-4))

    assert HospitalScheme.objects.get().beds_added == -4


def test_admin_shows_approved_budget_and_does_not_change_it(office_client):
    hub = HubFactory(approved_budget=12_500_000)
    url = reverse("admin:projects_hub_change", args=[hub.pk])
    page = office_client.get(url)
    assertContains(page, "£12.5m")
    assert office_client.post(url, filled_in(page, approved_budget="1", title="New wing")).status_code == 302
    hub.refresh_from_db()
    assert (hub.title, hub.approved_budget) == ("New wing", 12_500_000)


def test_project_cannot_be_part_of_its_own_part(admin_client, hub):
    part = HubFactory(parent=hub)

    page = admin_client.post(change_page(hub), filled_in(admin_client.get(change_page(hub)), parent=part.pk))

    assert page.context["adminform"].form.errors["parent"] == ["Select a parent that is not part of this project"]


@pytest.mark.parametrize("client_name", ["viewer_client", "contributor_client"])
def test_viewer_and_contributor_get_403_in_admin(request, client_name, hub):
    client = request.getfixturevalue(client_name)

    assertContains(client.get(change_page(hub), follow=True), "You cannot open this page", status_code=403)


def test_anonymous_user_signs_in_and_returns_to_admin(client, hub):
    response = client.get(change_page(hub), follow=True)

    assert response.redirect_chain[-1][0] == f"{reverse('account_login')}?next={change_page(hub)}"


def test_project_redirects_to_admin_page_of_its_type(admin_client, hub):
    scheme = HospitalSchemeFactory()

    for project in (hub, scheme):
        for page in ("change", "delete", "history"):
            url = reverse(f"admin:projects_project_{page}", args=[project.pk])
            kind = project._meta.model_name
            assert admin_client.get(url).url == reverse(f"admin:projects_{kind}_{page}", args=[project.pk])
    assert reverse("admin:projects_project_changelist") not in admin_client.get("/admin/").content.decode()


def test_autocomplete_finds_parent_by_other_name(admin_client, hub):
    OtherNameFactory(project=hub, name="Cedar House")
    HubFactory()

    response = admin_client.get(
        reverse("admin:autocomplete"),
        {"term": "cedar", "app_label": "projects", "model_name": "project", "field_name": "parent"},
    ).json()

    assert response["results"] == [{"id": str(hub.pk), "text": "Wing surgery"}]


def test_admin_form_links_to_project_page(admin_client, hub, opening):
    for record in (hub, opening):
        assert (
            f'href="{hub.get_absolute_url()}" class="viewsitelink"'
            in admin_client.get(change_page(record)).content.decode()
        )


# Written dates ---------------------------------------------------------------------------------------------------


def test_dates_are_written_with_their_precision(admin_client, hub):
    line = FundingLineFactory(project=hub)
    typed = {
        "stage_as_of": "Q2 2025/26",
        "stage_source_url": "https://example.org/obc",
        "funding_lines-0-as_of": "2025",
    }
    data = filled_in(admin_client.get(change_page(hub)), **typed)
    refused = admin_client.post(change_page(hub), data | {"title": ""})
    assertContains(refused, "Read as July to September 2025")
    assert admin_client.post(change_page(hub), data).status_code == 302
    for record in (hub, line):
        record.refresh_from_db()
    assert (hub.stage_known.label, line.dated.label) == ("July to September 2025", "2025")
    form = admin_client.get(change_page(hub)).context["adminform"].form
    assert form["stage_as_of"].value() == "July to September 2025"


def test_no_form_of_projects_asks_for_a_precision(rf, admin_client):
    request = rf.get("/")
    request.user = admin_client.user
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label != "projects" or not model_admin.get_model_perms(request).get("change"):
            continue
        forms = [
            model_admin.get_form(request),
            *(form.form for form, _ in model_admin.get_formsets_with_inlines(request)),
        ]
        names = {name for form in forms for name in form.base_fields}
        assert not [name for name in names if name.endswith("precision")], model


# Correct a date ---------------------------------------------------------------------------------------------------


def why_moved():
    """The reason and explanation that a moved forecast needs."""
    return {
        "reason": DateChangeReason.objects.get_or_create(name="Funding")[0].pk,
        "explanation": "The grant came late",
    }


def correct(client, project, **typed):
    """Post the project's form with these values of its first milestone."""
    page = client.get(change_page(project))
    fields = {f"milestones-0-{name}": value for name, value in typed.items()}
    return client.post(change_page(project), filled_in(page, **fields), follow=True)


def test_administrator_corrects_date_on_project_form(admin_client, hub, opening):
    page = correct(
        admin_client,
        hub,
        new_date="October to December 2027",
        stated_on="01/10/2026",
        source_url="https://example.org/paper",
        **why_moved(),
    )

    opening.refresh_from_db()
    statement = opening.statements.order_by("pk").last()
    assert opening.current_label == "October to December 2027"
    assert (statement.kind, statement.on) == (StatementKind.FORECAST, datetime.date(2027, 10, 1))
    assert (statement.stated_on, statement.source_url) == (datetime.date(2026, 10, 1), "https://example.org/paper")
    assert opening.statements.count() == 2
    assert "Opening: the date is now October to December 2027" in messages_of(page)


def test_corrected_date_is_stated_today_and_current(admin_client, hub, opening):
    opening.record_date("forecast", datetime.date(2028, 1, 1), stated_on=datetime.date(2026, 1, 1))

    correct(admin_client, hub, new_date="20/11/2027", **why_moved())

    opening.refresh_from_db()
    assert opening.current_label == "20 November 2027"


def test_statement_older_than_current_one_is_saved_with_warning(admin_client, hub, opening):
    opening.record_date("forecast", datetime.date(2028, 1, 1), stated_on=datetime.date(2026, 1, 1))

    page = correct(admin_client, hub, new_date="20/11/2027", stated_on="01/01/2025", **why_moved())

    opening.refresh_from_db()
    assert opening.current_label == "1 January 2028"
    assert any("The current date is still 1 January 2028: " in message for message in messages_of(page))


def test_administrator_corrects_actual_date_of_reached_milestone(admin_client, hub):
    milestone = MilestoneFactory(project=hub, actual=datetime.date(2025, 6, 1))

    correct(admin_client, hub, new_date="19/06/2025")

    milestone.refresh_from_db()
    assert (milestone.current_label, milestone.reached) == ("19 June 2025", True)


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"new_date": "31/02/2027"}, "new_date", "There is no such day in the calendar"),
        ({"new_date": "9999"}, "new_date", "Enter a year from 1900 to 2100"),
        ({"new_date": "01/01/2030", "new_kind": "actual"}, "new_date", "Actual date must be today or in the past"),
        ({"stated_on": "01/02/2025"}, "new_date", "Enter the new date"),
        ({"new_date": "01/01/2027", "stated_on": "01/01/2030"}, "stated_on", "must be today or in the past"),
        ({"new_date": "01/01/2027", "stated_on": "01/01/0009"}, "stated_on", "Enter a year from 1900 to 2100"),
        ({"new_date": "Q4 2027"}, "new_date", "Q4 2027 has two meanings. Enter Q4 2027/28"),
        ({"new_date": "01/01/2027", "source_url": "no address"}, "source_url", "Enter a valid URL."),
    ],
)
def test_date_error_is_shown_with_its_field(admin_client, hub, opening, typed, field, message):
    page = correct(admin_client, hub, **why_moved(), **typed)

    errors = page.context["inline_admin_formsets"][0].formset.forms[0].errors
    assert list(errors) == [field] and message in errors[field][0]
    assert opening.statements.count() == 1
    assertContains(page, f'<a href="#id_milestones-0-{field}">Opening: ')
    box = lxml.html.fromstring(page.content.decode()).get_element_by_id(f"id_milestones-0-{field}")
    assert not any(part.tag == "details" for part in box.iterancestors())  # the section is open


def test_forecast_for_reached_milestone_is_rejected(admin_client, hub):
    MilestoneFactory(project=hub, actual=datetime.date(2025, 6, 1))

    page = correct(admin_client, hub, new_date="19/06/2027", new_kind="forecast")

    errors = page.context["inline_admin_formsets"][0].formset.forms[0].errors
    assert errors["new_kind"] == ["This milestone has been reached. Select Actual to correct its date"]


def test_changed_statement_changes_date_of_milestone(admin_client, opening):
    data = filled_in(admin_client.get(change_page(opening)), **{"statements-0-on": "01/07/2028"})

    admin_client.post(change_page(opening), data)

    opening.refresh_from_db()
    assert opening.current_label == "1 July 2028"


def test_withdrawn_statement_restores_earlier_date_and_stays_recorded(admin_client, opening):
    opening.record_date("actual", datetime.date(2026, 2, 1))
    data = filled_in(admin_client.get(change_page(opening)), **{"statements-1-withdraw": "on"})

    admin_client.post(change_page(opening), data | {"statements-0-DELETE": "on"})

    opening.refresh_from_db()
    assert (opening.current_label, opening.reached) == ("1 March 2027", False)
    past = MilestoneStatement.history.first()
    assert (past.history_user, past.history_change_reason) == (admin_client.user, "Withdrawn")
    assert MilestoneStatement.objects.count() == 2
    (shown,) = admin_client.get(change_page(opening)).context["inline_admin_formsets"][0].formset.initial_forms
    assert shown.instance.kind == "forecast"


def test_statement_with_impossible_date_is_rejected(admin_client, opening):
    data = filled_in(admin_client.get(change_page(opening)), **{"statements-0-on": "31/12/9999"})

    page = admin_client.post(change_page(opening), data)

    errors = page.context["inline_admin_formsets"][0].formset.forms[0].errors
    assert errors["on"] == ["Enter a year from 1900 to 2100"]


def test_each_save_increases_version(admin_client, hub):
    for count in (1, 2, 3):
        data = filled_in(admin_client.get(change_page(hub)), summary=f"Summary {count}")
        response = admin_client.post(change_page(hub), data)
        hub.refresh_from_db()
        assert (response.status_code, hub.version) == (302, count)


# Publishing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "published"), [("publish", True), ("unpublish", False)])
def test_administrator_publishes_and_unpublishes_projects_with_history(admin_client, action, published):
    changing = HubFactory.create_batch(2, published=not published)
    already = HubFactory(published=published)
    ids = [hub.pk for hub in (*changing, already)]

    asked = admin_client.post(HUBS, {"action": action, "_selected_action": ids})
    assertContains(asked, "1 of the selected projects will not change")
    assertContains(asked, changing[0].title)
    assert set(Hub.objects.values_list("published", flat=True)) == {True, False}, (
        "nothing changes before it is confirmed"
    )

    page = admin_client.post(HUBS, {"action": action, "_selected_action": ids, "confirmed": "yes"}, follow=True)

    assert messages_of(page) == [f"2 hubs {action}ed; 1 already {action}ed"]
    assert set(Hub.objects.values_list("published", flat=True)) == {published}
    record = changing[0].history.first()
    assert (record.published, record.history_user) == (published, admin_client.user)
    assert record.prev_record.published is not published
    assert already.history.count() == 1


def test_page_before_publishing_says_what_is_missing(admin_client):
    hub = HubFactory(published=False, stage="", stage_as_of=None, place=None)
    asked = admin_client.post(HUBS, {"action": "publish", "_selected_action": [hub.pk]})
    assertContains(asked, "Missing: stage, date of the stage, source of the stage, place")


# History ----------------------------------------------------------------------------------------------------------


def test_history_shows_user_field_and_old_and_new_value(admin_client, hub):
    priority = PriorityFactory()
    data = filled_in(
        admin_client.get(change_page(hub)),
        stage="fbc",
        stage_as_of="2026-01-05",
        published=None,
        priorities=[priority.pk],
    )
    admin_client.post(change_page(hub), data)

    page = admin_client.get(reverse("admin:projects_hub_history", args=[hub.pk])).content.decode()

    for cell in ["Stage", "Outline business case", "Full business case", "Published", "Yes", "No"]:
        assert f"<td>{cell}</td>" in page
    assert admin_client.user.name in page
    assert "Changed Stage, Stage as at, Published and Priorities." in page


def as_browsers_send(data):
    """The data with each new line as CR and LF."""
    return {name: value.replace("\n", "\r\n") if isinstance(value, str) else value for name, value in data.items()}


def history_counts():
    models = [model for model in apps.get_models() if hasattr(model, "history_id")]
    return {model.__name__: model.objects.count() for model in models} | {"log": LogEntry.objects.count()}


def test_saving_unchanged_form_adds_no_history(admin_client, subtests):
    records = make_records()
    hub = records["projects_hub"]
    hub.description, hub.state_details = "One.\n\nTwo.", {"stated_on": datetime.date(2026, 1, 5), "reason": "Land"}
    hub.save()
    CostEstimateFactory(project=hub)
    ProgressNoteFactory(project=hub, text="One.\nTwo.")
    version = Project.objects.get(pk=hub.pk).version
    for name in KEPT.keys() - {"accounts_invitation"}:
        url = reverse(f"admin:{name}_change", args=[records[name].pk])
        data = as_browsers_send(filled_in(admin_client.get(url)))
        before = history_counts()
        with subtests.test(name):
            assert admin_client.post(url, data).status_code == 302
            assert history_counts() == before
    assert Project.objects.get(pk=hub.pk).version == version


def test_change_of_inline_rows_alone_is_in_history_of_project(admin_client, hub):
    line = FundingLineFactory(project=hub, funder="NHS England")
    data = filled_in(admin_client.get(change_page(hub)), **{"funding_lines-0-funder": "Homes England"})

    admin_client.post(change_page(hub), data)

    line.refresh_from_db()
    assert line.funder == "Homes England"
    newest = hub.history.first()
    assert newest.history_change_reason.startswith("Changed Funding source for funding")
    assert Project.objects.get(pk=hub.pk).version == hub.version + 1


def test_admin_history_query_count_is_constant(
    admin_client, hub, django_assert_num_queries, django_assert_max_num_queries
):
    url = reverse("admin:projects_hub_history", args=[hub.pk])

    def save(times):
        for _ in range(times):
            hub.lead_organisation = OrganisationFactory()
            hub.save()

    save(1)
    admin_client.get(url)
    with django_assert_max_num_queries(12) as few:
        admin_client.get(url)
    save(24)
    with django_assert_num_queries(len(few)):
        admin_client.get(url)


def version_page(project, record):
    return reverse(f"admin:projects_{project._meta.model_name}_simple_history", args=[project.pk, record.pk])


def test_administrator_restores_earlier_version(admin_client, hub):
    first = hub.history.first()
    hub.title = "Wrong"
    hub.save()
    url = version_page(hub, first)

    page = admin_client.get(url)
    assert page.context["differences"] == [{"field": "Title", "old": "Wing surgery", "new": "Wrong"}]
    response = admin_client.post(url, filled_in(page))

    assert response.status_code == 302
    hub.refresh_from_db()
    assert (hub.title, hub.version) == ("Wing surgery", 1)
    assert hub.history.first().history_user == admin_client.user


def test_version_of_deleted_hub_cannot_be_restored_alone(admin_client):
    hub = HubFactory(published=False)
    url = version_page(hub, hub.history.first())
    data = filled_in(admin_client.get(url))
    deletion = delete_record(hub, by=admin_client.user)

    assertNotContains(admin_client.get(url), 'value="Revert"')
    assert admin_client.post(url, data).status_code == 403
    assert not Hub.objects.exists()
    page = admin_client.get(reverse("admin:projects_hub_history", args=[deletion.object_id]))
    assertContains(page, reverse("admin:deletion_deletion_change", args=[deletion.pk]))


def test_milestone_without_statements_cannot_be_restored(admin_client, opening):
    url = version_page(opening, opening.history.last())

    assertContains(admin_client.get(url), "Opening")
    answer = admin_client.post(url, {"title": "Earlier"})
    assertContains(answer, "You cannot make this change", status_code=403)
    opening.refresh_from_db()
    assert opening.title == "Opening"


# Invalid input ----------------------------------------------------------------------------------------------------


BAD_VALUES = [
    ("title", "\0"),
    ("title", "x" * 100_000),
    ("title", ""),
    ("slug", "not a slug"),
    ("stage", "nowhere"),
    ("stage_as_of", "0000-00-00"),
    ("stage_source_url", "javascript:alert(1)"),
    ("place", "abc"),
    ("place", "9" * 30),
    ("place", "\0"),
    ("parent", "-1"),
    ("further_sites", ["abc"]),
    ("priorities", ["0"]),
    ("population_served", "9" * 30),
    ("population_served", "-1"),
]


def test_invalid_input_is_an_error_with_its_field(admin_client, hub, subtests):
    form = admin_client.get(change_page(hub))
    for field, value in BAD_VALUES:
        with subtests.test(field=field, value=str(value)[:20]), rolled_back():
            page = admin_client.post(change_page(hub), filled_in(form, **{field: value}))
            assert page.status_code == 200
            assert list(page.context["adminform"].form.errors) == [field]
            hub.refresh_from_db()
            assert (hub.title, hub.version) == ("Wing surgery", 0)


@pytest.mark.parametrize(
    ("model", "errors"),
    [
        ("hub", ["Enter the reference", "Select the hub type"]),
        ("backlogremoved", ["Select the project", "Enter the amount"]),
        ("reportingperiod", ["Enter the name", "Enter a date, for example 14/3/2027"]),
        ("searchsynonym", ["Enter what people search for", "Enter what the search also finds"]),
    ],
)
def test_blank_field_says_what_to_enter(admin_client, model, errors):
    url = reverse(f"admin:projects_{model}_add")
    page = admin_client.post(url, filled_in(admin_client.get(url)))
    for error in errors:
        assertContains(page, error)
    assertNotContains(page, "This field is required")


MISSING, NO_CHOICE = "ManagementForm data is missing", "Select a valid choice"


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("milestones-TOTAL_FORMS", None, MISSING),
        ("milestones-TOTAL_FORMS", "abc", MISSING),
        ("milestones-TOTAL_FORMS", "1000000000", "Please submit at most 500 forms."),
        ("milestones-INITIAL_FORMS", "abc", MISSING),
        ("milestones-0-id", "abc", NO_CHOICE),
        ("milestones-0-id", "9" * 30, NO_CHOICE),
        ("milestones-0-id", "", "This field is required."),
        ("milestones-0-project", "abc", "The inline value did not match the parent instance."),
        ("milestones-0-title", "\0", "Enter the title"),
    ],
)
def test_tampered_inline_form_is_rejected(admin_client, hub, opening, field, value, error):
    data = filled_in(admin_client.get(change_page(hub)), title="Changed", **{field: value})

    page = admin_client.post(change_page(hub), data)

    milestones = next(
        one.formset for one in page.context["inline_admin_formsets"] if one.formset.prefix == "milestones"
    )
    assert error in f"{milestones.non_form_errors()} {milestones.errors}"
    hub.refresh_from_db()
    assert hub.title == "Wing surgery"


@pytest.mark.parametrize(("count", "milestones"), [("7", 1), ("-1", 2), ("0", 2)])  # a row that is not counted is new
def test_wrong_number_of_inline_rows_changes_nothing(admin_client, hub, opening, count, milestones):
    data = filled_in(admin_client.get(change_page(hub)), title="Changed", **{"milestones-INITIAL_FORMS": count})

    assertRedirects(admin_client.post(change_page(hub), data), HUBS)
    hub.refresh_from_db()
    assert hub.title == "Changed"
    assert hub.milestones.count() == milestones
    opening.refresh_from_db()
    assert (opening.title, opening.current_label) == ("Opening", "1 March 2027")


def test_form_cannot_move_milestone_of_another_project(admin_client, hub, opening):
    elsewhere = MilestoneFactory(title="Elsewhere")
    data = filled_in(admin_client.get(change_page(hub)), **{"milestones-0-id": elsewhere.pk})

    admin_client.post(change_page(hub), data)

    elsewhere.refresh_from_db()
    assert elsewhere.title == "Elsewhere" and elsewhere.project_id != hub.pk


@pytest.mark.both_databases
def test_choice_with_too_large_id_is_rejected(admin_client, hub):
    data = filled_in(admin_client.get(change_page(hub)), title="Changed", further_sites=["9" * 30])

    page = admin_client.post(change_page(hub), data)

    if connection.vendor == "sqlite":  # SQLite does not support such a number
        assertContains(page, "We could not understand the request", status_code=400)
    else:
        assert list(page.context["adminform"].form.errors) == ["further_sites"]
    hub.refresh_from_db()
    assert hub.title == "Wing surgery"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=%00", 400),
        ("stage__exact=%00", 400),
        ("stage__exact=nowhere", 200),
        ("place__id__exact=abc", 302),
        ("place__id__exact=" + "9" * 30, 200),
        ("p=abc", 200),
        ("p=99999", 200),
        ("o=abc", 200),
        ("o=99.-99", 200),
        ("nonsense=1", 302),
        ("all=", 200),
        ("q=" + "x" * 2000, 200),
    ],
)
def test_admin_list_answers_invalid_query(admin_client, hub, query, status):
    assert admin_client.get(f"{HUBS}?{query}").status_code == status


@pytest.mark.parametrize("chosen", ["abc", "\0", "9" * 30, "-1"])
def test_action_on_invalid_row_is_rejected(admin_client, hub, chosen):
    response = admin_client.post(HUBS, {"action": "publish", "_selected_action": [chosen]})

    assert response.status_code == 400


@pytest.mark.parametrize("page", ["change", "delete", "history"])
@pytest.mark.parametrize("key", ["abc", "0", "9" * 30, "%00", "1_41"])
@pytest.mark.parametrize("model", ["hub", "project", "milestone"])
def test_admin_page_of_unknown_record_is_not_found(admin_client, hub, model, page, key):
    response = admin_client.get(f"/admin/projects/{model}/{key}/{page}/")

    if page == "history" or model == "project":
        assertContains(response, "Page not found", status_code=404)
    else:
        assertRedirects(response, reverse("admin:index"))


@pytest.mark.parametrize("version", ["abc", "0", "9" * 30, "%00"])
def test_unknown_history_version_is_404(admin_client, hub, version):
    assert admin_client.get(f"/admin/projects/hub/{hub.pk}/history/{version}/").status_code == 404


@pytest.mark.parametrize("value", ["abc", "9" * 30, "%00"])
def test_add_form_opens_with_invalid_initial_values(admin_client, value):
    url = reverse("admin:projects_hub_add")

    assert (
        admin_client.get(f"{url}?title={value}&place={value}&further_sites={value}&priorities={value}").status_code
        == 200
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"term": "\0"}, 200),
        ({"page": "abc"}, 404),
        ({"page": "99"}, 404),
        ({"field_name": "nothing"}, 403),
        ({"model_name": "nothing"}, 403),
        ({"app_label": "nothing"}, 403),
        ({"field_name": "title"}, 403),
        ({"app_label": ""}, 403),
    ],
)
def test_autocomplete_answers_invalid_query(admin_client, query, status):
    base = {"term": "a", "app_label": "projects", "model_name": "hub", "field_name": "parent"}

    assert admin_client.get(reverse("admin:autocomplete"), base | query).status_code == status


# Stage and delivery state -----------------------------------------------------------------------------------------


def errors_of(response):
    return response.context["adminform"].form.errors


def test_new_stage_needs_date_or_source_of_its_own(admin_client, hub):
    page = change_page(hub)
    response = admin_client.post(page, filled_in(admin_client.get(page), stage="fbc"))
    assert errors_of(response)["stage_as_of"] == ["Enter the date or source of the new stage"]
    data = filled_in(admin_client.get(page), stage="fbc", stage_source_url="https://example.org/fbc")
    assert admin_client.post(page, data).status_code == 302
    before, now = hub.stage_statements.standing()
    assert (before.stage, before.source_url) == ("obc", hub.stage_source_url)
    assert (now.stage, now.source_url) == ("fbc", "https://example.org/fbc")


def test_hold_has_date_basis_source_and_reason_of_its_own(admin_client, hub):
    page = change_page(hub)
    response = admin_client.post(page, filled_in(admin_client.get(page), delivery_state="on_hold"))
    assert errors_of(response)["state_reason"] == ["Enter why the project is on hold"]
    hold = {
        "state_as_of": "January 2026",
        "state_basis": "stated",
        "state_source_url": "https://example.org/hold",
        "state_reason": "No capital",
    }
    data = filled_in(admin_client.get(page), delivery_state="on_hold", **hold)
    assert admin_client.post(page, data).status_code == 302
    statement = hub.stage_statements.standing().get(delivery_state="on_hold")
    assert (statement.dated.label, statement.basis) == ("January 2026", "stated")
    assert (statement.source_url, statement.reason) == ("https://example.org/hold", "No capital")
    assert hub.stage_statements.standing().exclude(stage="").count() == 1

    assert admin_client.post(page, filled_in(admin_client.get(page), title="Wing")).status_code == 302
    assert hub.stage_statements.count() == 2
    response = admin_client.post(page, filled_in(admin_client.get(page), state_as_of="2036-01-01"))
    assert errors_of(response)["state_as_of"] == ["Date must be today or in the past"]
    data = filled_in(admin_client.get(page), delivery_state="cancelled")
    assert errors_of(admin_client.post(page, data))["state_as_of"] == [
        "Enter the date or source of the new delivery state"
    ]


def test_closing_is_refused_while_active_and_asks_for_what_is_missing(admin_client, hub):
    page = change_page(hub)
    closed = {"stage": "closed", "stage_as_of": "2026-01-05"}
    response = admin_client.post(page, filled_in(admin_client.get(page), **closed))
    assert "Select Complete or Cancelled as the delivery state of a closed project" in response.content.decode()
    data = filled_in(admin_client.get(page), delivery_state="complete", **closed)
    text = admin_client.post(page, data, follow=True).content.decode()
    assert "Not recorded yet: the final cost, the opening date, the evaluation date, an owner of each benefit" in text


@pytest.mark.parametrize(
    ("funder", "message"),
    [
        ({"merged_into": True}, "This record was merged. Select Kept"),
        ({"is_example": True}, "Select an organisation that is not example data"),
    ],
)
def test_funding_is_from_a_current_and_real_organisation(db, funder, message):
    kept = OrganisationFactory(name="Kept")
    body = OrganisationFactory(**{name: kept if name == "merged_into" else value for name, value in funder.items()})
    line = FundingLineFactory.build(project=HubFactory(), funding_organisation=body)
    with pytest.raises(ValidationError, match=message):
        line.full_clean()


@pytest.mark.parametrize("typed", ["abc", "9" * 23])
def test_forged_id_in_row_of_project_shows_the_form_again(office_client, typed):
    hub = HubFactory()
    url = change_page(hub)
    row = {"funder": "NHS England", "funder_kind": "health", "funding_organisation": typed, "status": "not_stated"}
    typed_row = {f"funding_lines-0-{name}": value for name, value in row.items()}
    data = filled_in(office_client.get(url), **{"funding_lines-TOTAL_FORMS": "1"}, **typed_row)
    assert office_client.post(url, data).status_code == 200
    assert not hub.funding_lines.exists()
