"""Escalating a risk, and the answers."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from pytest_django.asserts import assertContains

from projects.models import EscalationState, RiskEscalation
from projects.risks import escalations
from tests.factories import HubFactory, ProgrammeFactory, RiskEscalationFactory, RiskFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = datetime.date(2026, 11, 23)
LIST = "projects:escalation_list"
ASKED = {"tier": "portfolio", "why": "The trust cannot pay", "wanted": "£1m by March"}


@pytest.fixture
def hub(trust):
    return HubFactory(title="Acute Services Block", lead_organisation=trust, programme=ProgrammeFactory())


@pytest.fixture
def risk(hub):
    return RiskFactory(project=hub, title="Tender prices rise", review_on=TODAY)


@pytest.fixture
def waiting(risk, contributor_client):
    return RiskEscalationFactory(risk=risk, asked_by=contributor_client.user)


def address(act, risk):
    return reverse(f"projects:risk_{act}", args=[risk.project.slug, risk.pk])


def test_contributor_escalates_and_level_waits_for_the_answer(contributor_client, office_client, risk):
    assert contributor_client.post(address("escalate", risk), ASKED).status_code == 302
    risk.refresh_from_db()
    assert risk.escalation == "project"
    assert list(RiskEscalation.objects.waiting().values_list("tier", "why", "wanted")) == [tuple(ASKED.values())]
    assert "£1m by March" in office_client.get(reverse(LIST)).content.decode()
    page = contributor_client.get(risk.get_absolute_url()).content.decode()
    assert "Waiting for an answer" in page and "Answer this escalation" not in page


def test_office_accepts_with_a_date(office_client, waiting, risk):
    answer = {"decision": "accept", "review_on": "14/12/2026", "answer": "At the next board"}
    assert office_client.post(waiting.get_absolute_url(), answer).status_code == 302
    risk.refresh_from_db()
    assert (risk.escalation, risk.review_on) == ("portfolio", datetime.date(2026, 12, 14))
    assert not RiskEscalation.objects.waiting().exists()
    page = office_client.get(risk.get_absolute_url()).content.decode()
    assert "Accepted by" in page and "Next review 14 December 2026" in page and "At the next board" in page
    assert office_client.post(waiting.get_absolute_url(), answer).status_code == 409


def test_office_sends_back_with_a_reason(office_client, waiting, risk, hub):
    office_client.post(waiting.get_absolute_url(), {"decision": "send_back", "answer": "Use the contingency"})
    risk.refresh_from_db()
    assert risk.escalation == "project"
    assert "Use the contingency" in office_client.get(risk.get_absolute_url()).content.decode()
    history = office_client.get(reverse("projects:project_history", args=[hub.slug])).content.decode()
    assert "Escalation" in history and "Use the contingency" in history


@pytest.mark.parametrize("is_recorded", [True, False])
def test_office_returns_escalated_risk_to_project(is_recorded, office_client, waiting, risk):
    if is_recorded:
        escalations.accept(waiting, office_client.user, review_on=TODAY)
    else:  # by the field of a former release
        waiting.delete()
        type(risk).objects.update(escalation="programme")
    office_client.post(address("return", risk), {"reason": "The board has paid"})
    risk.refresh_from_db()
    assert (risk.escalation, risk.history.first().history_change_reason) == ("project", "The board has paid")
    states = list(risk.escalations.values_list("state", "answer"))
    assert states == ([(EscalationState.SENT_BACK, "The board has paid")] if is_recorded else [])


def test_returning_risk_leaves_answers_of_earlier_escalations(office_client, contributor_client, risk):
    for tier in ("programme", "portfolio"):
        asked = escalations.escalate(risk, contributor_client.user, **ASKED | {"tier": tier})
        escalations.accept(asked, office_client.user, review_on=TODAY, answer=f"At the {tier} board")
        risk.refresh_from_db()
    escalations.return_to_project(risk, office_client.user, reason="The board has paid")
    answers = risk.escalations.order_by("pk").values_list("state", "answer")
    assert list(answers) == [("accepted", "At the programme board"), ("sent_back", "The board has paid")]


def test_escalation_to_programme_that_the_project_left_is_not_accepted(office_client, risk, hub):
    waiting = RiskEscalationFactory(risk=risk, tier="programme")
    type(hub).objects.update(programme=None)
    answer = {"decision": "accept", "review_on": "14/12/2026"}
    page = office_client.post(waiting.get_absolute_url(), answer)
    assertContains(page, "The programme is no longer a level above this risk", status_code=409)
    risk.refresh_from_db()
    assert (risk.escalation, RiskEscalation.objects.waiting().count()) == ("project", 1)
    answer = {"decision": "send_back", "answer": "Ask the portfolio board"}
    assert office_client.post(waiting.get_absolute_url(), answer).status_code == 302


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"tier": ""}, "tier"),
        ({"tier": "project"}, "tier"),
        ({"why": " "}, "why"),
        ({"wanted": ""}, "wanted"),
        ({"wanted": "x" * 1001}, "wanted"),
    ],
)
def test_error_of_escalation_is_shown_with_its_field(values, field, contributor_client, risk):
    page = contributor_client.post(address("escalate", risk), ASKED | values)
    assert list(page.context["form"].errors) == [field]
    assert not RiskEscalation.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"decision": ""}, "decision"),
        ({"decision": "accept"}, "review_on"),
        ({"decision": "accept", "review_on": "1/11/2026"}, "review_on"),
        ({"decision": "accept", "review_on": "soon"}, "review_on"),
        ({"decision": "send_back"}, "answer"),
    ],
)
def test_error_of_answer_is_shown_with_its_field(values, field, office_client, waiting):
    page = office_client.post(waiting.get_absolute_url(), values)
    assert list(page.context["form"].errors) == [field]
    assert RiskEscalation.objects.waiting().exists()


def test_levels_offered_are_those_above(contributor_client, risk, hub):
    def offered():
        page = contributor_client.get(address("escalate", risk))
        return [value for value, _label in page.context["form"].fields["tier"].choices]

    assert offered() == ["programme", "portfolio"]
    type(risk).objects.update(escalation="programme")
    assert offered() == ["portfolio"]
    type(risk).objects.update(escalation="project")
    type(hub).objects.update(programme=None)
    assert offered() == ["portfolio"]


@pytest.mark.parametrize("why", ["closed", "waiting", "portfolio"])
def test_risk_that_cannot_be_escalated(why, contributor_client, risk):
    if why == "waiting":
        RiskEscalationFactory(risk=risk)
    else:
        changes = {"closed_on": TODAY, "closed_why": "Done"} if why == "closed" else {"escalation": "portfolio"}
        type(risk).objects.update(**changes)
    risk.refresh_from_db()
    with pytest.raises(ValidationError):
        escalations.escalate(risk, contributor_client.user, **ASKED)
    page = contributor_client.get(address("escalate", risk), follow=True).content.decode()
    assert escalations.why_not_escalated(risk) in page and address("escalate", risk) not in page
    assert contributor_client.post(address("escalate", risk), ASKED).status_code == 409


def test_closed_risk_waits_for_no_answer(office_client, waiting, risk):
    type(risk).objects.update(closed_on=TODAY, closed_why="Done")
    assert not RiskEscalation.objects.waiting().exists()
    answer = {"decision": "accept", "review_on": "14/12/2026"}
    assert office_client.post(waiting.get_absolute_url(), answer).status_code == 409


def test_form_of_risk_does_not_change_its_level(office_client, risk):
    form = office_client.get(risk.get_absolute_url()).context["form"]
    assert "escalation" not in form.fields


def test_who_may(waiting, risk, viewer_client, contributor_client, other_contributor_client, client):
    for reader in (viewer_client, other_contributor_client):
        assert reader.post(address("escalate", risk), ASKED).status_code == 403
        with pytest.raises(PermissionDenied):
            escalations.escalate(risk, reader.user, **ASKED)
    with pytest.raises(PermissionDenied):
        escalations.send_back(waiting, contributor_client.user, answer="x")
    page = viewer_client.get(reverse(LIST)).content.decode()
    assert risk.title in page and waiting.get_absolute_url() not in page
    type(risk.project).objects.update(published=False, restricted=True)
    assert risk.title not in other_contributor_client.get(reverse(LIST)).content.decode()


def test_list_has_states_and_a_constant_number_of_queries(office_client, django_assert_num_queries):
    for count in (1, 24):
        for _ in range(count):
            RiskEscalationFactory()
        office_client.get(reverse(LIST))
        with django_assert_num_queries(5):
            assert office_client.get(reverse(LIST)).status_code == 200
    assert not office_client.get(f"{reverse(LIST)}?state=accepted").context["rows"]
    assert office_client.get(f"{reverse(LIST)}?state=wrong").context["rows"]


@pytest.mark.parametrize(
    "fields",
    [{"tier": "project"}, {"state": "moon"}, {"state": "accepted"}, {"state": "sent_back", "answer": "x"}],
)
def test_database_refuses_invalid_escalation(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        RiskEscalationFactory(**fields)
