"""The risk register and the NHS 5x5 matrix."""

import csv
import datetime
import io

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, Role
from projects.models import Band, Risk, RiskCategory, band_of
from projects.models.risk import a_month_before
from projects.risks import views
from tests.conftest import count_a_change, signed_in
from tests.factories import HubFactory, OrganisationFactory, PlaceFactory, RiskFactory
from tests.forms import fields_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = datetime.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("likelihood", "consequence", "band"),
    [
        (1, 1, Band.LOW),
        (1, 3, Band.LOW),
        (3, 1, Band.LOW),
        (1, 4, Band.MODERATE),
        (2, 3, Band.MODERATE),
        (2, 4, Band.HIGH),
        (3, 3, Band.HIGH),
        (4, 3, Band.HIGH),
        (3, 5, Band.EXTREME),
        (4, 4, Band.EXTREME),
        (5, 5, Band.EXTREME),
    ],
)
def test_scores_have_bands_of_nhs_matrix(likelihood, consequence, band):
    """NPSA, "A risk matrix for risk managers" (2008), table 3: 1-3 low, 4-6 moderate, 8-12 high, 15-25 extreme."""
    risk = RiskFactory(likelihood=likelihood, consequence=consequence)
    assert (risk.score, risk.band) == (likelihood * consequence, band)
    assert list(Risk.objects.in_bands([band])) == [risk]
    assert not Risk.objects.in_bands([other for other in Band if other != band])


def test_every_score_of_the_matrix_has_a_band():
    assert {band_of(a * b) for a in range(1, 6) for b in range(1, 6)} == set(Band)


class TestRisks:
    @pytest.fixture
    def hub(self, trust):
        return HubFactory(title="Acute Services Block", lead_organisation=trust)

    def page(self, hub):
        return reverse("projects:project_risks", args=[hub.slug])

    def form_data(self, **values):
        given = {
            "kind": "risk",
            "title": "Tender prices rise",
            "likelihood": "4",
            "consequence": "5",
            "raised_on": "2026-11-01",
            "actions-TOTAL_FORMS": "1",
            "actions-INITIAL_FORMS": "0",
            "actions-0-what": "Early contractor advice",
            "actions-0-due_on": "2026-12-01",
        }
        return {**given, **values}

    def add(self, client, hub, **values):
        return client.post(reverse("projects:risk_add", args=[hub.slug]), self.form_data(**values))

    @pytest.mark.parametrize(("likelihood", "days"), [(1, 180), (2, 30), (4, 30)])
    def test_new_risk_without_date_of_review_gets_that_of_its_band(self, likelihood, days, contributor_client, hub):
        self.add(contributor_client, hub, likelihood=str(likelihood), consequence="2" if likelihood == 1 else "5")
        risk = Risk.objects.get()
        assert risk.review_on == TODAY + datetime.timedelta(days=days)
        assert contributor_client.get(self.page(hub)).context["rows"] == [(risk, False)]

    def test_contributor_adds_risk_with_action(self, contributor_client, hub):
        assert self.add(contributor_client, hub).status_code == 302
        risk = Risk.objects.get()
        assert (risk.project_id, risk.score, risk.band) == (hub.pk, 20, Band.EXTREME)
        assert risk.actions.get().due_on == datetime.date(2026, 12, 1)
        page = contributor_client.get(self.page(hub)).content.decode()
        assert "20 Extreme" in page and "Tender prices rise" in page

    def test_saving_unchanged_risk_adds_no_history(self, contributor_client, hub):
        self.add(contributor_client, hub)
        risk = Risk.objects.get()
        actions = {"actions-TOTAL_FORMS": "2", "actions-INITIAL_FORMS": "1", "actions-0-id": risk.actions.get().pk}
        actions["review_on"] = "23/12/2026"
        answer = contributor_client.post(risk.get_absolute_url(), self.form_data(**actions))
        assert answer.status_code == 302
        assert (risk.history.count(), Risk.objects.get().version) == (1, risk.version)
        actions["actions-0-what"] = "Another action"
        contributor_client.post(risk.get_absolute_url(), self.form_data(**actions))
        assert (risk.actions.get().what, Risk.objects.get().version) == ("Another action", risk.version + 1)

    def test_issue_has_likelihood_5(self, contributor_client, hub):
        self.add(contributor_client, hub, kind="issue", likelihood="", consequence="2")
        assert Risk.objects.get().score == 10

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"title": ""}, "title"),
            ({"likelihood": ""}, "likelihood"),
            ({"likelihood": "6"}, "likelihood"),
            ({"consequence": ""}, "consequence"),
            ({"consequence": "9" * 30}, "consequence"),
            ({"inherent_likelihood": "3"}, "inherent_consequence"),
            ({"target_consequence": "3"}, "target_likelihood"),
            ({"raised_on": "soon"}, "raised_on"),
            ({"review_on": "9999-01-01"}, "review_on"),
            ({"closed_on": "2026-11-20"}, "closed_why"),
            ({"closed_on": "2026-12-20", "closed_why": "x"}, "closed_on"),
            ({"kind": "wish"}, "kind"),
        ],
    )
    def test_error_is_shown_with_its_field(self, contributor_client, hub, values, field):
        page = self.add(contributor_client, hub, **{"owner": "The director", **values})
        assert field in page.context["form"].errors
        assert "The director" in page.content.decode()
        assert not Risk.objects.exists()

    @pytest.mark.parametrize(
        "values",
        [
            {"actions-0-due_on": "soon"},
            {"actions-0-what": ""},
            {"actions-TOTAL_FORMS": "x"},
            {"actions-TOTAL_FORMS": "99999"},
        ],
    )
    def test_risk_with_invalid_action_is_not_saved(self, contributor_client, hub, values):
        assert self.add(contributor_client, hub, **values).status_code == 200
        assert not Risk.objects.exists()

    def test_viewer_reads_but_cannot_edit_risks(self, viewer_client, other_contributor_client, hub):
        risk = RiskFactory(project=hub, title="Power supply", mitigation="Diesel")
        for client in (viewer_client, other_contributor_client):
            assert self.add(client, hub).status_code == 403
            page = client.get(risk.get_absolute_url())
            assert "Diesel" in page.content.decode() and 'class="app-risk"' not in page.content.decode()
            assert client.post(risk.get_absolute_url(), self.form_data()).status_code == 403
        assert Risk.objects.count() == 1

    def test_risk_of_hidden_project_is_404_and_not_listed(self, viewer_client, client):
        hidden = HubFactory(published=False, restricted=True)
        risk = RiskFactory(project=hidden, title="Secret risk")
        assert viewer_client.get(risk.get_absolute_url()).status_code == 404
        assert viewer_client.get(self.page(hidden)).status_code == 404
        everything = viewer_client.get(f"{reverse('projects:risk_list')}?state=all")
        assert "Secret risk" not in everything.content.decode()
        assert sum(cell.number for _words, row in everything.context["heat_map"] for cell in row) == 0
        assert client.get(reverse("projects:risk_list")).status_code == 302

    def test_risk_under_address_of_another_project_is_404(self, office_client):
        risk, other = RiskFactory(), HubFactory()
        page = office_client.get(reverse("projects:risk_edit", args=[other.slug, risk.pk]))
        assertContains(page, "Page not found", status_code=404)

    @pytest.mark.parametrize("is_at_once", [True, False])
    def test_risk_that_was_handed_on_is_found_and_stays_there(self, is_at_once, contributor_client, hub, monkeypatch):
        risk, other = RiskFactory(project=hub), HubFactory(title="Larger hub")
        address = risk.get_absolute_url()

        def hand_on():
            risk.project = other
            risk.save()

        if is_at_once:  # after the view has found the risk
            lock = views.locked
            monkeypatch.setattr(views, "locked", lambda record: [hand_on(), lock(record)][1])
        else:
            hand_on()
            assertRedirects(contributor_client.get(address), risk.get_absolute_url())
        page = contributor_client.post(address, self.form_data(cause="Steel is scarce"))
        assertContains(page, "handed on to Larger hub", status_code=409)
        assert "Steel is scarce" in page.content.decode()
        risk.refresh_from_db()
        assert (risk.project_id, risk.cause) == (other.pk, "")
        type(other).objects.filter(pk=other.pk).update(restricted=True, published=False)
        count_a_change()
        assert contributor_client.get(address).status_code == 404

    @pytest.fixture
    def opened(self, contributor_client, hub):
        """A risk with an action, and what its form sends if nothing is changed."""
        self.add(contributor_client, hub, cause="Steel", mitigation="Framework")
        risk = Risk.objects.get()
        return risk, fields_of(contributor_client.get(risk.get_absolute_url()))

    def test_changes_of_two_people_are_both_saved(self, contributor_client, office_client, opened):
        risk, sent = opened
        url = risk.get_absolute_url()
        office_client.post(url, sent | {"cause": "Theirs", "actions-1-what": "Their action"})
        answer = contributor_client.post(url, sent | {"effect": "Mine", "actions-0-owner": "Me"}, follow=True)
        assert "together with changes by" in answer.content.decode()
        risk.refresh_from_db()
        assert (risk.cause, risk.effect, risk.mitigation) == ("Theirs", "Mine", "Framework")
        assert set(risk.actions.values_list("what", "owner")) == {
            ("Early contractor advice", "Me"),
            ("Their action", ""),
        }

    def test_field_that_both_changed_is_asked(self, contributor_client, office_client, opened):
        risk, sent = opened
        url = risk.get_absolute_url()
        office_client.post(url, sent | {"cause": "Theirs", "actions-0-what": "Their action"})
        mine = {"cause": "Mine", "effect": "Also mine", "actions-0-what": "My action"}
        page = contributor_client.post(url, sent | mine)
        assert page.status_code == 409 and page.context["heading"].startswith(f"{office_client.user} changed this risk")
        asked = fields_of(page)
        assert not [name for name in asked if name.startswith("choose-")]  # none is selected
        again = contributor_client.post(url, asked)
        assert "Select which version to save: Cause" in again.content.decode()
        risk.refresh_from_db()
        assert (risk.cause, risk.effect) == ("Theirs", "")
        choices = {"choose-cause": "both", "choose-actions-0-what": "mine"}
        assert contributor_client.post(url, fields_of(again) | choices).status_code == 302
        risk.refresh_from_db()
        assert (risk.cause, risk.effect) == ("Mine\n\nTheirs", "Also mine")
        assert risk.actions.get().what == "My action"

    def test_merge_page_says_other_device_to_the_same_person(self, contributor_client, opened):
        risk, sent = opened
        contributor_client.post(risk.get_absolute_url(), sent | {"cause": "On the phone"})
        page = contributor_client.post(risk.get_absolute_url(), sent | {"cause": "At the desk"})
        assert page.context["heading"].startswith("You changed this risk on another device at")

    def test_closed_risk_is_not_listed_as_open(self, contributor_client, hub):
        risk = RiskFactory(project=hub)
        values = {"closed_on": "2026-11-20", "closed_why": "The permission came", "actions-TOTAL_FORMS": "0"}
        contributor_client.post(risk.get_absolute_url(), self.form_data(**values))
        assert not contributor_client.get(self.page(hub)).context["rows"]
        assert len(contributor_client.get(f"{self.page(hub)}?state=closed").context["rows"]) == 1

    def test_filters_and_heat_map_links_show_counted_rows(self, office_client):
        place = PlaceFactory(name="Luton", slug="luton")
        here = HubFactory(place=place)
        for likelihood, consequence in ((1, 1), (3, 4), (3, 4), (5, 5)):
            RiskFactory(project=here, likelihood=likelihood, consequence=consequence, review_on=TODAY)
        RiskFactory(likelihood=3, consequence=4, review_on=datetime.date(2026, 5, 1))
        RiskFactory(review_on=None)
        RiskFactory(kind="issue", likelihood=5, consequence=1, escalation="portfolio", review_on=TODAY)
        url = reverse("projects:risk_list")
        for query, number in {
            "": 7,
            "band=extreme": 1,
            "band=extreme&band=low": 2,
            "kind=issue": 1,
            "review=overdue": 2,
            "escalation=portfolio": 1,
            "place=luton": 4,
            "place=luton&band=high": 2,
            "q=nothing": 0,
            "state=closed": 0,
            "band=x&kind=y&likelihood=9": 0,
        }.items():
            page = office_client.get(f"{url}?{query}")
            assert len(page.context["rows"]) == number, query
            for _words, row in page.context["heat_map"]:
                for cell in row:
                    if cell.number:
                        assert len(office_client.get(url + cell.url).context["rows"]) == cell.number

    def test_risks_are_listed_by_highest_score(self, office_client):
        for likelihood, consequence in ((1, 2), (5, 5), (3, 3)):
            RiskFactory(likelihood=likelihood, consequence=consequence)
        scores = [risk.score for risk, _overdue in office_client.get(reverse("projects:risk_list")).context["rows"]]
        assert scores == [25, 9, 2]

    def test_risk_list_query_count_is_constant(self, office_client, django_assert_num_queries):
        url = reverse("projects:risk_list")
        for count in (1, 24):
            for _ in range(count):
                RiskFactory(project=HubFactory(lead_organisation=OrganisationFactory()))
            office_client.get(url)
            with django_assert_num_queries(11):
                office_client.get(url)

    @pytest.mark.parametrize(
        "fields",
        [
            {"likelihood": 0},
            {"consequence": 6},
            {"kind": "wish"},
            {"kind": "issue", "likelihood": 3},
            {"escalation": "moon"},
            {"inherent_likelihood": 3},
            {"closed_on": TODAY},
        ],
    )
    def test_database_refuses_invalid_risk(self, fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            RiskFactory(**fields)

    def test_history_shows_changes_of_risk(self, viewer_client, contributor_client, hub):
        risk = RiskFactory(project=hub, likelihood=2)
        Risk.history.update(history_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        contributor_client.post(risk.get_absolute_url(), self.form_data(**{"actions-TOTAL_FORMS": "0"}))
        page = viewer_client.get(reverse("projects:project_history", args=[hub.slug])).content.decode()
        assert "Risk or issue: Tender prices rise" in page
        assert "2 Unlikely" in page and "4 Likely" in page


def test_contributor_of_partner_organisation_edits_risks(trust):
    hub = HubFactory()
    hub.partner_organisations.add(trust)
    client = signed_in(role=Role.CONTRIBUTOR, organisation=trust)
    assert client.get(reverse("projects:risk_add", args=[hub.slug])).status_code == 200
    assert client.get(reverse("projects:finance_edit", args=[hub.slug])).status_code == 200


class TestMovement:
    """The score now compared with that at the end of the day a month ago."""

    @pytest.fixture
    def moved(self):
        """A risk for each `Movement`, whose history says what its likelihood was."""
        risks = {}
        for movement, before, now in (("higher", 2, 3), ("lower", 4, 2), ("same", 3, 3), ("new", None, 3)):
            risk = risks[movement] = RiskFactory(title=movement, likelihood=before or now)
            if before:
                risk.history.update(history_date=datetime.datetime(2026, 10, 23, 22, tzinfo=datetime.UTC))
                risk.likelihood = now
                risk.save()
        return risks

    @pytest.mark.parametrize(("movement", "before"), [("higher", 8), ("lower", 16), ("same", 12), ("new", None)])
    def test_register_filters_by_movement(self, movement, before, moved, office_client):
        page = office_client.get(reverse("projects:risk_list"), {"movement": movement})
        ((risk, _overdue),) = page.context["rows"]
        assert (risk, risk.score_before, risk.movement) == (moved[movement], before, movement)
        text = "New in the register" if before is None else f"{before} a month ago"
        assert text in page.content.decode()
        assert sum(cell.number for _label, row in page.context["heat_map"] for cell in row) == 1

    @pytest.mark.parametrize(
        ("day", "before"),
        [((2026, 11, 23), (2026, 10, 23)), ((2026, 3, 31), (2026, 2, 28)), ((2026, 1, 5), (2025, 12, 5))],
    )
    def test_a_month_before_is_a_day_of_the_month_before(self, day, before):
        assert a_month_before(datetime.date(*day)) == datetime.date(*before)

    def test_csv_has_the_rows_of_the_filters(self, moved, office_client, viewer_client):
        RiskFactory(title="Secret risk", project=HubFactory(published=False, restricted=True))
        answer = office_client.get(reverse("projects:risk_list_csv"), {"movement": "lower"})
        (row,) = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
        names = ("Risk or issue", "Score", "Score a month ago", "Movement")
        assert [row[name] for name in names] == ["lower", "8", "16", "Lower"]
        assert "Risks and issues as CSV: 1 row. Lower" in AuditEvent.objects.latest("pk").detail
        rows = viewer_client.get(reverse("projects:risk_list_csv")).getvalue().decode()
        assert "higher" in rows and "Secret risk" not in rows
        page = office_client.get(reverse("projects:risk_list_csv"), {"category": "gone"})
        assert page.status_code == 400 and "Select a category from the list" in page.content.decode()


class TestCategories:
    """Categories are the programme office's list, each in use between two dates."""

    @pytest.fixture
    def categories(self):
        RiskCategory.objects.all().delete()
        dates = {"Ended": (None, TODAY - datetime.timedelta(1)), "In use": (TODAY, TODAY), "Always": (None, None)}
        dates["Later"] = (TODAY + datetime.timedelta(1), None)
        made = {
            name: RiskCategory(name=name, used_from=first, used_until=last) for name, (first, last) in dates.items()
        }
        RiskCategory.objects.bulk_create(made.values())
        return made

    def test_form_offers_those_in_use_and_that_of_the_risk(self, categories, office_client):
        risk = RiskFactory(category=categories["Ended"])
        offered = office_client.get(risk.get_absolute_url()).context["form"].fields["category"].queryset
        assert {category.name for category in offered} == {"Ended", "In use", "Always"}
        form = office_client.get(reverse("projects:risk_add", args=[risk.project.slug])).context["form"]
        assert {category.name for category in form.fields["category"].queryset} == {"In use", "Always"}

    def test_register_filters_by_category(self, categories, office_client):
        risk = RiskFactory(category=categories["Ended"])
        RiskFactory()
        page = office_client.get(reverse("projects:risk_list"), {"category": categories["Ended"].pk})
        assert [row for row, _overdue in page.context["rows"]] == [risk]
        assert "Ended" in page.content.decode()

    def test_database_refuses_dates_in_the_wrong_order(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            RiskCategory.objects.create(name="x", used_from=TODAY, used_until=TODAY - datetime.timedelta(1))
