"""The admin in a browser: content security policy, autocompletion, conflicts and dates."""

import pytest

from projects.models import Hub
from tests.factories import HubFactory, UserFactory


@pytest.fixture(scope="module")
def address(blmk_portal):
    return blmk_portal


@pytest.fixture
def administrator(visitor):
    """Returns visitors signed in as administrators, each another user."""

    def make(name="Ada"):
        return visitor(person=UserFactory(name=name, role="administrator"))

    return make


def test_admin_pages_follow_content_security_policy(administrator):
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


def test_inputs_of_a_row_are_in_line_and_no_column_is_outside_the_page(administrator):
    person = administrator()
    page = person.page
    hub = Hub.objects.filter(milestones__isnull=False).first()
    person.goes_to(f"/admin/projects/hub/{hub.pk}/change/")
    page.get_by_text("Correct or add a date").first.click()
    boxes = page.eval_on_selector_all(
        "#milestones-0 .form-multiline",
        """rows => rows.map(row => [...row.querySelectorAll("input[type=text], input[type=url], select")].map(
            box => [box.getBoundingClientRect().top, box.getBoundingClientRect().height]))""",
    )
    assert len(boxes) == 4
    for row in boxes:
        assert all(box == row[0] for box in row), row
    page.set_viewport_size({"width": 1280, "height": 900})
    for kind in ("hub", "hospitalscheme"):
        person.goes_to(f"/admin/projects/{kind}/")
        assert page.eval_on_selector(".results", "box => box.scrollWidth <= box.clientWidth")


def test_administrator_finds_organisation_by_typing(administrator):
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


def test_second_user_selects_version_of_what_both_changed(administrator):
    first, second = administrator("Ada"), administrator("Ben")
    hub = Hub.objects.get(slug="olney-surgery")
    for person, summary in ((first, "Ada's summary"), (second, "Ben's summary")):
        person.goes_to(f"/admin/projects/hub/{hub.pk}/change/")
        person.page.get_by_label("Summary").fill(summary)
    second.page.get_by_label("Description").fill("Ben's description")
    first.follows(first.page.get_by_role("button", name="Save", exact=True).first)
    page = second.page
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("heading", name="Ada changed this hub at").wait_for()
    second.expects("409")
    page.get_by_label("Yours").check()
    second.follows(page.get_by_role("button", name="Save selected versions"))
    hub.refresh_from_db()
    assert (hub.summary, hub.description) == ("Ben's summary", "Ben's description")


def test_administrator_corrects_date_and_public_sees_it(visitor, administrator):
    person = administrator()
    page = person.page
    person.goes_to("/projects/wixams-gp-surgery/")
    assert "January to March 2029" in page.get_by_role("main").inner_text()
    person.follows(page.get_by_role("link", name="Edit in admin"))
    page.get_by_text("Correct or add a date").first.click()
    page.locator("#id_milestones-0-new_date").fill("June 2029")
    page.locator("#id_milestones-0-reason").select_option("Planning permission")
    page.locator("#id_milestones-0-explanation").fill("The inspector asked for a second hearing")
    person.follows(page.get_by_role("button", name="Save", exact=True).first)
    assert "was changed successfully" in page.inner_text("#container")
    person.goes_to("/projects/wixams-gp-surgery/")
    assert "June 2029" in page.get_by_role("main").inner_text()
    public = visitor()
    public.goes_to("/projects/wixams-gp-surgery/")
    assert "June 2029" in public.page.get_by_role("main").inner_text()
    assert "January to March 2029" in public.page.get_by_role("main").inner_text()


def test_administrator_deletes_hub_by_its_name_and_restores_it(administrator):
    person = administrator()
    page = person.page
    hub = HubFactory(title="Wing surgery", published=False)
    person.goes_to(f"/admin/projects/hub/{hub.pk}/delete/")
    page.get_by_label("Name").fill("Another surgery")
    page.get_by_label("Reason").fill("Entered twice")
    person.follows(page.get_by_role("button", name="Delete hub"))
    assert "Name must be Wing surgery" in page.inner_text("#content")
    page.get_by_label("Name").fill("Wing surgery")
    person.follows(page.get_by_role("button", name="Delete hub"))
    assert not Hub.objects.filter(title="Wing surgery").exists()
    person.goes_to("/admin/deletion/deletion/")
    person.follows(page.get_by_role("link", name="Hub “Wing surgery”"))
    person.follows(page.get_by_role("button", name="Restore"))
    assert "restored" in page.inner_text("#container")
    assert page.locator("#id_title").input_value() == "Wing surgery"
