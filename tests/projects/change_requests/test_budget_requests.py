"""Requests of a new approved budget."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from projects.change_requests import services
from projects.models import ChangeRequest, ChangeState, Project
from tests.conftest import count_a_change, signed_in
from tests.factories import HubFactory
from tests.forms import fields_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DECIDED_ON = datetime.date(2026, 11, 20)


@pytest.fixture
def hub(trust):
    return HubFactory(
        title="Riverside hub",
        lead_organisation=trust,
        approved_budget=10_000_000,
        approved_budget_on=datetime.date(2025, 6, 1),
    )


def ask(hub, person, pounds=12_000_000, why="Steel costs more"):
    return services.request_budget(Project.objects.get(pk=hub.pk), person, pounds=Decimal(pounds), why=why)


def decide(change, person, approve=True, **more):
    how = {"approver": "Capital Board", "decided_on": DECIDED_ON, **more}
    return services.decide_change(change, person, approve=approve, **how)


def budget_of(hub):
    hub.refresh_from_db()
    return hub.approved_budget, hub.approved_budget_on


def add_url(hub):
    return reverse("projects:budget_request_add", args=[hub.slug])


def finance_page(client, hub):
    count_a_change()
    return client.get(reverse("projects:finance", args=[hub.slug]))


def test_contributor_requests_budget_and_office_approves_it(contributor_client, office_client, viewer_client, hub):
    assertContains(contributor_client.get(add_url(hub)), "<strong>£10m</strong>, approved on 1 June 2025")
    posted = contributor_client.post(add_url(hub), {"pounds": "12.5m", "why": "Steel costs more"})
    change = ChangeRequest.objects.get()
    assertRedirects(posted, f"/projects/{hub.slug}/money/")
    assert budget_of(hub) == (10_000_000, datetime.date(2025, 6, 1))
    for client in (contributor_client, viewer_client):
        assertContains(finance_page(client, hub), "A new approved budget of £12.5m is requested")
    assertNotContains(finance_page(contributor_client, hub), "Record decision")
    assertContains(office_client.get(reverse("projects:change_request_list")), "Riverside hub")
    decide_url = reverse("projects:change_request_decide", args=[change.pk])
    assertContains(office_client.get(decide_url), "Approve (the approved budget changes)")
    good = {
        "decision": "approve",
        "approver": "Capital Board",
        "decided_on": "2026-11-20",
        "conditions": "Report monthly",
    }
    assert contributor_client.post(decide_url, good).status_code == 403
    assertRedirects(office_client.post(decide_url, good), f"/projects/{hub.slug}/money/")
    assert budget_of(hub) == (12_500_000, DECIDED_ON)
    decision = hub.decisions.get()
    assert (decision.title, decision.reason, decision.decided_by, decision.decided_on) == (
        "Approved budget changed from £10m to £12.5m",
        "Steel costs more\n\nReport monthly",
        "Capital Board",
        DECIDED_ON,
    )
    page = finance_page(viewer_client, hub)
    assertContains(page, "Capital Board; recorded by")
    assertNotContains(page, "is requested")
    assert hub.as_its_kind().history.first().approved_budget == 12_500_000
    assertContains(office_client.post(decide_url, good), "already been decided", status_code=409)


def test_decision_before_that_of_the_current_budget_is_rejected(contributor_client, office_client, hub):
    change = ask(hub, contributor_client.user)
    url = reverse("projects:change_request_decide", args=[change.pk])
    typed = {"decision": "approve", "approver": "Capital Board", "decided_on": "2025-05-31"}
    errors = office_client.post(url, typed).context["form"].errors
    message = "Decision date must be on or after 1 June 2025, the date of the current budget"
    assert errors == {"decided_on": [message]}
    errors = office_client.post(url, {**typed, "decided_on": "abc"}).context["form"].errors
    assert errors == {"decided_on": ["Enter a date, for example 14/3/2027"]}
    assert budget_of(hub) == (10_000_000, datetime.date(2025, 6, 1))


def test_first_approved_budget_is_requested(contributor_client, office_client, trust):
    hub = HubFactory(lead_organisation=trust)
    assertContains(contributor_client.get(add_url(hub)), "No approved budget yet")
    decide(ask(hub, contributor_client.user, "750000.50"), office_client.user)
    assert budget_of(hub) == (Decimal("750000.50"), DECIDED_ON)
    assert hub.decisions.get().title == "Approved budget set to £750,000.50"


def test_declined_request_changes_nothing(contributor_client, office_client, hub):
    declined = decide(ask(hub, contributor_client.user), office_client.user, approve=False, conditions="Too much")
    assert (declined.state, declined.conditions) == ("declined", "Too much")
    assert budget_of(hub) == (10_000_000, datetime.date(2025, 6, 1))
    assert not hub.decisions.exists()


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"pounds": "10,000,000"}, "pounds", "This is already the approved budget"),
        ({"pounds": "-5"}, "pounds", "Amount must be 0 or more"),
        ({"pounds": "1,000bn"}, "pounds", "Enter an amount under £1 trillion"),
        ({"pounds": "1,5m"}, "pounds", "Did you mean £1.5 million or £15 million?"),
        ({"pounds": "1.500"}, "pounds", "Did you mean £1,500? Use commas between thousands"),
        ({"pounds": ""}, "pounds", "Enter a new approved budget"),
        ({"why": " "}, "why", "Enter a reason"),
        ({"why": "x" * 1001}, "why", "Reason must be 1,000 characters or less"),
    ],
)
def test_invalid_request_is_rejected_and_kept_on_screen(contributor_client, hub, typed, field, message):
    sent = {"pounds": "12m", "why": "Steel costs more", **typed}
    page = contributor_client.post(add_url(hub), sent)
    assert list(page.context["form"].errors) == [field]
    assert message in str(page.context["form"].errors)
    assert all(value.strip() in page.content.decode() for value in sent.values())
    assert not ChangeRequest.objects.exists()


def test_project_has_one_waiting_request(contributor_client, office_client, hub):
    change = ask(hub, contributor_client.user)
    page = office_client.post(add_url(hub), {"pounds": "11m", "why": "Less"})
    assertContains(page, "A change request for this approved budget is already awaiting a decision")
    assertNotContains(finance_page(contributor_client, hub), "Request a new approved budget")
    decide(change, office_client.user, approve=False)
    ask(hub, office_client.user, 11_000_000)
    ask(HubFactory(), office_client.user)
    assert ChangeRequest.objects.waiting().count() == 2


def test_author_alone_withdraws_waiting_request(contributor_client, office_client, trust, hub):
    change = ask(hub, contributor_client.user)
    withdraw = reverse("projects:change_request_withdraw", args=[change.pk])
    colleague = signed_in(role="contributor", organisation=trust)
    for client in (colleague, office_client):
        assert client.post(withdraw).status_code == 403
        assertNotContains(finance_page(client, hub), withdraw)
    assertContains(finance_page(contributor_client, hub), withdraw)
    assertRedirects(contributor_client.post(withdraw), change.page_url)
    change.refresh_from_db()
    assert change.state == ChangeState.WITHDRAWN and change.history.first().state == "withdrawn"
    with pytest.raises(ValidationError, match="has been withdrawn"):
        decide(change, office_client.user)
    assertContains(contributor_client.post(withdraw, follow=True), "This change request has been withdrawn")
    assertContains(
        office_client.get(reverse("projects:change_request_list"), {"state": "withdrawn"}), "Approved budget"
    )
    assertContains(office_client.get(reverse("projects:change_request_decide", args=[change.pk])), "Withdrawn by")
    ask(hub, contributor_client.user)


def test_office_cannot_approve_request_for_budget_changed_since(contributor_client, office_client, hub):
    change = ask(hub, contributor_client.user)
    Project.objects.filter(pk=hub.pk).update(approved_budget=11_000_000)
    url = reverse("projects:change_request_decide", args=[change.pk])
    page = office_client.get(url)
    assertContains(page, "The approved budget has changed since this request.")
    assertContains(page, "It is now £11m.")
    assertNotContains(page, "Approve (")
    sent = {"decision": "approve", "approver": "Capital Board", "decided_on": "2026-11-20"}
    page = office_client.post(url, sent)
    assertContains(page, "You can only decline the request.")
    assertContains(page, "Capital Board")
    with pytest.raises(ValidationError, match="Submit a new request"):
        decide(change, office_client.user)
    change.refresh_from_db()
    assert (budget_of(hub)[0], change.state, hub.decisions.count()) == (11_000_000, "proposed", 0)
    decide(change, office_client.user, approve=False)


def test_finance_form_opened_before_approval_keeps_the_new_budget(contributor_client, office_client, hub):
    url = reverse("projects:finance_edit", args=[hub.slug])
    sent = fields_of(office_client.get(url))
    decide(ask(hub, contributor_client.user), office_client.user)
    assert office_client.post(url, sent | {"cost_notes": "Includes VAT"}).status_code == 302
    hub.refresh_from_db()
    assert (budget_of(hub)[0], hub.cost_notes) == (12_000_000, "Includes VAT")


def test_others_can_neither_request_nor_decide(viewer_client, contributor_client, other_contributor_client, hub):
    change = ask(hub, contributor_client.user)
    for client in (viewer_client, other_contributor_client):
        assert client.get(add_url(hub)).status_code == 403
        with pytest.raises(PermissionDenied):
            ask(hub, client.user)
        with pytest.raises(PermissionDenied):
            decide(change, client.user)
        assertNotContains(finance_page(client, hub), "Request a new approved budget")
    with pytest.raises(PermissionDenied):
        decide(change, contributor_client.user)


def test_request_for_hidden_project_is_not_found(viewer_client, other_contributor_client, office_client):
    hidden = HubFactory(title="Hidden hub", published=False, restricted=True)
    change = ask(hidden, office_client.user)
    for client in (viewer_client, other_contributor_client):
        assert client.get(add_url(hidden)).status_code == 404
        assert client.post(reverse("projects:change_request_withdraw", args=[change.pk])).status_code == 404
        assert client.get(reverse("projects:change_request_decide", args=[change.pk])).status_code == 404
        assertNotContains(client.get(reverse("projects:change_request_list")), "Hidden")


@pytest.mark.parametrize(
    "fields",
    [
        {"new_pounds": -1},
        {"new_pounds": None},
        {"new_on": datetime.date(2027, 1, 1), "new_precision": "day"},
        {"state": "approved"},
        {"state": "withdrawn", "decided_on": DECIDED_ON},
    ],
)
def test_database_refuses_impossible_request(contributor_client, hub, fields):
    change = ask(hub, contributor_client.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.filter(pk=change.pk).update(**fields)


def test_history_shows_amounts_of_request(contributor_client, office_client, hub):
    ask(hub, contributor_client.user)
    page = office_client.get(reverse("projects:project_history", args=[hub.slug]))
    assertContains(page, "£10,000,000; £12,000,000; Steel costs more; Awaiting decision")


@pytest.mark.parametrize("rows", [1, 20])
def test_change_request_list_query_count_is_constant(office_client, rows, django_assert_num_queries):
    for _number in range(rows):
        ask(HubFactory(), office_client.user)
    with django_assert_num_queries(12):  # eight for what waits
        office_client.get(reverse("projects:change_request_list"))


@pytest.mark.parametrize("rows", [1, 20])
def test_finance_page_query_count_does_not_grow_with_requests(
    viewer_client, office, hub, rows, django_assert_num_queries
):
    for _number in range(rows):
        decide(ask(hub, office), office, approve=False)
    with django_assert_num_queries(11):
        viewer_client.get(reverse("projects:finance", args=[hub.slug]))
