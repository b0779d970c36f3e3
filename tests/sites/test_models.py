import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from sites.models import EstateReturn, Organisation, Site, normalise_postcode
from tests.factories import EstateReturnFactory, OrganisationFactory, PlaceFactory, SiteFactory


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
    def test_cleaning_normalises_postcode_and_blank_ods_code(self):
        site = SiteFactory.build(place=PlaceFactory(), postcode="mk65ld", ods_code="")
        site.full_clean()
        assert (site.postcode, site.ods_code) == ("MK6 5LD", None)

    @pytest.mark.parametrize(
        ("latitude", "longitude"),
        [(52.03, None), (None, -0.73), (-33.9, 151.2), (48.8, 2.35), (52.03, 5.0), (91, 0)],
    )
    def test_database_refuses_half_location_and_location_outside_uk(self, latitude, longitude):
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(latitude=latitude, longitude=longitude)
        site = SiteFactory.build(place=PlaceFactory(), latitude=latitude, longitude=longitude)
        with pytest.raises(ValidationError, match="in the United Kingdom"):
            site.validate_constraints()

    @pytest.mark.parametrize(
        ("latitude", "longitude"), [(52.026375, -0.735767), (60.5, -1.2), (49.9, -6.3), (None, None)]
    )
    def test_valid_location_is_saved(self, latitude, longitude):
        SiteFactory(latitude=latitude, longitude=longitude)
        assert Site.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value"), [("kind", "castle"), ("condition", "E"), ("tenure", "squat"), ("ods_code", "")]
    )
    def test_database_refuses_value_outside_choices(self, field, value):
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(**{field: value})

    def test_sites_can_share_blank_but_not_same_ods_code(self):
        SiteFactory.create_batch(2, ods_code=None)
        SiteFactory(ods_code="RC971")
        with pytest.raises(IntegrityError), transaction.atomic():
            SiteFactory(ods_code="RC971")

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

    @pytest.mark.parametrize(("field", "value"), [("kind", "club"), ("ods_code", "")])
    def test_database_refuses_invalid_organisation(self, field, value):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrganisationFactory(**{field: value})


@pytest.mark.both_databases
@pytest.mark.django_db
class TestEstateReturn:
    def test_site_has_one_return_a_year(self):
        first = EstateReturnFactory()
        assert first.financial_year == "2025/26"
        EstateReturnFactory(site=first.site, year=2024)
        with pytest.raises(IntegrityError), transaction.atomic():
            EstateReturnFactory(site=first.site, year=2025)

    def test_financial_year_1999_ends_with_00(self):
        assert EstateReturn(year=1999).financial_year == "1999/00"

    @pytest.mark.parametrize("figure", ["gross_internal_area_m2", "backlog_high_pounds", "running_cost_pounds"])
    def test_database_refuses_negative_figure(self, figure):
        with pytest.raises(IntegrityError), transaction.atomic():
            EstateReturnFactory(**{figure: -1})
        EstateReturnFactory(**{figure: 0})
