"""Users who work for several organisations: their rights are those of all of them."""

import datetime

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.accounts import invitations
from estates_portal.accounts.models import AuditEvent, Invitation, Role, User
from estates_portal.caching import visibility_of
from estates_portal.dates import PartialDate
from projects.digest.services import send_notices
from projects.exports.calendars import make_link as make_calendar_link
from projects.exports.calendars import milestones_for, person_of
from projects.history.visibility import who_could_see
from projects.milestones import services as milestones
from projects.models import SavedView
from projects.portfolio.saved_views import visible_views
from tests.admin_forms import filled_in
from tests.conftest import signed_in
from tests.factories import HubFactory, InvitationFactory, MilestoneFactory, OrganisationFactory, UserFactory
from tests.forms import invites
from tests.periods import month, report_form_url, submitted_report

pytestmark = pytest.mark.django_db
DAY = datetime.date
LIST = reverse("projects:project_list")


@pytest.fixture
def third_trust(db):
    return OrganisationFactory(name="Third Trust", slug="third-trust")


@pytest.fixture
def joint_client(trust, other_trust):
    """A contributor of Luton Trust who also works for Other Trust."""
    return signed_in(name="Jo", role=Role.CONTRIBUTOR, organisation=trust, other_organisations=[other_trust])


@pytest.fixture
def hubs(trust, other_trust, third_trust):
    """A restricted hub of each trust: "Mine", "Other" and "Third"."""
    leads = {"Mine": trust, "Other": other_trust, "Third": third_trust}
    return [
        HubFactory(title=title, lead_organisation=lead, published=False, restricted=True)
        for title, lead in leads.items()
    ]


def on(*day):
    return time_machine.travel(datetime.datetime(2026, *day, 9, tzinfo=datetime.UTC), tick=False)


def change(client, person, organisation, *others, role=Role.CONTRIBUTOR):
    typed = {"organisation": organisation.pk, "other_organisations": [other.pk for other in others], "role": role}
    return client.post(reverse("people:person_change", args=[person.pk]), typed)


def fresh(person):
    return User.objects.get(pk=person.pk)


class TestRights:
    def test_person_of_two_trusts_reports_for_both_and_not_for_a_third(self, joint_client, hubs):
        period = month(10)
        with on(10, 21):
            pages = [joint_client.get(hub.get_absolute_url()).status_code for hub in hubs]
            forms = [joint_client.get(report_form_url(hub, period)).status_code for hub in hubs]
            work = joint_client.get(reverse("projects:my_work")).content.decode()
        assert pages == forms == [200, 200, 404]
        assert "Jo, Luton Trust and Other Trust" in " ".join(work.split())
        assert [hub.title for hub in hubs if f">{hub.title}<" in work] == ["Mine", "Other"]
        assert "led by Other Trust" in " ".join(work.split())

    def test_rights_follow_the_successor_of_another_organisation(self, joint_client, hubs, other_trust, third_trust):
        third_trust.valid_to, third_trust.successor = DAY(2026, 11, 1), other_trust
        third_trust.save()
        period = month(10)
        with on(10, 30):
            assert joint_client.get(report_form_url(hubs[2], period)).status_code == 404
        with on(11, 1):
            assert joint_client.get(report_form_url(hubs[2], period)).status_code == 200

    def test_viewer_of_two_trusts_sees_both_and_reports_for_neither(self, hubs, trust, other_trust):
        client = signed_in(organisation=trust, other_organisations=[other_trust])
        period = month(10)
        assert [client.get(hub.get_absolute_url()).status_code for hub in hubs] == [200, 200, 404]
        assert [client.get(report_form_url(hub, period)).status_code for hub in hubs] == [403, 403, 404]

    @pytest.mark.both_databases
    def test_change_of_organisations_takes_effect_on_next_request(self, joint_client, admin_client, hubs):
        def titles():
            """The hubs on the list, whose rows the portal has cached."""
            page = joint_client.get(LIST).content.decode()
            return [hub.title for hub in hubs if hub.title in page]

        person = joint_client.user
        mine, other, third = (hub.lead_organisation for hub in hubs)
        assert titles() == ["Mine", "Other"]
        change(admin_client, person, mine)
        assert titles() == ["Mine"]
        change(admin_client, person, mine, third, other)
        assert titles() == ["Mine", "Other", "Third"]
        change(admin_client, person, third, mine, other)
        assert titles() == ["Mine", "Other", "Third"]
        person.other_organisations.clear()
        assert titles() == ["Third"]


class TestLoading:
    def test_key_of_visibility_is_the_whole_set(self, trust, other_trust, third_trust):
        one = fresh(UserFactory(organisation=trust))
        two = fresh(UserFactory(organisation=trust, other_organisations=[other_trust, third_trust]))
        same = fresh(UserFactory(organisation=third_trust, other_organisations=[trust, other_trust, third_trust]))
        assert visibility_of(two) == visibility_of(same) != visibility_of(one)
        assert two.organisation_ids == tuple(sorted([trust.pk, other_trust.pk, third_trust.pk]))
        assert same.organisations == [third_trust, trust, other_trust]

    def test_one_organisation_takes_no_query_and_several_take_one(self, trust, other_trust, django_assert_num_queries):
        one = fresh(UserFactory(organisation=trust))
        two = fresh(UserFactory(organisation=trust, other_organisations=[other_trust]))
        with django_assert_num_queries(0):
            assert (one.organisation_ids, one.organisations) == ((trust.pk,), [trust])
        with django_assert_num_queries(1):
            assert two.organisations == [trust, other_trust]
            assert len(two.organisation_ids) == 2


class TestReports:
    def test_report_and_its_dates_name_the_organisation_of_the_project(self, joint_client, office_client, hubs):
        period = month(10)
        with on(10, 21):
            reports = [submitted_report(hub, period, joint_client.user, stage=None) for hub in hubs[:2]]
            page = office_client.get(hubs[1].get_absolute_url())
            row = MilestoneFactory(project=hubs[1])
            milestones.record_dates(row, joint_client.user, forecast=PartialDate.of(DAY(2027, 5, 1)))
        assert [report.author_label for report in reports] == ["Jo, Luton Trust", "Jo, Other Trust"]
        assertContains(page, "Submitted by Jo, Other Trust")
        assertContains(office_client.get(reports[1].get_absolute_url()), "Jo, Other Trust")
        assertContains(office_client.get(reverse("projects:review_queue")), "Jo, Luton Trust")
        assert row.statements.get().author_label == "Reported by Other Trust"

    def test_report_keeps_its_organisation_when_its_author_moves(self, joint_client, hubs, third_trust):
        with on(10, 21):
            report = submitted_report(hubs[1], month(10), joint_client.user)
        joint_client.user.other_organisations.clear()
        report.refresh_from_db()
        assert report.author_label == "Jo, Other Trust"

    def test_lead_comes_before_partner_and_both_before_the_main_one(self, joint_client, trust, other_trust):
        person, today = joint_client.user, timezone.localdate()
        neither, partnered, led = HubFactory(), HubFactory(), HubFactory(lead_organisation=other_trust)
        partnered.partner_organisations.add(other_trust)
        led.partner_organisations.add(trust)
        found = [hub.organisation_of(person, today) for hub in (neither, partnered, led)]
        assert found == [trust, other_trust, other_trust]
        assert neither.organisation_of(UserFactory(), today) is None

    def test_reminders_are_sent_for_both_organisations_in_one_email(self, joint_client, hubs, trust):
        hubs[1].partner_organisations.add(trust)
        month(10)
        with on(10, 20):
            send_notices()
        (message,) = mail.outbox
        assert message.to == [joint_client.user.email]
        assert [message.body.count(f"{title}: report for") for title in ("Mine", "Other", "Third")] == [1, 1, 0]


class TestElsewhere:
    def test_calendar_has_projects_of_both(self, joint_client, hubs):
        for hub in hubs:
            MilestoneFactory(project=hub, forecast=timezone.localdate())
        person = person_of(make_calendar_link(joint_client.user))
        assert {row.project.title for row in milestones_for(person, "mine")} == {"Mine", "Other"}

    def test_shared_views_of_colleagues_in_both(self, joint_client, hubs, trust, other_trust, third_trust):
        for organisation in (trust, other_trust, third_trust):
            owner = UserFactory(organisation=OrganisationFactory(), other_organisations=[organisation])
            SavedView.objects.create(owner=owner, name=organisation.name, path=LIST, shared=True)
        shared = visible_views(joint_client.user)
        assert {view.name for view in shared} == {"Luton Trust", "Other Trust"}
        page = joint_client.get(reverse("projects:saved_view_add"), {"page": LIST})
        assertContains(page, "My organisations")

    def test_history_knows_who_could_see_a_project(self, hubs, trust, other_trust):
        with on(3, 1):
            hub = HubFactory(lead_organisation=other_trust, published=False, restricted=True)
            person = UserFactory(organisation=trust)
        with on(4, 1):
            person.other_organisations.add(other_trust)
        with on(5, 1):
            person.other_organisations.clear()
        could_see = [person.pk in who_could_see(hub, DAY(2026, number, 2)).users for number in (3, 4, 5)]
        assert could_see == [False, True, False]

    def test_users_are_filtered_by_each_of_their_organisations(self, office_client, joint_client):
        for slug in ("luton-trust", "other-trust"):
            page = office_client.get(reverse("people:person_list"), {"organisation": slug})
            assert page.context["page_obj"].object_list[0] == joint_client.user
            assertContains(page, "Luton Trust and Other Trust")


class TestChanging:
    def test_administrator_adds_organisations(self, admin_client, joint_client, trust, other_trust, third_trust):
        person = joint_client.user
        assert change(admin_client, person, other_trust, trust, third_trust, other_trust).status_code == 302
        assert fresh(person).organisations == [other_trust, trust, third_trust]
        assert set(person.other_organisations.all()) == {trust, third_trust}, "the main one is not added twice"
        assert AuditEvent.objects.get(kind="organisation_changed").detail == (
            "Luton Trust and Other Trust → Other Trust, Luton Trust and Third Trust"
        )
        entry = admin_client.get(reverse("projects:history_list")).context["entries"][0]
        assert "Other organisations" in {label for change in entry.changes for label, _old, _new in change.fields}
        for page in (reverse("people:person_detail", args=[person.pk]), reverse("people:person_list")):
            assertContains(admin_client.get(page), "Third Trust")
        assertContains(joint_client.get(reverse("account")), "Third Trust")

    def test_form_keeps_an_ended_organisation(self, admin_client, joint_client, trust, other_trust):
        other_trust.valid_to = DAY(2020, 1, 1)
        other_trust.save()
        form = admin_client.get(reverse("people:person_change", args=[joint_client.user.pk])).context["form"]
        assert form["other_organisations"].value() == [other_trust.pk]
        assert change(admin_client, joint_client.user, trust, other_trust).status_code == 302
        assert fresh(joint_client.user).organisations == [trust, other_trust]

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"organisation": "", "role": Role.PROGRAMME_OFFICE}, "organisation"),
            ({"other_organisations": ["9" * 30]}, "other_organisations"),
            ({"other_organisations": ["abc"]}, "other_organisations"),
        ],
    )
    def test_error_is_shown_with_its_field_and_nothing_changes(
        self, admin_client, joint_client, trust, third_trust, typed, field
    ):
        person = joint_client.user
        sent = {"organisation": trust.pk, "other_organisations": [third_trust.pk], "role": Role.VIEWER, **typed}
        page = admin_client.post(reverse("people:person_change", args=[person.pk]), sent)
        assert list(page.context["form"].errors) == [field]
        assert fresh(person).organisation_names == "Luton Trust and Other Trust"

    def test_office_cannot_change_organisations(self, office_client, joint_client, third_trust):
        assert change(office_client, joint_client.user, third_trust).status_code == 403

    def test_admin_form_changes_and_checks_organisations(self, admin_client, joint_client, third_trust):
        person = joint_client.user
        url = reverse("admin:accounts_user_change", args=[person.pk])
        page = admin_client.get(url)
        refused = admin_client.post(url, filled_in(page, organisation=""))
        assert list(refused.context["adminform"].form.errors) == ["organisation"]
        admin_client.post(url, filled_in(page, other_organisations=[third_trust.pk]))
        assert fresh(person).organisation_names == "Luton Trust and Third Trust"
        assert AuditEvent.objects.get(kind="organisation_changed").detail.endswith("→ Luton Trust and Third Trust")


class TestInviting:
    def invites(self, client, main, *others):
        return invites(client, "Bea <bea@example.org>", main, others)

    def test_invited_person_joins_all_organisations(self, office_client, rf, trust, other_trust):
        assert self.invites(office_client, trust, other_trust, trust).status_code == 302
        assert "Luton Trust and Other Trust" in mail.outbox[0].body
        assertContains(office_client.get(reverse("people:invitation_list")), "Luton Trust and Other Trust")
        request = rf.get("/")
        person = invitations.accept(Invitation.objects.get(), name="Bea", password=None, request=request)
        assert fresh(person).organisations == [trust, other_trust]

    def test_existing_user_is_linked_for_who_can_add_an_organisation(self, office_client, admin_client, trust):
        person = UserFactory(name="Bea", email="bea@example.org")
        link = reverse("people:person_change", args=[person.pk])
        assertContains(self.invites(admin_client, trust), f'href="{link}"')
        page = self.invites(office_client, trust)
        assertContains(page, "Already has an account")
        assertContains(page, "ask an administrator")
        assertNotContains(page, link)

    def test_open_invitation_is_said(self, office_client, trust):
        InvitationFactory(email="bea@example.org")
        assertContains(self.invites(office_client, trust), "Already has an open invitation")
