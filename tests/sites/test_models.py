import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from estates_portal.addresses import free_slug
from sites.models import (
    EstateReturn,
    Organisation,
    OrganisationIdentifier,
    Site,
    SiteIdentifier,
    distinct_names,
    normalise_postcode,
    with_condition,
    with_newest_figures,
)
from sites.models.estate import BACKLOG, ESTATE_FIGURES, SHARES
from tests.factories import EstateReturnFactory, OrganisationFactory, PlaceFactory, SiteFactory, UserFactory

DAY = datetime.date(2020, 4, 1)
PUBLIC = AnonymousUser()


@pytest.mark.parametrize(
    ("typed", "normalised"),
    [("mk65ld", "MK6 5LD"), (" MK42  9dj ", "MK42 9DJ"), ("W1A 1AA", "W1A 1AA"), ("", ""), (None, "")],
)
def test_postcode_is_normalised(typed, normalised):
    assert normalise_postcode(typed) == normalised


@pytest.mark.parametrize("typed", ["MK6", "12345", "MK6 5L", "MK6 5LDD", "hello", "MK6-5LD", "ＭＫ６ ５ＬＤ"])
def test_invalid_postcode_is_rejected(typed):
    with pytest.raises(ValidationError, match="full UK postcode"):
        normalise_postcode(typed)


@given(st.text(max_size=20))
def test_any_text_is_normalised_or_rejected(typed):
    try:
        normalised = normalise_postcode(typed)
    except ValidationError:
        return
    assert normalised == normalise_postcode(normalised)


@pytest.mark.both_databases
@pytest.mark.django_db
class TestSite:
    def test_cleaning_normalises_postcode(self):
        site = Site(name="Wing", slug="wing", kind="hub", place=PlaceFactory(), postcode="mk65ld")
        site.full_clean()
        assert site.postcode == "MK6 5LD"

    @pytest.mark.parametrize(
        ("latitude", "longitude"),
        [(52.03, None), (None, -0.73), (-33.9, 151.2), (48.8, 2.35), (52.03, 5.0), (91, 0)],
    )
    def test_database_refuses_half_location_and_location_outside_uk(self, latitude, longitude):
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(latitude=latitude, longitude=longitude)
        site = Site(place=PlaceFactory(), kind="hub", latitude=latitude, longitude=longitude)
        with pytest.raises(ValidationError, match="in the United Kingdom"):
            site.validate_constraints()

    @pytest.mark.parametrize(
        ("latitude", "longitude"), [(52.026375, -0.735767), (60.5, -1.2), (49.9, -6.3), (None, None)]
    )
    def test_valid_location_is_saved(self, latitude, longitude):
        SiteFactory(latitude=latitude, longitude=longitude)
        assert Site.objects.count() == 1

    @pytest.mark.parametrize(("field", "value"), [("kind", "castle"), ("condition", "E"), ("tenure", "squat")])
    def test_database_refuses_value_outside_choices(self, field, value):
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(**{field: value})

    def test_sites_can_share_name_and_have_numbered_addresses(self):
        for slug in ("st-marys-hospital", "st-marys-hospital-2"):
            assert free_slug(Site, "St Mary's Hospital", "site") == slug
            SiteFactory(name="St Mary's Hospital", slug=slug)
        assert free_slug(Site, "!", "site") == "site"

    def test_site_outside_area_has_no_place(self):
        assert SiteFactory(place=None).where == "Not known"
        outside = SiteFactory(place=None, outside_area=True)
        assert outside.where == "Outside the area"
        assert outside not in Site.objects.in_area()
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(outside_area=True)

    def test_current_code_is_last_that_is_not_superseded(self):
        site = SiteFactory()
        assert site.ods_code is None
        site.identifiers.create(value="RC110", superseded=True, valid_from=DAY)
        site.identifiers.create(value="K82057", scheme="ods_practice")
        assert Site.objects.get().ods_code is None
        site.identifiers.create(value="RC979")
        assert Site.objects.get().ods_code == "RC979"
        assert [code.value for code in Site.objects.get().earlier_codes] == ["RC110"]
        for term in ("rc110", "RC979", "k82057"):
            assert list(Site.objects.matching(term)) == [site]
        assert not Site.objects.matching("RC11")

    def test_code_belongs_to_one_site(self):
        SiteFactory(ods_code="RC971")
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(ods_code="RC971")

    @pytest.mark.parametrize("value", ["AGGRE", "aggre"])
    def test_code_of_aggregates_is_no_code_of_site(self, value):
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(ods_code=value)
        with pytest.raises(ValidationError, match="several sites together"):
            SiteIdentifier(site=SiteFactory(), value=value).full_clean()

    def test_code_is_cleaned_to_capitals(self):
        code = SiteIdentifier(site=SiteFactory(), value=" rc971 ")
        code.full_clean()
        assert code.value == "RC971"

    def test_condition_is_newest_physical_survey_that_reader_sees(self):
        site, reader = SiteFactory(condition="B"), UserFactory()

        def condition(reader):
            found = with_condition(Site.objects.all(), reader).get()
            return found.condition, found.surveyed_on

        assert condition(PUBLIC) == condition(reader) == ("B", None)
        site.surveys.create(grade="C", surveyed_on=DAY, accepted=True)
        site.surveys.create(grade="A", surveyed_on=DAY, facet="quality", accepted=True)
        assert condition(PUBLIC) == ("C", DAY)
        site.surveys.create(grade="DX", surveyed_on=DAY.replace(year=2025))
        assert condition(PUBLIC) == ("C", DAY)
        assert condition(reader) == ("DX", DAY.replace(year=2025))

    def test_place_with_sites_cannot_be_deleted(self):
        site = SiteFactory()
        with pytest.raises(ProtectedError):
            site.place.delete()


@pytest.mark.both_databases
@pytest.mark.django_db
class TestOrganisation:
    def test_organisation_exists_from_valid_from_until_day_before_valid_to(self):
        board = OrganisationFactory(valid_from=datetime.date(2022, 7, 1), valid_to=datetime.date(2026, 4, 1))
        days = {datetime.date(2022, 6, 30): False, datetime.date(2022, 7, 1): True, datetime.date(2026, 3, 31): True}
        for day, exists in {**days, datetime.date(2026, 4, 1): False}.items():
            assert board.exists_on(day) is exists
            assert Organisation.objects.existing(day).exists() is exists
        assert OrganisationFactory().exists_on(datetime.date(1948, 7, 5))

    def test_organisation_cannot_end_before_it_starts(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrganisationFactory(valid_from=datetime.date(2022, 7, 1), valid_to=datetime.date(2022, 7, 1))

    def test_organisation_cannot_be_own_successor(self):
        board = OrganisationFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Organisation.objects.update(successor=board)

    def test_successor_of_accepted_organisation_is_accepted(self):
        organisation = OrganisationFactory(successor=OrganisationFactory(name="Waiting Trust", accepted=False))
        with pytest.raises(ValidationError, match="Accept Waiting Trust first"):
            organisation.full_clean()
        organisation.accepted = False
        organisation.full_clean()

    def test_organisation_cannot_be_succeeded_in_a_circle(self):
        last = OrganisationFactory()
        middle = OrganisationFactory(successor=last)
        first = OrganisationFactory(successor=middle)
        last.successor = first
        with pytest.raises(ValidationError, match="Select a successor that this organisation does not succeed"):
            last.full_clean()
        Organisation.objects.get(pk=first.pk).full_clean()

    def test_lineage_follows_chain_of_ended_organisations_until_day(self):
        ends = [datetime.date(2022, 7, 1), datetime.date(2026, 4, 1)]
        last = OrganisationFactory()
        middle = OrganisationFactory(valid_to=ends[1], successor=last)
        first = OrganisationFactory(valid_to=ends[0], successor=middle)
        OrganisationFactory(successor=last)  # has not ended
        OrganisationFactory(valid_to=ends[0])  # has no successor

        def lineage(organisation, on):
            return set(Organisation.objects.lineage([organisation.pk], on))

        before, between, after = datetime.date(2022, 6, 30), ends[0], ends[1]
        assert lineage(last, before) == lineage(last, between) == {last}
        assert lineage(last, after) == {first, middle, last}
        assert lineage(middle, before) == {middle}
        assert lineage(middle, between) == lineage(middle, after) == {first, middle}
        successions = Organisation.objects.successions
        assert successions(before) == {}
        assert successions(between) == {first.pk: [middle]}
        assert successions(after) == {first.pk: [middle, last], middle.pk: [last]}
        assert first.line_of_successors(after) == [middle, last]

    def test_lineage_ends_in_a_circle(self):
        day = datetime.date(2026, 1, 1)
        first = OrganisationFactory(valid_to=day)
        second = OrganisationFactory(valid_to=day, successor=first)
        Organisation.objects.filter(pk=first.pk).update(successor=second)
        assert set(Organisation.objects.lineage([first.pk], day)) == {first, second}
        assert Organisation.objects.successions(day) == {first.pk: [second], second.pk: [first]}

    def test_database_refuses_unknown_kind(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrganisationFactory(kind="club")

    def test_two_organisations_have_one_code_in_turn(self):
        old = OrganisationFactory(valid_to=DAY, ods_code="RC9")
        new = OrganisationFactory(valid_from=DAY, ods_code="RC9")
        assert (old.ods_code, new.ods_code) == ("RC9", "RC9")
        for day, holder in ((DAY, new), (DAY - datetime.timedelta(days=1), old)):
            assert Organisation.objects.with_ods_code("rc9", day).get() == holder
        assert not Organisation.objects.with_ods_code("RC1", DAY)

    @pytest.mark.parametrize(
        ("start", "end"),
        [(None, None), (None, DAY), (DAY, None), (DAY - datetime.timedelta(days=1), DAY)],
    )
    def test_two_organisations_never_have_one_code_at_once(self, start, end):
        OrganisationFactory(name="Ash Trust", valid_to=DAY, ods_code="RC9")
        other = OrganisationFactory(valid_from=DAY, valid_to=DAY.replace(year=2030), ods_code="RC9")
        code = OrganisationIdentifier(organisation=OrganisationFactory(), value="RC9", valid_from=start, valid_to=end)
        with pytest.raises(ValidationError, match="has the code RC9 in this period"):
            code.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            code.save()
        with pytest.raises(IntegrityError), transaction.atomic():
            other.identifiers.update(valid_from=None)
        code.scheme = "other"
        code.save()

    def test_code_that_waits_overlaps_one_that_makes_way_but_is_not_accepted_so(self):
        later = OrganisationFactory(name="Later Trust", ods_code="RC9")
        earlier = OrganisationFactory(name="Earlier Trust", accepted=False)
        code = OrganisationIdentifier(organisation=earlier, value="RC9", valid_to=DAY, accepted=False)
        code.full_clean()
        code.save()
        assert (earlier.ods_code, Organisation.objects.with_ods_code("RC9", DAY).get()) == (None, later)
        code.accepted = True
        with pytest.raises(ValidationError, match="Later Trust has the code RC9 in this period"):
            code.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            code.save()
        code.accepted, code.valid_to = False, None  # without a day nothing makes way for it
        with pytest.raises(ValidationError, match="Later Trust has the code RC9 in this period"):
            code.full_clean()


@pytest.mark.both_databases
@pytest.mark.django_db
class TestNamesOfSites:
    def test_sites_of_one_name_are_told_apart_by_what_is_known(self, django_assert_num_queries):
        luton = PlaceFactory(name="Luton")
        trust = OrganisationFactory(name="Elm Trust", short_name="Elm")
        sites = [
            SiteFactory(name="Elm House", place=luton, owner=trust, reported_by=trust, ods_code="RX1"),
            SiteFactory(name="ELM HOUSE", place=None, address="2 High Street, Hitchin", outside_area=True),
            SiteFactory(name="Elm House", place=None),
            SiteFactory(name="Oak House", place=luton),
        ]
        sites[2].identifiers.create(value="RX2", accepted=False)
        sites = list(Site.objects.order_by("pk"))
        with django_assert_num_queries(4):
            names = distinct_names(sites)
        assert list(names.values()) == [
            "Elm House (Luton, Elm, RX1)",
            "ELM HOUSE (Hitchin)",
            "Elm House (Not known)",
            "Oak House",
        ]
        assert sites[2].details(every_code=True) == ["RX2"]

    def test_different_names_need_no_query(self, django_assert_num_queries):
        sites = [SiteFactory(name="Elm House"), SiteFactory(name="Oak House")]
        with django_assert_num_queries(0):
            assert list(distinct_names(sites).values()) == ["Elm House", "Oak House"]


@pytest.mark.django_db
class TestEstateReturn:
    def test_site_has_one_return_a_year_and_reporting_organisation(self):
        first = EstateReturnFactory()
        assert (first.financial_year, first.as_at) == ("2025/26", datetime.date(2026, 3, 31))
        EstateReturnFactory(site=first.site, year=2024)
        with pytest.raises(IntegrityError), transaction.atomic():
            EstateReturnFactory(site=first.site, year=2025)
        trust = OrganisationFactory()
        EstateReturnFactory(site=first.site, reported_by=trust)
        with pytest.raises(IntegrityError), transaction.atomic():
            EstateReturnFactory(site=first.site, reported_by=trust)
        EstateReturnFactory(site=first.site, reported_by=OrganisationFactory())

    def test_return_is_of_site_or_of_aggregate(self):
        trust = OrganisationFactory(name="Ash Trust")
        aggregate = EstateReturnFactory(aggregate_of=trust)
        assert (str(aggregate), aggregate.reporter) == ("Aggregate of Ash Trust, 2025/26", trust)
        for wrong in (
            {"aggregate_of": trust},  # the second of the year
            {"aggregate_of": trust, "year": 2024, "reported_by": trust},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                EstateReturnFactory(**wrong)
        for wrong in ({"site": None}, {"site": SiteFactory(), "aggregate_of": OrganisationFactory()}):
            with pytest.raises(IntegrityError), transaction.atomic():
                EstateReturn.objects.create(year=2025, **wrong)
        reported = EstateReturnFactory(reported_by=trust)
        EstateReturnFactory()
        assert set(EstateReturn.objects.reported_by([trust])) == {aggregate, reported}

    def test_totals_are_unknown_if_one_part_is(self):
        figures = dict(zip(BACKLOG, (4, 3, 2, 1), strict=True))
        costs = {"hard_fm_pounds": 30, "soft_fm_pounds": 20, "finance_cost_pounds": 7, "gross_internal_area_m2": 10}
        row = EstateReturnFactory(**figures, **costs)
        row.refresh_from_db()
        assert (row.cir_pounds, row.backlog_pounds, row.running_cost_pounds) == (7, 10, 50)
        assert (row.cir_per_m2, row.running_cost_per_m2) == (Decimal("0.7"), 5)
        columns = EstateReturn.objects.with_totals().values_list("cir", "backlog", "running_cost")
        assert list(columns) == [(7, 10, 50)]
        row.backlog_significant_pounds, row.soft_fm_pounds, row.backlog_low_pounds = None, None, 0
        row.save()
        assert (row.cir_pounds, row.backlog_pounds, row.running_cost_pounds, row.cir_per_m2) == (None,) * 4
        assert list(columns.all()) == [(None, None, None)]

    def test_public_sees_accepted_returns_alone(self):
        site = EstateReturnFactory(year=2024).site
        waiting = EstateReturnFactory(site=site, year=2025, accepted=False)
        assert EstateReturn(year=2025).accepted is False
        assert waiting not in EstateReturn.objects.visible_to(PUBLIC)
        assert waiting in EstateReturn.objects.visible_to(UserFactory())
        sites = [with_newest_figures(Site.objects.all(), reader).get() for reader in (PUBLIC, UserFactory())]
        assert [site.return_year for site in sites] == [2024, 2025]

    def test_newest_figures_of_site_are_those_of_its_last_year(self):
        site = EstateReturnFactory(year=2024, gross_internal_area_m2=5, backlog_high_pounds=1).site
        EstateReturnFactory(site=site, **dict.fromkeys(BACKLOG, 3), gross_internal_area_m2=7)
        EstateReturnFactory(site=site, reported_by=OrganisationFactory())
        found = with_newest_figures(Site.objects.all(), PUBLIC).get()
        assert (found.return_year, found.area, found.cir, found.backlog, found.returns_that_year) == (2025, 7, 6, 12, 2)
        nothing = with_newest_figures(Site.objects.filter(pk=SiteFactory().pk), PUBLIC).get()
        assert (nothing.return_year, nothing.cir, nothing.returns_that_year) == (None, None, None)

    def test_financial_year_1999_ends_with_00(self):
        assert EstateReturn(year=1999).financial_year == "1999/00"

    @pytest.mark.parametrize("figure", ESTATE_FIGURES)
    def test_database_refuses_negative_figure(self, figure):
        with pytest.raises(IntegrityError), transaction.atomic():
            EstateReturnFactory(**{figure: -1})
        EstateReturnFactory(**{figure: 0})

    @pytest.mark.parametrize("figure", SHARES)
    def test_database_refuses_share_above_100(self, figure):
        with pytest.raises(IntegrityError), transaction.atomic():
            EstateReturnFactory(**{figure: 101})
