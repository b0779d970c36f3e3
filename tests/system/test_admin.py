"""The admin in a browser: its scripts run under the strict policy, and two people at once lose nothing."""

import pytest

from projects.models import Hub
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def administrator(visitor, blmk):
    """Makes visitors who are signed in as an administrator, each another person."""

    def make(name="Ada", width=1280):
        UserFactory(email=f"{name}@example.org".lower(), name=name, role="administrator")
        person = visitor(width)
        person.signs_in(f"{name}@example.org".lower(), PASSWORD)
        return person

    return make


def test_its_pages_break_no_rule_of_the_policy(administrator):
    """The visitor's fixture fails the test for any error in the console."""
    person = administrator()
    hub = Hub.objects.get(slug="leighton-buzzard-hub")
    for path in (
        "",
        "projects/hub/",
        f"projects/hub/{hub.pk}/change/",
        f"projects/hub/{hub.pk}/history/",
        f"projects/hub/{hub.pk}/delete/",
        "projects/hospitalscheme/add/",
        "projects/milestone/",
        "sites/site/",
        "sites/organisation/add/",
        "accounts/user/",
    ):
        person.goes_to(f"/admin/{path}")


def test_an_organisation_is_found_by_typing(administrator):
    person = administrator()
    hub = Hub.objects.get(slug="olney-surgery")
    person.goes_to(f"/admin/projects/hub/{hub.pk}/change/")
    page = person.page
    page.locator(".field-lead_organisation .select2-selection").click()
    page.locator(".select2-search__field").last.fill("milton keynes city")
    page.get_by_role("option", name="Milton Keynes City Council").click()
    person.follows(page.get_by_role("button", name="Save", exact=True).first)
    hub.refresh_from_db()
    assert hub.lead_organisation.name == "Milton Keynes City Council"


def test_the_second_of_two_who_save_is_told_and_keeps_what_was_typed(administrator):
    first, second = administrator("Ada"), administrator("Ben")
    hub = Hub.objects.get(slug="olney-surgery")
    for person, summary in ((first, "Ada's summary"), (second, "Ben's summary")):
        person.goes_to(f"/admin/projects/hub/{hub.pk}/change/")
        person.page.get_by_label("Summary").fill(summary)
    first.follows(first.page.get_by_role("button", name="Save", exact=True).first)
    second.follows(second.page.get_by_role("button", name="Save", exact=True).first)
    assert "Ada saved this project" in second.page.inner_text("#content")
    assert second.page.get_by_label("Summary").input_value() == "Ben's summary"
    hub.refresh_from_db()
    assert hub.summary == "Ada's summary"
