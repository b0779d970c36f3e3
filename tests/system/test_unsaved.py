"""Text of a report is not lost: offline, without an answer, on two devices, signed out, closed, and on merge pages."""

import datetime
import threading

import pytest

from estates_portal.accounts.models import Role
from projects.models import Decision, Milestone, Project, Risk, StatusReport
from projects.reporting import workflow
from projects.reporting.views import report as report_views
from tests.factories import (
    PASSWORD,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    ReportingPeriodFactory,
    RiskFactory,
    UserFactory,
    reported,
)

from .conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
DAY = datetime.timedelta(days=1)
PATH = "/projects/hub/report/now/"
ON_DEVICE = "Your text is saved on this device"


@pytest.fixture
def ann(db):
    trust = OrganisationFactory()
    return UserFactory(email="ann@example.org", name="Ann Archer", role=Role.CONTRIBUTOR, organisation=trust)


@pytest.fixture
def bob(ann):
    return UserFactory(email="bob@example.org", name="Bob Baker", role=Role.CONTRIBUTOR, organisation=ann.organisation)


@pytest.fixture
def office():
    return UserFactory(email="olive@example.org", name="Olive Office", role=Role.PROGRAMME_OFFICE)


@pytest.fixture
def hub(ann):
    return HubFactory(title="Hub", slug="hub", lead_organisation=ann.organisation, stage="construction")


@pytest.fixture
def period(hub):
    today = datetime.date.today()
    return ReportingPeriodFactory(
        name="Now",
        slug="now",
        starts_on=today - 29 * DAY,
        ends_on=today,
        opens_on=today - 5 * DAY,
        due_on=today + 9 * DAY,
    )


@pytest.fixture
def on_form(visitor, period):
    """Makes visitors who have the form open."""

    def make(person, path=PATH, **options):
        made = visitor(person=person, **options)
        made.goes_to(path)
        return made

    yield make


def field(visitor, label):
    return visitor.page.get_by_label(label, exact=True)


def presses(visitor, name):
    visitor.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def types(visitor, label, text):
    """Type, and do not wait for the pause after which the page saves."""
    field(visitor, label).fill(text)
    visitor.page.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')) }")


def sees(visitor, text):
    visitor.page.get_by_text(text).first.wait_for()


def leaves_offline(visitor):
    """Chromium sends the last request of a page that is left, also where Playwright has set it offline."""
    visitor.page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError()) }")
    visitor.page.goto("about:blank")
    visitor.context.set_offline(False)
    visitor.expects("ERR_INTERNET_DISCONNECTED")


def copies(visitor):
    script = "Object.entries(localStorage).filter(([key]) => /^(report|form):/.test(key)).map(([, copy]) => copy)"
    return visitor.page.evaluate(script)


@pytest.mark.parametrize("kind", ["first save", "later save", "correction"])
def test_text_pressed_offline_comes_back(on_form, ann, hub, period, kind):
    path = PATH
    if kind != "first save":
        report = workflow.start_report(hub, period, ann)
    if kind == "correction":
        accepted = reported(report, ann, accepted_by=UserFactory(role=Role.PROGRAMME_OFFICE))
        path = f"/projects/hub/updates/{workflow.start_correction(accepted, ann).pk}/correction/"
    writer = on_form(ann, path, width=PHONE)
    writer.context.set_offline(True)
    field(writer, "Next steps").fill("Typed in a tunnel")
    for button in ("Save draft", "Submit"):
        presses(writer, button)
        sees(writer, f"You are offline. {ON_DEVICE} and will be sent when you are online")
    assert writer.page.url.endswith(path)
    leaves_offline(writer)
    assert not StatusReport.objects.filter(next_steps="Typed in a tunnel").exists()

    writer.goes_to(path)
    now = datetime.datetime.now()
    sees(writer, f"This device has unsaved text, typed on {now:%A} {now.day} {now:%B} at ")
    if kind == "later save":
        writer.looks()
    presses(writer, "Restore")
    sees(writer, "Saved at")
    assert StatusReport.objects.latest("pk").next_steps == "Typed in a tunnel"
    assert copies(writer) == []


def test_restored_text_is_merged_with_that_of_a_colleague(on_form, ann, bob, hub, period):
    """Only the fields that were typed come back. A field that both typed is asked, and nothing is saved before."""
    phone = on_form(ann, width=PHONE)
    phone.context.set_offline(True)
    types(phone, "Next steps", "Ann's next steps")
    sees(phone, "Not saved: you are offline")
    leaves_offline(phone)
    report = workflow.start_report(hub, period, bob)
    workflow.save_draft(report, bob, {"summary": "Bob's summary", "progress": "Bob's progress"})
    phone.goes_to(PATH)
    presses(phone, "Restore")
    sees(phone, "Saved at")
    report.refresh_from_db()
    saved = (report.summary, report.progress, report.next_steps)
    assert saved == ("Bob's summary", "Bob's progress", "Ann's next steps")

    phone.context.set_offline(True)
    types(phone, "Progress since the last report", "Ann's progress")
    sees(phone, "Not saved: you are offline")
    leaves_offline(phone)
    workflow.save_draft(report, bob, {"progress": "Bob's newer progress"})
    phone.goes_to(PATH)
    with phone.page.expect_navigation():
        presses(phone, "Restore")
    sees(phone, "Bob Baker changed this status report at")
    phone.looks()
    assert phone.page.locator("input:checked").count() == 0
    report.refresh_from_db()
    assert report.progress == "Bob's newer progress"
    phone.page.get_by_label("Bob Baker’s").check()
    with phone.page.expect_navigation():
        presses(phone, "Save selected versions")
    sees(phone, "Draft saved at")
    assert copies(phone) == [], "the user has selected the other version"
    phone.expects("409")


def test_text_of_a_report_submitted_since_is_shown_to_copy(on_form, ann, bob, hub, period):
    phone = on_form(ann, width=PHONE)
    phone.context.set_offline(True)
    types(phone, "Next steps", "Typed in a tunnel")
    sees(phone, "Not saved: you are offline")
    leaves_offline(phone)
    reported(workflow.start_report(hub, period, bob), bob)
    phone.goes_to(PATH)
    sees(phone, "This device has text for this report, typed on")
    sees(phone, "Next steps: Typed in a tunnel")
    phone.looks()
    presses(phone, "Discard")
    assert copies(phone) == []


def test_two_devices_of_one_user(on_form, ann, hub, period):
    """Different fields are saved without a question, one field is asked."""
    desk, phone = on_form(ann), on_form(ann, width=PHONE)
    types(desk, "Summary", "On the desk")
    sees(desk, "Saved at")
    types(phone, "Next steps", "On the phone")
    sees(phone, "Saved at")
    assert "together with changes by Ann Archer" in phone.page.inner_text("#saved")
    assert field(phone, "Summary").input_value() == "On the desk"
    types(desk, "Progress since the last report", "From the desk")
    sees(desk, "together with changes")
    assert field(desk, "Next steps").input_value() == "On the phone"
    types(phone, "Progress since the last report", "From the phone")
    sees(phone, "Not saved: You changed this status report on another device at")
    with phone.page.expect_navigation():
        presses(phone, "Save draft")
    phone.page.get_by_label("Both, one after the other").check()
    with phone.page.expect_navigation():
        presses(phone, "Save selected versions")
    report = StatusReport.objects.get()
    assert (report.summary, report.next_steps) == ("On the desk", "On the phone")
    assert report.progress == "From the phone\n\nFrom the desk"
    phone.expects("409")


def test_save_without_answer_is_given_up(on_form, ann, period):
    writer = on_form(ann)
    writer.page.clock.install()
    hung = []
    writer.page.route(f"**{PATH}", lambda route: hung.append(route))
    field(writer, "Summary").fill("Typed")
    sees(writer, "Unsaved changes")
    writer.page.clock.fast_forward(2600)
    sees(writer, "Saving")
    writer.page.clock.fast_forward(10_100)
    sees(writer, f"Not saved: the portal does not answer. {ON_DEVICE}")
    presses(writer, "Submit")
    writer.page.clock.fast_forward(10_100)
    sees(writer, "Not saved: the portal does not answer")
    assert writer.page.url.endswith(PATH) and len(hung) == 2
    writer.page.unroute_all()
    writer.page.clock.fast_forward(8100)
    sees(writer, "Saved at")
    assert StatusReport.objects.get().summary == "Typed"
    writer.expects("ERR_")


def test_token_and_session_end_while_writing(on_form, ann, period):
    writer = on_form(ann)
    posts = []
    writer.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    writer.context.clear_cookies(name="csrftoken")
    writer.page.evaluate("document.querySelector('[data-report] [name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    types(writer, "Summary", "With an old token")
    sees(writer, "Saved at")
    assert len(posts) == 2, "once more, with a new token"

    writer.context.clear_cookies()
    types(writer, "Next steps", "Signed out")
    sees(writer, "Not saved: you are signed out")
    with writer.page.expect_navigation():
        writer.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    field(writer, "Email address").fill("ann@example.org")
    field(writer, "Password").fill(PASSWORD)
    with writer.page.expect_navigation():
        presses(writer, "Sign in")
    assert field(writer, "Next steps").input_value() == "Signed out"
    sees(writer, "Saved at")
    report = StatusReport.objects.get()
    assert (report.summary, report.next_steps) == ("With an old token", "Signed out")
    assert copies(writer) == []
    writer.expects("403", "401")


@pytest.fixture
def forms_of_hub(hub):
    """{name: (path, {label: text}, button)} of forms without autosave."""
    risk = RiskFactory(project=hub)
    milestone = MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2040, 1, 15))
    decision = {"Decision": "Typed in a tunnel", "Decided by": "Board", "Decided on": "1/2/2026"}
    return {
        "risk": (risk.get_absolute_url(), {"Mitigation": "Typed in a tunnel"}, "Save"),
        "finance": ("/projects/hub/money/edit/", {"Notes on the figures": "Typed in a tunnel"}, "Save"),
        "decision": ("/projects/hub/decisions/add/", decision, "Save"),
        "milestone": (
            f"/projects/hub/milestones/{milestone.pk}/",
            {"Milestone name": "Typed in a tunnel"},
            "Save",
        ),
        "grid": ("/milestones/", {"Actual: Typed in a tunnel, Hub": "1/2/2026"}, "Save all changes"),
    }


def test_form_sent_offline_stays_until_it_can_be_sent(visitor, office, forms_of_hub, subtests):
    writer = visitor(PHONE, person=office)
    writer.page.clock.install()
    for name, (path, answers, button) in forms_of_hub.items():
        with subtests.test(form=name):
            writer.goes_to(path)
            for label, text in answers.items():
                field(writer, label).fill(text)
            writer.context.set_offline(True)
            presses(writer, button)
            sees(writer, f"Not sent: you are offline. Leave this page open, and select {button} again later")
            writer.looks()
            writer.context.set_offline(False)
            sees(writer, "You are online. This page is not sent yet")
            assert {label: field(writer, label).input_value() for label in answers} == answers
            writer.page.clock.fast_forward(1000)  # for the guard against a second press
            with writer.page.expect_navigation():
                presses(writer, button)
            assert writer.page.locator(".nhsuk-notification-banner--success").is_visible()
    saved = (Risk.objects.get().mitigation, Project.objects.get().cost_notes, Decision.objects.get().title)
    assert saved == ("Typed in a tunnel",) * 3
    milestone = Milestone.objects.get()
    assert (milestone.title, milestone.reached) == ("Typed in a tunnel", True)
    writer.expects("ERR_INTERNET_DISCONNECTED")


def test_form_stays_where_the_portal_does_not_answer(visitor, office, forms_of_hub):
    path, _answers, button = forms_of_hub["risk"]
    writer = visitor(person=office)
    writer.goes_to(path)
    writer.page.clock.install()
    hung = []
    writer.page.route("**/healthz", lambda route: hung.append(route))
    field(writer, "Mitigation").fill("Typed")
    presses(writer, button)
    sees(writer, "Sending")
    writer.page.clock.fast_forward(10_100)
    sees(writer, "Not sent: the portal does not answer. Leave this page open")
    writer.page.unroute_all()
    writer.page.clock.fast_forward(2000)  # for the guard against a second press
    with writer.page.expect_navigation():
        presses(writer, button)
    assert Risk.objects.get().mitigation == "Typed"
    writer.expects("ERR_")


def test_user_is_asked_before_leaving_unsaved_changes(visitor, office, forms_of_hub):
    path, _answers, button = forms_of_hub["risk"]
    writer = visitor(person=office)
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    writer.page.on("dialog", stay)
    writer.goes_to(path)
    field(writer, "Mitigation").fill("Typed")
    writer.page.get_by_role("link", name="Projects", exact=True).first.click()
    assert field(writer, "Mitigation").input_value() == "Typed"
    assert asked == ["beforeunload"]
    with writer.page.expect_navigation():
        presses(writer, button)
    writer.goes_to("/projects/")
    assert asked == ["beforeunload"]


def test_page_that_is_closed_is_saved(on_form, ann, period, monkeypatch):
    saved, answer = threading.Event(), report_views._autosaved
    monkeypatch.setattr(report_views, "_autosaved", lambda *args: saved.set() or answer(*args))
    writer = on_form(ann)
    field(writer, "Summary").fill("Typed a moment ago")
    writer.page.goto("about:blank")
    assert saved.wait(20), "the text did not arrive"
    assert StatusReport.objects.get().summary == "Typed a moment ago"


def test_state_and_buttons_are_in_sight(on_form, ann, hub, period):
    writer = on_form(ann, width=PHONE)
    for label in ("Summary", "Public progress note (optional)"):
        field(writer, label).focus()
        bar = writer.page.locator(".app-report .app-bar").bounding_box()
        assert bar["y"] + bar["height"] <= 900 and bar["height"] < 150
        text = field(writer, label).bounding_box()
        assert text["y"] + text["height"] <= bar["y"], "the bar does not hide the field"


@pytest.mark.parametrize("choice", ["Send and sign out", "Discard and sign out"])
def test_signing_out_asks_about_unsaved_text(on_form, ann, period, choice):
    writer = on_form(ann)
    field(writer, "Summary").fill("Typed on a ward")
    sign_out = writer.page.get_by_role("banner").get_by_role("button", name="Sign out")
    sign_out.click()
    sees(writer, "You have unsaved text")
    sees(writer, "Report for Now: Hub")
    writer.looks()
    presses_in_dialog = writer.page.get_by_role("dialog").get_by_role("button", name=choice)
    with writer.page.expect_navigation():
        presses_in_dialog.click()
    assert copies(writer) == []
    writer.goes_to("/account/sign-in/")
    assert StatusReport.objects.filter(summary="Typed on a ward").exists() == choice.startswith("Send")


def test_text_cleared_before_signing_out_is_cleared(on_form, ann, hub, period):
    report = workflow.start_report(hub, period, ann)
    workflow.save_draft(report, ann, {"help_needed": "Decision of the board"})
    writer = on_form(ann)
    field(writer, "Decision or help needed").fill("")
    writer.page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    with writer.page.expect_navigation():
        writer.page.get_by_role("dialog").get_by_role("button", name="Send and sign out").click()
    report.refresh_from_db()
    assert report.help_needed == ""


def test_cancelling_while_text_is_sent_stays_signed_in(on_form, ann, period):
    writer = on_form(ann)
    field(writer, "Summary").fill("Typed on a ward")
    writer.page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    waiting = []
    writer.page.route(f"**{PATH}", lambda route: route.continue_() if waiting else waiting.append(route))
    dialog = writer.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send and sign out").click()
    sees(writer, "Sending")
    assert dialog.get_by_role("button", name="Discard and sign out").is_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    waiting[0].continue_()
    sees(writer, "Saved at")
    assert writer.page.url.endswith(PATH)
    writer.goes_to(PATH)
    assert field(writer, "Summary").input_value() == "Typed on a ward"


def test_text_that_arrived_before_cancelling_is_no_conflict(on_form, ann, period):
    """The portal has saved what was sent when signing out, but its answer comes after Cancel."""
    writer = on_form(ann)
    held = []

    def hold(route):
        if held or route.request.method != "POST":
            route.continue_()
        else:
            held.append((route, route.fetch()))

    field(writer, "Summary").fill("Typed on a ward")
    writer.page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    writer.page.route(f"**{PATH}", hold)
    dialog = writer.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send and sign out").click()
    while not held:
        writer.page.wait_for_timeout(20)
    assert StatusReport.objects.get().summary == "Typed on a ward"
    dialog.get_by_role("button", name="Cancel").click()
    types(writer, "Summary", "Typed later")
    sees(writer, "Saved at")
    route, answer = held[0]
    route.fulfill(response=answer)
    assert StatusReport.objects.get().summary == "Typed later"
    assert copies(writer) == []
