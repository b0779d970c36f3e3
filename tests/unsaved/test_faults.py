"""What users typed is shown where a form is too long or the database is away."""

import pytest
from django.db import InternalError, OperationalError, connection
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.accounts.models import Role
from estates_portal.unsaved.posted import writer_of
from projects.finance.forms import YearFormSet
from projects.models import Decision
from projects.risks.forms import ActionFormSet
from tests.conftest import signed_in
from tests.factories import HubFactory, RiskFactory
from tests.form_inputs import posted_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db):
    client = signed_in(role=Role.PROGRAMME_OFFICE)
    client.raise_request_exception = False
    return client


@pytest.fixture
def url():
    return reverse("projects:register_add", args=[HubFactory().slug, "decisions"])


def failing(error):
    """No statement reaches the database."""

    def fail(execute, sql, params, many, context):
        raise error

    return connection.execute_wrapper(fail)


def typed(client, **more):
    return {
        "writer": writer_of(client.user),
        "title": "Go <on>",
        "decided_on": "2026-01-05",
        "decided_by": "Board",
        **more,
    }


@pytest.mark.parametrize(
    "error", [OperationalError("connection refused"), InternalError("cannot execute UPDATE in a read-only transaction")]
)
def test_text_is_shown_while_database_is_away_and_can_be_sent_again(client, url, error):
    data = typed(client)
    with failing(error):
        page = client.post(url, data)
    assertContains(page, "Go &lt;on&gt;", status_code=503)
    assertContains(page, "The portal cannot save anything now", status_code=503)
    assert page["Retry-After"] == "30"
    address, data = posted_by(page)
    assert client.post(address, data).status_code == 302
    assert Decision.objects.get().title == "Go <on>"


def test_autosave_is_told_that_database_is_away(client, url):
    with failing(OperationalError("connection refused")):
        answer = client.post(url, typed(client, action="autosave"))
    assert (answer.status_code, answer.json()) == (503, {"unavailable": True})


def test_text_of_another_site_is_not_shown(client, url):
    with failing(OperationalError("connection refused")):
        assertNotContains(client.post(url, {"title": "Forged"}), "Forged", status_code=503)
        client.handler.enforce_csrf_checks = True
        assertNotContains(client.post(url, typed(client)), "Go &lt;on", status_code=503)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OperationalError("connection refused"), "The portal is not available"),
        (InternalError("cannot execute UPDATE in a read-only transaction"), "You can read its pages"),
    ],
)
def test_reader_is_told_that_database_is_away(client, error, text):
    with failing(error):
        assertContains(client.get("/"), text, status_code=503)


def test_other_errors_are_500(client, url):
    with failing(InternalError("current transaction is aborted")):
        assertContains(client.post(url, typed(client)), "There is a problem with the portal", status_code=500)


@pytest.mark.parametrize("formset", [ActionFormSet, YearFormSet])
def test_formset_reads_few_rows_more_than_it_takes(formset):
    assert formset.absolute_max <= formset.max_num + 5


def test_forged_number_of_rows_is_an_error_with_the_typed_rows(client):
    risk = RiskFactory()
    url = reverse("projects:risk_edit", args=[risk.project.slug, risk.pk])
    _address, data = posted_by(client.get(url))
    page = client.post(url, data | {"actions-TOTAL_FORMS": "2147483647", "actions-0-what": "Call the builder"})
    assertContains(page, "A risk can have up to 40 actions")
    assertContains(page, "Call the builder")
    assert len(page.content) < 300_000


def test_too_many_fields_are_413(client, url):
    assertContains(client.post(url, {f"f{n}": "" for n in range(5001)}), "Your changes are too long", status_code=413)
