"""A form with errors shows each once: in the title, in one error summary, and next to its field."""

import datetime
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from projects.models import MilestoneStatement
from projects.reporting import workflow
from tests.factories import HubFactory, InvitationFactory, MilestoneFactory, RiskFactory, UserFactory, reported
from tests.form_inputs import opened_by
from tests.periods import month, report_form_url

pytestmark = pytest.mark.django_db
TODAY = datetime.datetime(2026, 12, 2, 9, tzinfo=datetime.UTC)
SENT = {"action": "submit", "sent": "yes"}  # otherwise Django treats an empty POST as a first visit
NO_ROWS = {
    "actions-TOTAL_FORMS": "0",
    "actions-INITIAL_FORMS": "0",
    "years-TOTAL_FORMS": "1",
    "years-INITIAL_FORMS": "0",
}
WRONG_RISK = {
    "mitigation": "x" * 2001,
    "owner": "x" * 151,
    "raised_on": "soon",
    "closed_on": "31/2/2027",
    "actions-TOTAL_FORMS": "1",
    "actions-0-owner": "x" * 151,
    "actions-0-due_on": "31/2/2027",
}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


@pytest.fixture
def hub(trust):
    return HubFactory(title="Riverside hub", lead_organisation=trust)


@pytest.fixture
def milestone(hub):
    return MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 1, 15))


def summary_links(html):
    """The ids that the one error summary of a page links to; the title says "Error: " once."""
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)[1]
    assert title.strip().startswith("Error: ")
    assert title.count("Error:") == 1
    assert html.count("There is a problem") == 1
    summary = html.split("nhsuk-error-summary__list")[1].split("</ul>")[0]
    return re.findall(r'href="#(.*?)"', summary)


def assert_links_follow_the_page(html):
    """Each link leads to an input that can take the focus, in the order of the page."""
    links = summary_links(html)
    places = [html.index(f'id="{link}"') for link in links]
    assert links
    assert places == sorted(places)
    for place in places:
        assert 'type="hidden"' not in html[place - 200 : place].rpartition("<")[2]


def summary_texts(html):
    summary = html.split("nhsuk-error-summary__list")[1].split("</ul>")[0]
    return [text.strip() for text in re.findall(r"<a [^>]*>(.*?)</a>", summary, re.DOTALL)]


PAGES = [
    "milestone_add",
    "milestone_edit",
    "change_request_add",
    "budget_request_add",
    "risk_add",
    "risk_edit",
    "register_add",
    "finance_edit",
    "period_list",
    "review_report",
    "invite",
    "person_change",
]


@pytest.mark.parametrize("page", PAGES)
def test_office_sees_each_error_once(page, admin_client, hub, milestone, contributor_client):
    report = reported(workflow.start_report(hub, month(11), contributor_client.user), contributor_client.user)
    url, data = {
        "milestone_add": (reverse("projects:milestone_add", args=[hub.slug]), {}),
        "milestone_edit": (reverse("projects:milestone_edit", args=[hub.slug, milestone.pk]), {"dates-actual": "soon"}),
        "change_request_add": (reverse("projects:change_request_add", args=[hub.slug, milestone.pk]), {}),
        "budget_request_add": (reverse("projects:budget_request_add", args=[hub.slug]), {"pounds": "lots"}),
        "risk_add": (reverse("projects:risk_add", args=[hub.slug]), {"inherent_likelihood": "3"}),
        "risk_edit": (RiskFactory(project=hub).get_absolute_url(), WRONG_RISK),
        "register_add": (reverse("projects:register_add", args=[hub.slug, "benefits"]), {}),
        "finance_edit": (
            reverse("projects:finance_edit", args=[hub.slug]),
            {"approved_budget": "x", "years-0-budget": "5"},
        ),
        "period_list": (reverse("projects:period_list"), {}),
        "review_report": (
            reverse("projects:review_report", args=[report.pk]),
            {"action": "return", "opened_version": report.version},
        ),
        "invite": (reverse("people:invite"), {}),
        "person_change": (reverse("people:person_change", args=[UserFactory().pk]), {"role": "king"}),
    }[page]
    html = admin_client.post(url, {**SENT, **NO_ROWS, **data}).content.decode()
    assert_links_follow_the_page(html)


def test_errors_of_dates_and_amounts_name_their_field(admin_client, hub):
    url = reverse("projects:finance_edit", args=[hub.slug])
    data = {"approved_budget": "1,5m", "approved_budget_on": "31/2/2026", "years-0-actual": "x"}
    html = admin_client.post(url, {**SENT, **NO_ROWS, **data}).content.decode()
    assert summary_texts(html) == [
        "Approved budget: Did you mean £1.5 million or £15 million?",
        "Budget approved on: There is no such day in the calendar",
        "Actual, row 1: Enter an amount in pounds, for example 1,500,000 or 1.5m",
    ]
    html = admin_client.post(reverse("projects:risk_add", args=[hub.slug]), {**SENT, **NO_ROWS, **WRONG_RISK})
    texts = summary_texts(html.content.decode())
    assert "Raised on: Enter a date, for example 14/3/2027" in texts
    assert "Action 1, Due: There is no such day in the calendar" in texts


def test_gate_errors_name_gate_and_date(contributor_client, office_client, hub):
    url = reverse("projects:gates_add", args=[hub.slug])
    for reader, label in ((contributor_client, "planned date"), (office_client, "baseline")):
        html = reader.post(url, {**SENT, "add-obc": "on", "on-obc": "31/2/2027"}).content.decode()
        assert summary_texts(html) == [f"Outline business case approved, {label}: There is no such day in the calendar"]
        assert f'{label.capitalize()}<span class="nhsuk-u-visually-hidden">: Outline business case approved' in html


def test_invited_user_sees_each_error_once(client):
    invitation = InvitationFactory()
    url = reverse("account_invitation", args=[invitation.renew()])
    invitation.save()
    assert_links_follow_the_page(client.post(url, SENT, follow=True).content.decode())


def test_anonymous_user_sees_each_sign_in_error_once():
    assert_links_follow_the_page(Client().post(reverse("account_login"), SENT).content.decode())


def test_contributor_sees_each_error_of_empty_report_once(contributor_client, hub, milestone):
    url = report_form_url(hub, month(11))
    wrong = {f"m{milestone.pk}-forecast": "soon", f"m{milestone.pk}-actual": "1/1/2031"}
    html = contributor_client.post(url, {**SENT, **wrong}).content.decode()
    links = summary_links(html)
    assert f"id_m{milestone.pk}-forecast" in links
    assert "Opening, Forecast: Enter a date" in html
    assert all(f'id="{link}"' in html for link in links)


def test_grid_error_summary_names_project_and_milestone_of_each_row(office_client, milestone):
    others = [MilestoneFactory(title="Tender", forecast=datetime.date(2027, 3, 1)) for _ in range(2)]
    url = reverse("projects:milestone_grid")
    data = {}
    for row in office_client.get(url).context["rows"]:
        data |= {field.html_name: field.value() or "" for field in row} | opened_by(row)
        data[f"{row.prefix}-forecast"] = "soon"
    html = office_client.post(url, data).content.decode()
    assert len(summary_links(html)) == 3
    assert_links_follow_the_page(html)
    assert "Riverside hub, Opening, Forecast: Enter a date" in html
    for part in ("Forecast", "Actual", "Reason the forecast changed", "Explain in one sentence"):
        assert f">{part}: Opening, Riverside hub</label>" in html
    assert f"{others[0].project.title}, Tender, Forecast: Enter a date" in html
    assert not MilestoneStatement.objects.exclude(on__in=["2027-01-15", "2027-03-01"])


def test_anonymous_user_sees_invalid_filter_error_once(client, office_client):
    for reader, url in ((client, "/projects/?place=atlantis"), (office_client, "/milestones/?place=atlantis")):
        assert len(summary_links(reader.get(url).content.decode())) == 1
