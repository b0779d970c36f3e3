"""My work, the review queue, and who has reported for a period."""

import datetime

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from estates_portal.accounts.models import Role
from projects.models import (
    DeliveryState,
    Following,
    Notice,
    PublicNoteOffer,
    ReportingCadence,
    ReportingPeriod,
    UpdateState,
)
from projects.reporting import workflow
from tests.admin_forms import filled_in
from tests.conftest import signed_in
from tests.factories import HubFactory, OrganisationFactory, UserFactory, reported
from tests.projects.test_report_form import month

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)
MY_WORK = reverse("projects:my_work")
QUEUE = reverse("projects:review_queue")
PERIODS = reverse("projects:period_list")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def period(db):
    return month(11)


def report_on(project, period, by, **words):
    return reported(workflow.start_update(project, period, by), by, **words)


class TestMyWork:
    def due(self, client):
        page = client.get(MY_WORK).context["page_obj"]
        return [(one.project.title, one.period.name, one.words) for one in page.object_list]

    def test_returned_first_then_overdue_then_due(self, contributor_client, office_client, trust, period):
        october = month(10)
        first, second = (HubFactory(title=title, lead_organisation=trust) for title in ("Alpha", "Beta"))
        update = report_on(second, period, contributor_client.user)
        workflow.return_update(update, office_client.user, "Say when it opens")
        report_on(second, october, contributor_client.user)
        assert self.due(contributor_client) == [
            ("Beta", "November 2026", "Due in 3 days"),
            ("Alpha", "October 2026", "27 days late"),
            ("Alpha", "November 2026", "Due in 3 days"),
        ]
        page = contributor_client.get(MY_WORK).content.decode()
        assert "Say when it opens" in page
        assert "<strong>1 overdue</strong>" in page
        assert reverse("projects:report", args=[first.slug, period.slug]) in page

    def test_what_is_in_or_not_mine_or_not_owed_is_not_there(self, contributor_client, trust, period):
        done = HubFactory(lead_organisation=trust)
        report_on(done, period, contributor_client.user)
        HubFactory()  # another's
        HubFactory(lead_organisation=trust, delivery_state=DeliveryState.ON_HOLD)
        HubFactory(lead_organisation=trust, reporting=ReportingCadence.QUARTERLY)
        HubFactory(lead_organisation=trust, reporting=ReportingCadence.NONE)
        partnered = HubFactory(title="Partnered")
        partnered.partner_organisations.add(trust)
        assert [title for title, _period, _words in self.due(contributor_client)] == ["Partnered"]

    def test_drafts_say_who_saved_them(self, contributor_client, office_client, trust, period):
        hub = HubFactory(lead_organisation=trust)
        workflow.start_update(hub, period, office_client.user)
        assert f"Draft, saved by {office_client.user}" in contributor_client.get(MY_WORK).content.decode()

    def test_each_empty_state_says_why(self, viewer_client, contributor_client, office_client):
        assert "writes none" in viewer_client.get(MY_WORK).content.decode()
        assert "No reporting period is open" in contributor_client.get(MY_WORK).content.decode()
        period = month(11)
        assert "Nothing is due from you" in contributor_client.get(MY_WORK).content.decode()
        assert "You belong to no organisation" in office_client.get(MY_WORK).content.decode()
        assert str(period)

    def test_who_reviews_sees_how_many_wait(self, office_client, contributor_client, trust, period):
        assert "No report waits for your review" in office_client.get(MY_WORK).content.decode()
        report_on(HubFactory(lead_organisation=trust), period, contributor_client.user)
        assert "<strong>1</strong> report waits" in office_client.get(MY_WORK).content.decode()
        assert "wait" not in contributor_client.get(MY_WORK).content.decode().split("To report")[0].split("<h1")[1]

    def test_followed_projects_show_their_newest_report_while_they_may_be_seen(self, viewer_client, trust, period):
        hub = HubFactory(title="Followed hub")
        viewer_client.post(reverse("projects:follow", args=[hub.slug]))
        report_on(hub, period, UserFactory(role=Role.PROGRAMME_OFFICE), summary="All well here")
        assert "All well here" in viewer_client.get(MY_WORK).content.decode()
        hub.published, hub.restricted = False, True
        hub.save()
        assert "Followed hub" not in viewer_client.get(MY_WORK).content.decode()

    def test_queries_do_not_grow(self, contributor_client, trust, period, django_assert_num_queries):
        contributor_client.get(MY_WORK)
        for count in (1, 29):
            for _ in range(count):
                hub = HubFactory(lead_organisation=trust)
                Following.objects.create(person=contributor_client.user, project=hub)
            with django_assert_num_queries(7):
                contributor_client.get(MY_WORK)


class TestFollowing:
    def test_once_and_no_longer(self, viewer_client):
        hub = HubFactory()
        url = reverse("projects:follow", args=[hub.slug])
        for _ in range(2):
            viewer_client.post(url, {"action": "follow"})
        assert Following.objects.count() == 1
        assert "Following" in viewer_client.get(hub.get_absolute_url()).content.decode()
        viewer_client.post(url, {"action": "unfollow"})
        assert not Following.objects.exists()

    def test_not_what_may_not_be_seen(self, viewer_client):
        hidden = HubFactory(published=False, restricted=True)
        assert viewer_client.post(reverse("projects:follow", args=[hidden.slug])).status_code == 404


class TestReview:
    @pytest.fixture
    def update(self, contributor_client, trust, period):
        hub = HubFactory(title="Hub one", lead_organisation=trust)
        before = report_on(hub, month(10), contributor_client.user, overall="green", summary="All was well")
        assert before
        words = {"overall": "amber", "path_to_green": "Work faster", "summary": "All was late"}
        return report_on(hub, period, contributor_client.user, **words)

    def url(self, update):
        return reverse("projects:review_update", args=[update.pk])

    def test_it_stands_beside_the_report_before(self, office_client, update):
        page = office_client.get(self.url(update)).content.decode()
        assert "Beside October 2026" in page
        assert "Worse" in page
        assert '<del><span class="nhsuk-u-visually-hidden">removed: </span>well</del>' in page

    def test_accepting_leads_to_the_next_and_then_to_the_queue(self, office_client, contributor_client, trust, update):
        first = workflow.StatusUpdate.objects.get(period__slug="2026-10")
        response = office_client.post(self.url(first), {"action": "accept"})
        assert response["Location"] == self.url(update)
        response = office_client.post(self.url(update), {"action": "accept", "comment": "Thank you"})
        assert response["Location"] == QUEUE
        update.refresh_from_db()
        assert (update.state, update.review_comment) == (UpdateState.ACCEPTED, "Thank you")

    def test_returning_needs_a_comment(self, office_client, update):
        page = office_client.post(self.url(update), {"action": "return"})
        assert list(page.context["form"].errors) == ["comment"]
        office_client.post(self.url(update), {"action": "return", "comment": "Say when"})
        update.refresh_from_db()
        assert (update.state, update.review_comment) == (UpdateState.RETURNED, "Say when")

    def test_another_rating_needs_a_reason_and_stands_beside(self, office_client, update):
        page = office_client.post(self.url(update), {"action": "accept", "independent_rating": "red", "comment": "No"})
        assert list(page.context["form"].errors) == ["independent_reason"]
        assert ">No</textarea>" in page.content.decode()
        typed = {"action": "accept", "independent_rating": "red", "independent_reason": "No money"}
        office_client.post(self.url(update), typed)
        update.refresh_from_db()
        assert (update.overall, update.independent_rating) == ("amber", "red")
        shown = office_client.get(update.project.get_absolute_url()).content.decode()
        assert "Programme office’s own rating" in shown

    @pytest.mark.parametrize(
        "typed", [{}, {"action": "eat"}, {"action": "accept", "independent_rating": "x"}, {"comment": "\0"}]
    )
    def test_bad_input_decides_nothing(self, office_client, update, typed):
        assert office_client.post(self.url(update), typed).status_code == 200
        update.refresh_from_db()
        assert update.state == UpdateState.SUBMITTED

    def test_what_was_decided_leads_to_the_report(self, office_client, update):
        workflow.accept(update, office_client.user)
        assert office_client.get(self.url(update))["Location"] == update.get_absolute_url()

    def test_notes_are_published_in_the_offices_words(self, office_client, client, contributor_client, trust, period):
        hub = HubFactory(lead_organisation=trust)
        report_on(hub, period, contributor_client.user, public_note="Frame done.")
        offer = PublicNoteOffer.objects.get()
        assert "Frame done." in office_client.get(QUEUE).content.decode()
        assert "Frame done." not in client.get(hub.get_absolute_url()).content.decode()
        url = reverse("projects:note_decide", args=[offer.pk])
        assert contributor_client.post(url, {"action": "publish", "text": "x"}).status_code == 403
        office_client.post(url, {"action": "publish", "text": "The steel frame is finished."})
        assert "The steel frame is finished." in client.get(hub.get_absolute_url()).content.decode()
        page = office_client.post(url, {"action": "publish", "text": "Again"}, follow=True)
        assert "decided already" in page.content.decode()
        assert hub.progress_notes.count() == 1

    def test_an_empty_queue(self, office_client):
        assert "No report waits" in office_client.get(QUEUE).content.decode()

    def test_queries_of_the_queue_do_not_grow(self, office_client, period, django_assert_num_queries):
        for count in (1, 10):
            for _ in range(count):
                report_on(HubFactory(lead_organisation=OrganisationFactory()), period, office_client.user)
            office_client.get(QUEUE)
            with django_assert_num_queries(6):
                office_client.get(QUEUE)


class TestPeriods:
    YEAR = {"month": "4", "year": "2027", "months": "12", "opens": "20", "due": "5"}

    def test_a_year_in_one_act(self, office_client):
        office_client.post(PERIODS, self.YEAR)
        made = list(ReportingPeriod.objects.order_by("starts_on"))
        assert len(made) == 12
        assert (made[0].name, made[-1].name) == ("April 2027", "March 2028")
        assert (made[10].ends_on, made[10].due_on) == (datetime.date(2028, 2, 29), datetime.date(2028, 3, 5))
        office_client.post(PERIODS, {**self.YEAR, "month": "1", "year": "2028"})
        assert ReportingPeriod.objects.count() == 12 + 9

    def test_months_that_overlap_another_period_make_none(self, office_client):
        month_and_a_half = month(11)
        ReportingPeriod.objects.filter(pk=month_and_a_half.pk).update(ends_on=datetime.date(2026, 12, 15), slug="odd")
        page = office_client.post(PERIODS, {**self.YEAR, "month": "10", "year": "2026"})
        assert "overlaps" in page.content.decode()
        assert ReportingPeriod.objects.count() == 1

    def test_admin_form_names_period_that_new_dates_overlap(self, admin_client):
        month(10)
        november = month(11)
        url = reverse("admin:projects_reportingperiod_change", args=[november.pk])
        refused = admin_client.post(url, filled_in(admin_client.get(url), starts_on="2026-10-31"))
        assert "November 2026 overlaps an existing period, October 2026" in refused.content.decode()
        saved = admin_client.post(url, filled_in(admin_client.get(url), starts_on="2026-11-02"))
        assert saved.status_code == 302
        november.refresh_from_db()
        assert november.starts_on == datetime.date(2026, 11, 2)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("month", "13"), ("year", ""), ("year", "99999999999"), ("months", "0"), ("opens", "31"), ("due", "x")],
    )
    def test_a_mistake_is_shown_beside_its_field(self, office_client, field, value):
        page = office_client.post(PERIODS, {**self.YEAR, field: value})
        assert list(page.context["form"].errors) == [field]
        assert not ReportingPeriod.objects.exists()

    def test_completeness_by_organisation(self, office_client, contributor_client, trust, period, clock):
        other = OrganisationFactory(name="Behind Trust")
        hubs = [HubFactory(lead_organisation=trust) for _ in range(4)]
        HubFactory(lead_organisation=other)
        report_on(hubs[0], period, contributor_client.user)
        workflow.accept(report_on(hubs[1], period, contributor_client.user), office_client.user)
        workflow.return_update(report_on(hubs[2], period, contributor_client.user), office_client.user, "More")
        workflow.start_update(hubs[3], period, contributor_client.user)
        context = office_client.get(period.get_absolute_url()).context
        assert context["totals"] == {
            "accepted": 1, "submitted": 1, "returned": 1, "draft": 1, "missing": 1, "late": 0, "total": 5,
        }  # fmt: skip
        assert [(str(row.organisation), row.owed) for row in context["rows"]] == [
            ("Luton Trust", 2),
            ("Behind Trust", 1),
        ]
        clock.move_to(NOW + datetime.timedelta(days=8))
        office_client.force_login(office_client.user)
        report_on(HubFactory(lead_organisation=trust), period, contributor_client.user)
        assert office_client.get(period.get_absolute_url()).context["totals"]["late"] == 1

    def test_closing_keeps_who_had_to_report(self, office_client, trust, period):
        hub = HubFactory(lead_organisation=trust)
        url = reverse("projects:period_close", args=[period.slug])
        office_client.post(url, {"action": "close"})
        hub.delivery_state = DeliveryState.COMPLETE
        hub.save()
        page = office_client.get(period.get_absolute_url())
        assert page.context["totals"]["missing"] == 1
        assert "Closed on 2 December 2026" in page.content.decode()
        again = office_client.post(url, {"action": "close"}, follow=True)
        assert "closed already" in again.content.decode()
        office_client.post(url, {"action": "reopen"})
        period.refresh_from_db()
        assert not period.is_closed

    def test_chasing_reminds_once_a_day(self, office_client, contributor_client, trust, period):
        HubFactory(title="Late hub", lead_organisation=trust)
        other = signed_in(role=Role.CONTRIBUTOR, organisation=OrganisationFactory(slug="other"))
        HubFactory(lead_organisation=other.user.organisation)
        url = reverse("projects:period_chase", args=[period.slug])
        page = office_client.post(url, {"organisation": "luton-trust"}, follow=True)
        assert "1 person was reminded" in page.content.decode()
        (message,) = mail.outbox
        assert message.to == [contributor_client.user.email]
        assert "Late hub" in message.body and str(office_client.user) in message.body
        assert "/report/2026-11/" in message.body
        page = office_client.post(url, follow=True)
        assert "1 person was reminded" in page.content.decode()
        assert mail.outbox[1].to == [other.user.email]
        page = office_client.post(url, follow=True)
        assert "Nobody was reminded" in page.content.decode()
        assert Notice.objects.count() == 2

    def test_queries_do_not_grow(self, office_client, period, django_assert_num_queries):
        for count in (1, 20):
            for _ in range(count):
                report_on(HubFactory(lead_organisation=OrganisationFactory()), period, office_client.user)
            office_client.get(period.get_absolute_url())
            with django_assert_num_queries(5):
                office_client.get(period.get_absolute_url())

    def test_empty_states(self, office_client, period):
        assert "No project must report" in office_client.get(period.get_absolute_url()).content.decode()
        ReportingPeriod.objects.all().delete()
        assert "No periods yet" in office_client.get(PERIODS).content.decode()
