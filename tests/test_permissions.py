"""The status of every address for every user. An address that is not in the permission table fails."""

import re

import pytest
from django.urls import reverse

from tests.conftest import rolled_back
from tests.factories import HubFactory, OrganisationFactory
from tests.permission_table import (
    ALL,
    MOVED,
    NO_ONE,
    POSTS,
    READERS,
    TABLE,
    address,
    answers,
    clients_of,
    make_readers,
    make_records,
    names,
)

pytestmark = pytest.mark.django_db
# Project is registered for autocompletion: its pages redirect to the hub or hospital scheme.
PROJECT_PAGES = {
    "changelist": MOVED,
    "change": MOVED,
    "history": MOVED,
    "simple_history": answers(302, 302, 302, 404, 404),
    "add": NO_ONE,
    "delete": MOVED,
}
UNNAMED = {"admin:None"}  # Django's redirect of an old address, and its catch-all for what does not exist
PUBLIC_PAGES = ["home", *(name for name in TABLE if name.startswith(("projects:", "sites:")) and TABLE[name] == ALL)]
# Pages that some users cannot open, and that accept no POST.
READ_ONLY = {
    "projects:first_steps",
    "projects:person",
    "account_sign_in_link",
    "favicon",
    "admin:autocomplete",
    "message_list",
    "mfa_view_recovery_codes",
    "people:invitation_list",
    "people:person_detail",
    "people:person_list",
    "projects:board_report_pdf",
    "projects:near_csv",
    "projects:board_report_word",
    "projects:hand_over_detail",
    "projects:export_periods",
    "projects:export_users",
    "projects:history_csv",
    "projects:period_csv",
    "projects:history_list",
    "projects:calendar_feed",
    "projects:period_detail",
    "projects:public_updates",
    "projects:reporting",
    "projects:review_queue",
    "projects:registers",
    "projects:start",
    "security_txt",
}
VIEW_ONLY_PAGES = {
    "projects:budget_request_add",
    "projects:change_request_add",
    "projects:change_request_decide",
    "projects:correction",
    "projects:escalation_answer",
    "projects:finance_edit",
    "projects:funding_add",
    "projects:funding_edit",
    "projects:funding_remove",
    "projects:gates_add",
    "projects:milestone_add",
    "projects:milestone_edit",
    "projects:note_correct",
    "projects:note_withdraw",
    "projects:project_close",
    "projects:project_facts",
    "projects:project_facts_start",
    "projects:proposal_decide",
    "projects:register_add",
    "projects:register_edit",
    "projects:register_remove",
    "projects:report",
    "projects:report_delete",
    "projects:risk_add",
    "projects:risk_escalate",
    "projects:risk_return",
}
VIEW_ONLY_FOR_OFFICE = {"people:person_change"}
LEAST = 255  # addresses: lower it only if you remove an address


def assert_private(response):
    """Browsers keep no copy, and a page that comes back asks who is signed in."""
    assert response["Cache-Control"] == "private, no-store"
    if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
        assert b"private-page.js" in response.content


@pytest.fixture(scope="module")
def readers(module_database):
    return make_readers()


@pytest.fixture(scope="module")
def records(module_database):
    return make_records()


def test_permission_table_lists_every_address():
    projects = {f"admin:projects_project_{page}" for page in PROJECT_PAGES}
    assert set(names()) - projects - UNNAMED == set(TABLE)


def test_each_user_gets_status_and_privacy_of_permission_table(readers, records, subtests, checked):
    for name, expected in TABLE.items():
        with subtests.test(address=name), rolled_back():
            url = address(name, records)
            responses = {reader: client.get(url) for reader, client in clients_of(readers).items()}
            assert {reader: response.status_code for reader, response in responses.items()} == expected
            for reader in READERS[1:]:
                assert_private(responses[reader])
                if expected[reader] == 403:
                    heading = heading_of_403(name, reader, "You cannot open this page")
                    assert heading_of(responses[reader]) == heading
    checked("addresses", len(TABLE), at_least=LEAST)
    checked("readers", len(readers), at_least=len(READERS))


def heading_of(response):
    return re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.S)[1].strip()


def heading_of_403(name, reader, refused):
    """The heading of a 403 page: of a record that the user sees, of an act, or of a page that is not theirs."""
    if name in VIEW_ONLY_PAGES or (reader == "office" and name in VIEW_ONLY_FOR_OFFICE):
        return "You can view this, but not change it"
    return refused


def test_post_table_lists_every_post_only_address():
    assert set(POSTS) == {name for name, expected in TABLE.items() if 405 in expected.values()}


def test_each_user_gets_status_of_post_table(readers, records, subtests, checked):
    for name, expected in POSTS.items():
        with subtests.test(address=name):
            url = address(name, records)
            codes = {}
            for reader in READERS:
                with rolled_back():
                    codes[reader] = clients_of(readers)[reader].post(url).status_code
            assert codes == expected
    checked("addresses posted to", len(POSTS), at_least=11)


def test_user_who_cannot_open_a_page_cannot_post_to_it(readers, records, subtests, checked):
    done = 0
    for name in sorted(set(TABLE) - set(POSTS) - READ_ONLY):
        closed = {reader: code for reader, code in TABLE[name].items() if code in {302, 403, 404}}
        with subtests.test(address=name), rolled_back():
            url = address(name, records)
            clients = clients_of(readers)
            responses = {reader: clients[reader].post(url) for reader in closed}
            assert {reader: response.status_code for reader, response in responses.items()} == closed
            for reader in [reader for reader, code in closed.items() if code == 403]:
                heading = heading_of_403(name, reader, "You cannot make this change")
                assert heading_of(responses[reader]) == heading
        done += len(closed)
    checked("posts without permission", done, at_least=520)


def test_post_to_read_only_page_is_405(readers, records, subtests):
    for name in READ_ONLY:
        with subtests.test(address=name), rolled_back():
            assert clients_of(readers)["office"].post(address(name, records)).status_code == 405


def test_base_project_has_no_admin_pages(readers, records, subtests):
    hub = records["projects_hub"]
    for page, expected in PROJECT_PAGES.items():
        arguments = {"changelist": [], "add": [], "simple_history": [hub.pk, 1]}.get(page, [hub.pk])
        url = reverse(f"admin:projects_project_{page}", args=arguments)
        with subtests.test(page=page), rolled_back():
            assert {reader: client.get(url).status_code for reader, client in clients_of(readers).items()} == expected


def test_public_pages_are_read_only(readers, records, subtests, checked):
    for name in PUBLIC_PAGES:
        with subtests.test(address=name), rolled_back():
            client, url = clients_of(readers)["anonymous"], address(name, records)
            assert client.post(url).status_code == 405
            assert client.head(url).status_code == 200
    checked("public pages", len(PUBLIC_PAGES), at_least=20)


class TestProjectPage:
    """The project's page for each role, visibility and relation to the project."""

    OPENNESS = ["published", "unpublished", "restricted", "published and restricted"]
    RELATIONS = ["none", "lead", "partner"]

    def test_project_page_follows_openness_and_relation(self, readers, subtests, checked):
        cases = [(reader, o, r) for reader in READERS for o in self.OPENNESS for r in self.RELATIONS]
        for reader, openness, relation in cases:
            with subtests.test(reader=reader, openness=openness, relation=relation), rolled_back():
                self.check(clients_of(readers)[reader], reader, openness, relation)
        checked("kinds of access to a project", len(cases), at_least=60)

    def check(self, client, reader, openness, relation):
        organisation = client.user.organisation if reader != "anonymous" else OrganisationFactory()
        hub = HubFactory(published="published" in openness.split(), restricted="restricted" in openness)
        if relation == "lead":
            hub.lead_organisation = organisation
            hub.save()
        elif relation == "partner":
            hub.partner_organisations.add(organisation)
        seen = (
            "published" in openness.split()
            or reader in {"office", "administrator"}
            or (reader != "anonymous" and (openness == "unpublished" or relation != "none"))
        )
        assert client.get(hub.get_absolute_url()).status_code == (200 if seen else 404)
        if reader != "anonymous":
            history = reverse("projects:project_history", args=[hub.slug])
            assert client.get(history).status_code == (200 if seen else 404)
