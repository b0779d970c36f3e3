"""Two people edit one project in the admin: what both changed is saved, and what they changed differently is asked."""

import datetime
import re

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.admin_merging import MergedModelForm, MergedRows
from projects.milestones.grid import rows_posted
from projects.models import Project
from projects.reporting import notes, proposals, workflow
from projects.versions import opened_version
from tests.admin_forms import filled_in, messages_of
from tests.deletions import delete_whole
from tests.factories import (
    FundingLineFactory,
    HubFactory,
    MilestoneFactory,
    OtherNameFactory,
    ProgressNoteFactory,
    ReportingPeriodFactory,
    reported,
)
from tests.form_inputs import posted_by


@pytest.fixture
def hub(db):
    return HubFactory(title="Wing surgery", summary="A surgery")


@pytest.fixture
def lines(hub):
    return [FundingLineFactory(project=hub, funder=name, note="") for name in ("NHS England", "Council")]


def page_of(record):
    return reverse(f"admin:projects_{record._meta.model_name}_change", args=[record.pk])


def opened(client, record, **typed):
    """What a user sends later who opens the record's form now."""
    return filled_in(client.get(page_of(record)), **typed)


def test_changes_of_different_fields_are_both_saved(admin_client, office_client, hub):
    type(office_client.user).objects.filter(pk=office_client.user.pk).update(name="Olu Office")
    mine = opened(admin_client, hub, title="My title")
    office_client.post(page_of(hub), opened(office_client, hub, summary="Their summary"))
    page = admin_client.post(page_of(hub), mine, follow=True)
    hub.refresh_from_db()
    assert (hub.title, hub.summary, hub.version) == ("My title", "Their summary", 2)
    assert messages_of(page)[0].startswith("Saved, together with changes by Olu Office at ")
    assert hub.history.first().history_change_reason == "Changed Title."


def test_same_field_is_asked_and_the_answer_is_saved(admin_client, office_client, hub):
    type(office_client.user).objects.filter(pk=office_client.user.pk).update(name="Olu Office")
    mine = opened(admin_client, hub, title="My title", summary="My summary")
    office_client.post(page_of(hub), opened(office_client, hub, title="Their title"))
    page = admin_client.post(page_of(hub), mine)
    assertContains(page, "Olu Office changed this hub at ", status_code=409)
    for text in ("My title", "Their title"):
        assertContains(page, text, status_code=409)
    assertNotContains(page, "checked", status_code=409)
    hub.refresh_from_db()
    assert (hub.title, hub.summary) == ("Their title", "A surgery")

    answer = posted_by(page, "title")[1]
    assertContains(admin_client.post(page_of(hub), answer), "Select which version to save: Title", status_code=409)
    assert admin_client.post(page_of(hub), answer | {"choose-title": "mine"}).status_code == 302
    hub.refresh_from_db()
    assert (hub.title, hub.summary) == ("My title", "My summary")


def test_rows_merge_one_by_one(admin_client, office_client, hub, lines):
    first, second = lines
    mine = opened(admin_client, hub, **{"funding_lines-0-note": "Mine", "funding_lines-1-note": "Mine"})
    OtherNameFactory(project=hub, name="Cedar House")
    theirs = {"funding_lines-0-funder": "NHS", "funding_lines-1-note": "Theirs"}
    office_client.post(page_of(hub), opened(office_client, hub, **theirs))
    page = admin_client.post(page_of(hub), mine)
    assertContains(page, "Theirs", status_code=409)
    answer = posted_by(page, "title")[1] | {"choose-funding_lines-1-note": "theirs"}
    assert admin_client.post(page_of(hub), answer).status_code == 302
    for line in lines:
        line.refresh_from_db()
    assert (first.funder, first.note, second.note) == ("NHS", "Mine", "Theirs")
    assert (second.history.count(), hub.other_names.count()) == (2, 1)


def test_deleted_row_is_named_with_what_was_typed(admin_client, hub, lines):
    first, second = lines
    typed = {"funding_lines-0-note": "Mine", "funding_lines-1-funder": "City council"}
    mine = opened(admin_client, hub, **typed)
    first.delete()
    page = admin_client.post(page_of(hub), mine)
    assertContains(page, "NHS England: someone deleted this after you opened the page. Not saved: Note: Mine")
    assertContains(page, "City council")
    assert admin_client.post(page_of(hub), posted_by(page, "title")[1]).status_code == 302
    second.refresh_from_db()
    assert (second.funder, hub.funding_lines.count()) == ("City council", 1)


def test_row_that_someone_changed_is_not_deleted_at_once(admin_client, hub, lines):
    mine = opened(admin_client, hub, **{"funding_lines-0-DELETE": "on"})
    hub.funding_lines.filter(pk=lines[0].pk).update(note="Paid twice")
    page = admin_client.post(page_of(hub), mine)
    assertContains(page, "Someone changed this after you opened the page")
    assertContains(page, "Paid twice")
    answer = posted_by(page, "title")[1]
    assert "funding_lines-0-DELETE" not in answer
    assert admin_client.post(page_of(hub), answer | {"funding_lines-0-DELETE": "on"}).status_code == 302
    assert hub.funding_lines.get() == lines[1]


def test_conflict_is_asked_with_deleted_row_and_new_row(admin_client, hub, lines):
    mine = opened(admin_client, hub, title="My title") | {"funding_lines-TOTAL_FORMS": "3"}
    row = {"funder": "Charity", "funder_kind": "not_stated", "status": "not_stated"}
    mine |= {f"funding_lines-2-{name}": value for name, value in row.items()}
    lines[0].delete()
    Project.objects.filter(pk=hub.pk).update(title="Their title")
    answer = posted_by(admin_client.post(page_of(hub), mine), "title")[1] | {"choose-title": "mine"}
    assert admin_client.post(page_of(hub), answer).status_code == 302
    hub.refresh_from_db()
    assert (hub.title, {line.funder for line in hub.funding_lines.all()}) == ("My title", {"Council", "Charity"})


def test_refused_deletion_is_shown_before_conflict_is_asked(admin_client, hub, lines):
    mine = opened(admin_client, hub, title="My title", **{"funding_lines-0-DELETE": "on"})
    hub.funding_lines.filter(pk=lines[0].pk).update(note="Paid twice")
    Project.objects.filter(pk=hub.pk).update(title="Their title")
    page = admin_client.post(page_of(hub), mine)
    assertContains(page, "tick Delete again to delete it")
    answer = posted_by(page, "title")[1] | {"funding_lines-0-DELETE": "on"}
    page = admin_client.post(page_of(hub), answer)
    assertContains(page, "Their title", status_code=409)
    answer = posted_by(page, "title")[1] | {"choose-title": "mine"}
    assert admin_client.post(page_of(hub), answer).status_code == 302
    hub.refresh_from_db()
    assert (hub.title, hub.funding_lines.get()) == ("My title", lines[1])


@pytest.mark.parametrize("reached", [False, True])
def test_unchanged_milestone_that_someone_deleted_is_left_out(admin_client, hub, reached):
    milestone = MilestoneFactory(project=hub, title="Opening")
    if reached:
        milestone.record_date("actual", datetime.date(2026, 3, 1), stated_on=datetime.date(2026, 3, 2))
    mine = opened(admin_client, hub, title="My title")
    delete_whole(milestone)
    assert admin_client.post(page_of(hub), mine).status_code == 302
    hub.refresh_from_db()
    assert hub.title == "My title"


def test_milestone_keeps_title_and_asks_about_date_changed_since(admin_client, hub):
    milestone = MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 3, 1))
    mine = opened(admin_client, hub, **{"milestones-0-new_date": "May 2027", "milestones-0-new_kind": "actual"})
    admin_client.post(page_of(milestone), opened(admin_client, milestone, title="Doors open"))
    milestone.record_date("actual", datetime.date(2026, 3, 1), stated_on=datetime.date(2026, 3, 2))
    page = admin_client.post(page_of(hub), mine | {"milestones-0-new_date": "May 2026"})
    assertContains(page, "Someone changed the current date after you opened the page: 1 Mar 2026, reached")
    assert milestone.statements.count() == 2
    answer = posted_by(page, "title")[1]
    assert (answer["milestones-0-title"], answer["milestones-0-new_date"]) == (["Doors open"], ["May 2026"])
    assert admin_client.post(page_of(hub), answer).status_code == 302
    milestone.refresh_from_db()
    assert (milestone.title, milestone.current_label) == ("Doors open", "May 2026")


def test_unchanged_older_form_changes_nothing(admin_client, hub):
    """Neither the milestone that someone renamed nor the version that someone published."""
    milestone = MilestoneFactory(project=hub, title="Opening")
    Project.objects.filter(pk=hub.pk).update(published=False)
    mine = opened(admin_client, hub)
    admin_client.post(page_of(milestone), opened(admin_client, milestone, title="Doors open"))
    Project.objects.filter(pk=hub.pk).update(published=True)
    assert admin_client.post(page_of(hub), mine).status_code == 302
    for record in (hub, milestone):
        record.refresh_from_db()
    assert (milestone.title, hub.published) == ("Doors open", True)


def test_restoring_version_asks_again_after_newer_save(admin_client, hub):
    first = hub.history.first()
    hub.title = "Newer"
    hub.save()
    url = reverse("admin:projects_hub_simple_history", args=[hub.pk, first.pk])
    data = filled_in(admin_client.get(url))
    hub.title = "Newest"
    hub.save()
    page = admin_client.post(url, data)
    assertContains(page, "Someone changed this after you opened the page")
    assert page.context["differences"] == [{"field": "Title", "old": "Wing surgery", "new": "Newest"}]
    assert admin_client.post(url, filled_in(page)).status_code == 302
    hub.refresh_from_db()
    assert hub.title == "Wing surgery"


def test_saving_project_keeps_report_returned_since(admin_client, hub):
    period = ReportingPeriodFactory(opens_on=datetime.date(2026, 1, 1))
    report = reported(workflow.start_report(hub, period, admin_client.user), admin_client.user)
    mine = opened(admin_client, hub, title="New title")
    workflow.return_report(report, admin_client.user, "Say more")
    assert admin_client.post(page_of(hub), mine).status_code == 302
    project = Project.objects.get(pk=hub.pk)
    assert (project.title, project.current_report, project.trend) == ("New title", None, "")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_project_and_rows_are_locked_before_they_are_compared(admin_client, hub, lines):
    mine = opened(admin_client, hub, title="New title")
    with CaptureQueriesContext(connection) as queries:
        admin_client.post(page_of(hub), mine)
    for table, lock in (("projects_project", "FOR NO KEY UPDATE"), ("projects_fundingline", "FOR UPDATE")):
        first = next(query["sql"] for query in queries if f'FROM "{table}"' in query["sql"])
        assert lock in first


def accept_date(client, hub, milestone):
    proposals.decide_date(milestone.statements.get(), client.user, accept=True)


def publish(client, hub, milestone):
    proposals.decide_public(milestone, client.user, publish=True, opened=opened_version(milestone))


def withdraw_note(client, hub, milestone):
    notes.withdraw_note(ProgressNoteFactory(project=hub), client.user, reason="Another hub")


def post_grid(client, hub, milestone):
    with transaction.atomic():
        rows_posted(client.user, {f"m{milestone.pk}-forecast": "May 2027"})


def delete_milestone(client, hub, milestone):
    url = reverse("admin:projects_milestone_delete", args=[milestone.pk])
    assert client.post(url, {"name": str(milestone), "reason": "Added twice"}).status_code == 302


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("act", [accept_date, publish, withdraw_note, post_grid, delete_milestone])
def test_project_is_locked_before_its_records(admin_client, hub, act):
    milestone = MilestoneFactory(project=hub, public=False, proposed_public=True)
    milestone.record_date("forecast", datetime.date(2027, 3, 1), recorded_at=timezone.now(), accepted_at=None)
    with CaptureQueriesContext(connection) as queries:
        act(admin_client, hub, milestone)
    changes = [sql for query in queries if re.search("^UPDATE .*projects_|FOR (NO KEY )?UPDATE", sql := query["sql"])]
    assert 'FROM "projects_project"' in changes[0] and "FOR NO KEY UPDATE" in changes[0]


def test_every_form_of_the_admin_merges(rf, admin_client):
    request = rf.get("/")
    request.user = admin_client.user
    for model_admin in admin.site._registry.values():
        if not model_admin.has_change_permission(request):
            continue
        assert issubclass(model_admin.form, MergedModelForm), model_admin
        for inline in model_admin.inlines:
            assert issubclass(inline.form, MergedModelForm) and issubclass(inline.formset, MergedRows), inline
