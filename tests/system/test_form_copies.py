"""Text of long forms is stored on the device until the portal has saved it, and offered when the page opens again."""

import datetime
import json

import pytest

from estates_portal.accounts.models import Role
from projects.models import Decision, Risk
from tests.factories import PASSWORD, HubFactory, MilestoneFactory, RiskFactory, UserFactory

from .conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
OFFER = "This device has text for this page, typed on"


@pytest.fixture
def office():
    return UserFactory(email="olive@example.org", name="Olive Office", role=Role.PROGRAMME_OFFICE)


@pytest.fixture
def other():
    return UserFactory(email="oscar@example.org", name="Oscar Office", role=Role.PROGRAMME_OFFICE)


@pytest.fixture
def risk():
    return RiskFactory(project=HubFactory(title="Hub", slug="hub"), mitigation="Survey")


@pytest.fixture
def writer(visitor, office):
    return visitor(PHONE, person=office)


def field(visitor, label):
    return visitor.page.get_by_label(label, exact=True)


def presses(visitor, name):
    visitor.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def sends(visitor, name):
    with visitor.page.expect_navigation():
        presses(visitor, name)


def sees(visitor, text):
    visitor.page.get_by_text(text).first.wait_for()


def closes_tab(visitor):
    """Close the tab, as a crash or a phone does, and open another."""
    page = visitor.context.new_page()
    visitor.page.close()
    visitor.page = page


def opens(visitor, path, **more):
    """Open a page, and wait for the script that offers text."""
    visitor.goes_to(path, **more)
    visitor.page.wait_for_load_state("networkidle")


def offers(visitor):
    return visitor.page.locator(".app-report__copy").count()


def copies(visitor):
    script = "Object.entries(localStorage).filter(([key]) => /^(report|form):/.test(key)).map(([, copy]) => copy)"
    return visitor.page.evaluate(script)


def test_text_of_a_closed_tab_is_restored(writer, office, other, risk):
    milestone = MilestoneFactory(project=risk.project, title="Cranes arrive", forecast=datetime.date(2040, 1, 15))
    path = f"/projects/hub/milestones/{milestone.pk}/"
    opens(writer, path)
    field(writer, "Milestone name").fill("Typed in a tunnel")
    field(writer, "Type").select_option("works")
    field(writer, "Public").uncheck()
    closes_tab(writer)

    writer.is_signed_in_as(other)
    opens(writer, path)
    assert (offers(writer), field(writer, "Milestone name").input_value()) == (0, "Cranes arrive")

    writer.is_signed_in_as(office)
    opens(writer, path)
    sees(writer, f"{OFFER} {datetime.date.today():%A}")
    sees(writer, "that may not be saved: Milestone name, Type, Public.")
    writer.looks()
    presses(writer, "Restore")
    assert offers(writer) == 0
    sends(writer, "Save")
    milestone.refresh_from_db()
    assert (milestone.title, milestone.kind, milestone.public) == ("Typed in a tunnel", "works", False)
    assert copies(writer) == []
    opens(writer, path)
    assert offers(writer) == 0


def test_text_with_errors_is_offered_once(writer, risk):
    path = "/projects/hub/decisions/add/"
    opens(writer, path)
    field(writer, "Decision").fill("Typed in a tunnel")
    field(writer, "Decided on").fill("1/2/2026")
    sends(writer, "Save")
    sees(writer, "Error:")
    assert (offers(writer), len(copies(writer))) == (0, 1)
    closes_tab(writer)

    opens(writer, path)
    assert offers(writer) == 1
    presses(writer, "Restore")
    field(writer, "Decided by").fill("Board")
    sends(writer, "Save")
    assert Decision.objects.get().title == "Typed in a tunnel"
    opens(writer, path)
    assert (offers(writer), copies(writer)) == (0, [])


def test_restored_text_is_merged_with_that_of_a_colleague(writer, other, risk):
    opens(writer, risk.get_absolute_url())
    field(writer, "Mitigation").fill("Typed in a tunnel")
    field(writer, "Effect").fill("Delay")
    closes_tab(writer)
    risk.mitigation = "Survey and report"
    risk.save()

    opens(writer, risk.get_absolute_url())
    sees(writer, "Changed since then: Mitigation.")
    presses(writer, "Restore")
    sends(writer, "Save")
    sees(writer, "Select which version to save")
    assert offers(writer) == 0
    writer.page.get_by_label("Both, one after the other").check()
    sends(writer, "Save selected versions")
    saved = Risk.objects.get()
    assert (saved.mitigation, saved.effect) == ("Typed in a tunnel\n\nSurvey and report", "Delay")
    assert copies(writer) == []
    writer.expects("409")


def test_text_sent_signed_out_is_on_the_page_and_not_offered(writer, office, risk):
    opens(writer, risk.get_absolute_url())
    field(writer, "Mitigation").fill("Typed in a tunnel")
    writer.context.clear_cookies()
    sends(writer, "Save")
    field(writer, "Email address").fill(office.email)
    field(writer, "Password").fill(PASSWORD)
    sends(writer, "Sign in")
    writer.page.wait_for_load_state("networkidle")
    assert field(writer, "Mitigation").input_value() == "Typed in a tunnel"
    assert (offers(writer), len(copies(writer))) == (0, 1)
    sends(writer, "Save")
    assert copies(writer) == []


def test_text_of_a_row_that_is_another_now_is_shown_to_copy(writer, risk):
    opens(writer, risk.get_absolute_url())
    writer.page.locator("[name=actions-0-what]").fill("Call the builder")
    closes_tab(writer)
    risk.actions.create(what="Write to the builder", owner="Board", due_on="2026-03-01")
    opens(writer, risk.get_absolute_url())
    sees(writer, "Action 1 (new): Action: Call the builder")
    assert not writer.page.get_by_role("button", name="Restore").count()
    assert writer.page.locator("[name=actions-0-what]").input_value() == "Write to the builder"


def test_text_without_a_form_is_shown_to_copy(writer, risk):
    path = risk.get_absolute_url()
    opens(writer, path)
    field(writer, "Mitigation").fill("Typed in a tunnel")
    closes_tab(writer)
    risk.delete()
    opens(writer, path, status=404)
    sees(writer, "Mitigation: Typed in a tunnel")
    presses(writer, "Discard")
    assert (offers(writer), copies(writer)) == (0, [])
    writer.expects("404")


def test_signing_out_asks_about_text_of_forms(writer, risk):
    opens(writer, risk.get_absolute_url())
    field(writer, "Mitigation").fill("Typed on a ward")
    mark = writer.page.locator("meta[name=portal-user]").get_attribute("content")
    report = {"path": "/projects/hub/report/now/", "title": "Report for Now: Hub", "at": 1}
    report |= {"values": {"summary": "A"}, "labels": {"summary": "Summary"}}
    writer.page.evaluate("args => localStorage.setItem(...args)", [f"report:{mark}:1", json.dumps(report)])
    sign_out = writer.page.get_by_role("banner").get_by_role("button", name="Sign out")
    sign_out.click()
    sees(writer, "You have unsaved text")
    dialog = writer.page.get_by_role("dialog")
    assert dialog.get_by_role("link").all_inner_texts() == ["Report for Now: Hub", risk.title]
    assert "Mitigation: Typed on a ward" in dialog.inner_text()
    assert not dialog.get_by_role("button", name="Send").count(), "the portal cannot send the risk"
    writer.looks()
    dialog.get_by_role("button", name="Cancel").click()
    assert (len(copies(writer)), field(writer, "Mitigation").input_value()) == (2, "Typed on a ward")
    sign_out.click()
    with writer.page.expect_navigation():
        dialog.get_by_role("button", name="Discard and sign out").click()
    assert copies(writer) == []


def test_copies_of_any_user_are_deleted_after_30_days(writer, risk):
    opens(writer, risk.get_absolute_url())
    month = 30 * 86_400_000
    script = "([key, age]) => localStorage.setItem(key, JSON.stringify({path: '/', at: Date.now() - age, values: {}}))"
    for key, age in (("form:another:1", month + 60_000), ("form:another:2", month - 60_000)):
        writer.page.evaluate(script, [key, age])
    opens(writer, risk.get_absolute_url())
    assert len(copies(writer)) == 1
