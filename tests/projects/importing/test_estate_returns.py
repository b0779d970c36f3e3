"""Importing estate returns: on today's organisations and sites, asked once, and only what is new or changed."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q

from projects.importing.eric_file import BLANK, NOT_IN_FILE
from projects.importing.estate_returns import Published, ReturnsImport, import_summary
from projects.importing.matching import (
    leave_out,
    new_organisation,
    new_site,
    ordinary_name,
    organisations_with,
    same_record,
)
from sites.acceptance import accept_returns
from sites.models import EstateReturn, Organisation, OrganisationIdentifier, Site, SiteIdentifier
from tests.conftest import rolled_back
from tests.eric import ALL_SEVEN, SEVEN, YEAR, as_csv, changed, csv_bytes, read, table, xls_bytes
from tests.factories import EstateReturnFactory, OrganisationFactory

from .conftest import todays_records

pytestmark = pytest.mark.django_db
SOURCE = Published("ERIC 2014/15", "https://eric.example/2014-15.xls", datetime.date(2015, 10, 20))


def returns_of(content, answers=None, codes=SEVEN, year=YEAR):
    return ReturnsImport(read(content).rows, year=year, codes=codes, answers=answers)


def full_answers(today, content, year=YEAR):
    """Answers to every question of the seven trusts: acute sites are today's, the rest are elsewhere."""
    answers = {
        "organisations": {
            "RD8": same_record(today["keynes trust"]),
            "RWN": new_organisation(
                "South Essex Partnership University NHS Foundation Trust", ended_on=datetime.date(2017, 4, 1)
            ),
        },
        "sites": {"RC110": same_record(today["bedford"]), "RC111": same_record(today["gilbert"])},
    }
    for question in returns_of(content, answers, year=year).questions:
        answers["sites"][question.code] = new_site(question.name, outside_area=True)
    return answers


def import_all(today, content=None, accept=False):
    content = content or csv_bytes()
    return returns_of(content, full_answers(today, content)).apply(published=SOURCE, accept=accept)


@pytest.fixture(scope="module")
def records(module_database):
    return todays_records()


@pytest.fixture
def today(records, db):
    """A copy of the records, which a test can change."""
    return {name: type(record).objects.get(pk=record.pk) for name, record in records.items()}


@pytest.fixture(scope="class")
def waiting(records):
    """All returns of the year, imported and not accepted."""
    with rolled_back():
        import_all(records)
        yield


@pytest.fixture(scope="class")
def accepted(records):
    """All returns of the year, imported and accepted."""
    with rolled_back():
        import_all(records, accept=True)
        yield


def history_rows():
    models = (EstateReturn, Site, SiteIdentifier, Organisation, OrganisationIdentifier)
    return sum(model.history.count() for model in models)


# Questions


def test_names_of_the_year_are_asked_once_with_the_organisation_that_has_the_code(today):
    questions = returns_of(csv_bytes()).matches.organisation_questions
    assert [(question.code, question.candidate) for question in questions] == [
        ("RD8", today["keynes trust"]),
        ("RWN", None),
    ]
    assert questions[1].name == "South Essex Partnership University NHS Foundation Trust"


def test_unknown_site_codes_are_asked_with_suggestions(today):
    questions = {question.code: question for question in returns_of(csv_bytes()).matches.site_questions}
    assert questions["RC110"].suggestions[0] == today["bedford"]
    assert questions["RC111"].suggestions[0] == today["gilbert"]
    assert "RC971" not in questions
    assert questions["RV320"].suggestions == []


def test_same_postcode_is_suggested_first(today):
    today["bedford"].postcode = "MK42 9DJ"
    today["bedford"].save()
    rows = [row[:5] + [cell] + row[5:] for row, cell in zip(table(), ["Post Code", *["mk429dj"] * 51], strict=True)]
    questions = {question.code: question for question in returns_of(as_csv(rows), codes=["RC1"]).questions}
    assert questions["RC111"].suggestions[:2] == [today["bedford"], today["gilbert"]]


def test_nothing_is_imported_before_every_question_is_answered(today):
    with pytest.raises(ValidationError, match="Answer every question"):
        returns_of(csv_bytes()).apply(published=SOURCE, accept=True)
    assert not EstateReturn.objects.exists()


def test_two_rows_of_a_trust_cannot_be_of_one_site(today):
    answers = {"sites": {"RC110": same_record(today["bedford"]), "RC111": same_record(today["bedford"])}}
    returns = returns_of(csv_bytes(), answers, codes=["RC1"])
    assert returns.errors == [
        "Rows 2 (RC110 of RC1) and 3 (RC111 of RC1) are both of Bedford Hospital South Wing, reported by "
        "Bedford Hospital NHS Trust. Select another site or organisation for one of them"
    ]
    with pytest.raises(ValidationError, match="are both of"):
        returns.apply(published=SOURCE, accept=True)


def test_two_codes_of_one_organisation_cannot_share_a_site_or_an_aggregate(today):
    answers = full_answers(today, csv_bytes())
    answers["organisations"] = dict.fromkeys(["RV3", "RYV", "RC1", "RC9"], same_record(today["east london"]))
    answers["sites"]["RC110"] = same_record(today["luton"])
    assert returns_of(csv_bytes(), answers, codes=["RV3", "RYV", "RC1", "RC9"]).errors == [
        "Rows 2 (RC110 of RC1) and 4 (RC971 of RC9) are both of Luton and Dunstable University Hospital, reported by "
        "East London NHS Foundation Trust. Select another site or organisation for one of them",
        "Rows 6 (AGGRE of RV3) and 46 (AGGRE of RYV) are both the aggregate of East London NHS Foundation Trust. "
        "Select another organisation for one of them",
    ]


def test_return_entered_without_reporter_gets_its_reporter(today):
    entered = EstateReturnFactory(site=today["luton"], year=YEAR, reported_by=None, soft_fm_pounds=1)
    returns = returns_of(csv_bytes(), codes=["RC9"])
    (change,) = returns.corrections
    assert change.difference_labels[0] == (
        "reporting organisation: not known, now Luton and Dunstable University Hospital NHS Foundation Trust"
    )
    counts = returns.apply(published=SOURCE, accept=True)
    assert (counts["new"], counts["changed"]) == (0, 1)
    estate_return = today["luton"].estate_returns.get()
    assert (estate_return.pk, estate_return.reported_by) == (entered.pk, today["luton trust"])
    assert estate_return.soft_fm_pounds == 13_983_827


def test_return_entered_in_the_name_of_another_organisation_stays(today):
    EstateReturnFactory(site=today["luton"], year=YEAR, reported_by=None, reported_as="A property company")
    returns = returns_of(csv_bytes(), codes=["RC9"])
    assert (len(returns.new), returns.corrections, returns.changed) == (1, [], [])


def test_rows_of_an_organisation_can_be_left_out(today):
    answers = {"organisations": {"RWN": leave_out(), "RD8": leave_out()}}
    returns = returns_of(csv_bytes(), answers, codes=["RWN", "RD8", "RC9"])
    assert returns.questions == []
    assert len(returns.left_out) == 14
    assert returns.apply(published=SOURCE, accept=False)["new"] == 1


# Acceptance of the estate register, 1 to 4


def test_import_adds_47_returns_of_sites_and_4_aggregates(today):
    counts = import_all(today)
    assert counts["new"] == 51
    assert EstateReturn.objects.filter(site__isnull=False).count() == 47
    assert EstateReturn.objects.filter(aggregate_of__isnull=False).count() == 4
    assert not Site.objects.filter(name__icontains="aggregate").exists()
    assert not SiteIdentifier.objects.filter(value__icontains="aggre").exists()
    sums = [sum(getattr(row, name) for row in EstateReturn.objects.all()) for name in ("cir_pounds", "backlog_pounds")]
    assert sums == [32_006_937, 65_923_471]
    assert sum(row.gross_internal_area_m2 for row in EstateReturn.objects.all()) == ALL_SEVEN[2]


def test_nothing_is_renamed_and_no_second_organisation_appears(today):
    names = set(Organisation.objects.values_list("name", flat=True))
    sites = set(Site.objects.values_list("pk", "name", "slug"))
    import_all(today)
    new = set(Organisation.objects.values_list("name", flat=True)) - names
    assert new == {"South Essex Partnership University NHS Foundation Trust"}
    assert names <= set(Organisation.objects.values_list("name", flat=True))
    assert sites <= set(Site.objects.values_list("pk", "name", "slug"))


def second_year():
    """A file of the next year: other headings, and another code for Luton and Dunstable."""
    return changed(
        ("RC971", "Gross internal site floor area (m²)", "60000"),
        ("RC971", "Site Code", "RC9ZZ"),
        rename={
            "Organisation Code": "Trust Code",
            "Gross internal site floor area (m²)": "Gross internal floor area (m²)",
            "Un-utilised space (%)": "Floor area - empty (%)",
        },
    )


def test_figure_that_becomes_known_is_a_change(today):
    import_all(today, changed(("RC971", "Un-utilised space (%)", ""), ("RC110", "Un-utilised space (%)", "0")))
    assert today["luton"].estate_returns.get().why_unknown == {"void_percent": BLANK}
    assert today["bedford"].estate_returns.get().void_percent == 0
    returns_of(csv_bytes()).apply(published=SOURCE, accept=False)
    estate_return = today["luton"].estate_returns.get()
    assert (estate_return.void_percent, estate_return.why_unknown) == (0, {})


def test_missing_column_is_unknown_in_a_new_return(today):
    import_all(today, changed(without=["Risk adjusted backlog cost (£)"]))
    estate_return = today["luton"].estate_returns.get()
    assert estate_return.risk_adjusted_backlog_pounds is None
    assert estate_return.why_unknown == {"risk_adjusted_backlog_pounds": NOT_IN_FILE}


@pytest.mark.both_databases
@pytest.mark.usefixtures("waiting")
class TestWaitingReturns:
    def test_returns_are_of_todays_sites_and_of_the_organisations_of_that_year(self, today):
        for name, code, reporter in [
            ("luton", "RC971", "luton trust"),
            ("bedford", "RC110", "bedford trust"),
            ("gilbert", "RC111", "bedford trust"),
            ("keynes", "RD816", "keynes trust"),
        ]:
            estate_return = today[name].estate_returns.get()
            assert estate_return.reported_by == today[reporter]
            assert today[name].identifiers.filter(value=code).exists()
        bedford = today["bedford"].estate_returns.get()
        assert bedford.reported_as == "BEDFORD HOSPITAL NHS TRUST"
        assert bedford.site_name_as_published == "BEDFORD HOSPITAL SOUTH WING"
        assert bedford.site_type_as_published == "GENERAL ACUTE HOSPITAL"
        assert bedford.unsuitable_percent == Decimal("15.46")
        assert bedford.age_bands[1] == ["2005 to 2014", 8.4]
        assert (bedford.source_words, bedford.source_row) == ("ERIC 2014/15", 2)
        assert bedford.history.get().history_change_reason.endswith("2014/15, row 2")

    def test_what_an_import_adds_is_accepted_with_a_return_of_it(self, today):
        added = [Site.objects.filter(accepted=False), Organisation.objects.filter(accepted=False)]
        assert [rows.count() for rows in added] == [43, 1]
        assert SiteIdentifier.objects.get(value="RC110").accepted is False
        assert today["bedford"].earlier_codes == [] and Site.objects.get(pk=today["bedford"].pk).accepted
        accept_returns(EstateReturn.objects.filter(Q(site=today["bedford"]) | Q(reported_as__startswith="SOUTH ESSEX")))
        assert [rows.count() for rows in added] == [31, 0]
        assert [str(code) for code in today["bedford"].earlier_codes] == ["RC110"]
        elsewhere = Site.objects.get(identifiers__value="RWN20")
        assert (elsewhere.accepted, elsewhere.ods_code) == (True, "RWN20")
        assert elsewhere.history.first().history_change_reason == "Return of 2014/15 accepted"

    def test_accepting_the_same_file_again_accepts_what_waits(self, today):
        summaries = [
            import_summary(returns_of(csv_bytes()).apply(published=SOURCE, accept=accept))
            for accept in (False, True, True)
        ]
        unchanged = "0 new, 0 changed, 51 unchanged"
        assert summaries == [unchanged, f"{unchanged}; 51 unchanged returns accepted", unchanged]
        assert not EstateReturn.objects.filter(accepted=False).exists()

    def test_new_sites_say_nothing_of_returns_that_are_not_accepted(self, today):
        elsewhere = Site.objects.get(identifiers__value="RV320")
        assert (elsewhere.type_as_published, elsewhere.reported_by) == ("", None)
        accept_returns(EstateReturn.objects.filter(site=elsewhere))
        elsewhere.refresh_from_db()
        assert (elsewhere.type_as_published, elsewhere.reported_by) == ("MULTI-SERVICE HOSPITAL", today["north west"])

    def test_second_year_with_another_code_is_asked_once_and_gives_a_second_return(self, today):
        questions = returns_of(second_year(), year=2015).questions
        assert [question.code for question in questions] == ["RC9ZZ"]
        assert questions[0].suggestions[0] == today["luton"]
        answers = {"sites": {"RC9ZZ": same_record(today["luton"])}}
        counts = returns_of(second_year(), answers, year=2015).apply(published=SOURCE, accept=False)
        assert (counts["new"], counts["sites"]) == (51, 0)
        years = today["luton"].estate_returns.order_by("year").values_list("year", "gross_internal_area_m2")
        assert list(years) == [(2014, 59_132), (2015, 60_000)]
        assert returns_of(second_year(), year=2015).questions == []

    def test_words_for_unknown_replace_a_figure(self, today):
        returns_of(changed(("RC971", "Un-utilised space (%)", "Not Applicable"))).apply(published=SOURCE, accept=False)
        estate_return = today["luton"].estate_returns.get()
        assert estate_return.void_percent is None
        assert estate_return.why_unknown == {"void_percent": "Not Applicable"}

    @pytest.mark.parametrize(
        "content",
        [
            changed(("RC971", "Un-utilised space (%)", "")),
            changed(without=["Un-utilised space (%)", "Site Type"]),
        ],
    )
    def test_blank_cell_or_missing_column_erases_nothing(self, today, content):
        returns = returns_of(content)
        assert (len(returns.changed), len(returns.unchanged)) == (0, 51)

    def test_accepting_is_refused_if_another_organisation_has_the_code(self, today):
        waiting = OrganisationIdentifier.objects.get(value="RWN")
        assert not waiting.accepted
        OrganisationFactory(name="Another Trust").identifiers.create(value="RWN", valid_to=datetime.date(2016, 1, 1))
        with pytest.raises(ValidationError, match="Another Trust has the code RWN in this period"):
            accept_returns(EstateReturn.objects.all())
        assert not EstateReturn.objects.filter(accepted=True).exists()

    def test_accepting_a_return_accepts_only_the_code_of_its_row(self, today):
        returns = import_two_years(today)
        assert list(returns.values_list("year", "site_code_as_published")) == [(2015, "RC9ZZ"), (2014, "RC971")]
        accept_returns(returns.filter(year=2014))
        assert codes_by_acceptance(today["luton"]) == {"RC971": True, "RC9ZZ": False}
        accept_returns(returns.all())
        assert codes_by_acceptance(today["luton"]) == {"RC971": True, "RC9ZZ": True}

    def test_return_of_an_earlier_import_accepts_the_code_that_its_row_added_or_else_all(self, today):
        returns = import_two_years(today)
        returns.update(site_code_as_published="")
        accept_returns(returns.filter(year=2015))
        assert codes_by_acceptance(today["luton"]) == {"RC971": False, "RC9ZZ": True}
        accept_returns(returns.filter(year=2014))  # no row added RC971, so it is not known whose it is
        assert codes_by_acceptance(today["luton"]) == {"RC971": True, "RC9ZZ": True}

    def test_accepting_many_returns_writes_one_row_of_history_for_each_record(self, today):
        elsewhere = Site.objects.get(identifiers__value="RV320")
        for year, reporter in ((2012, today["north west"]), (2013, None)):
            EstateReturnFactory(site=elsewhere, year=year, reported_by=reporter, accepted=False)
        before = history_rows()
        waiting = [
            model.objects.filter(accepted=False).count()
            for model in (EstateReturn, Site, SiteIdentifier, Organisation, OrganisationIdentifier)
        ]
        assert accept_returns(EstateReturn.objects.all()) == waiting[0] == 53
        completed = 4  # public sites, which now have a published type and a reporter
        assert (elsewhere.history.count(), history_rows() - before) == (2, sum(waiting) + completed)


@pytest.mark.usefixtures("accepted")
class TestAcceptedReturns:
    def test_a_code_of_an_earlier_year_does_not_replace_the_code_of_today(self, today):
        assert today["bedford"].identifiers.get(value="RC110").superseded
        assert Site.objects.get(pk=today["bedford"].pk).ods_code == "RC979"
        assert Site.objects.get(pk=today["gilbert"].pk).ods_code == "RC111"

    def test_sites_elsewhere_are_outside_the_area_and_keep_their_published_type(self, today):
        elsewhere = Site.objects.get(identifiers__value="RV320")
        assert (elsewhere.name, elsewhere.outside_area, elsewhere.place) == ("St Charles MHU", True, None)
        assert elsewhere.type_as_published == "MULTI-SERVICE HOSPITAL"
        assert elsewhere.reported_by == today["north west"]
        assert elsewhere.slug == "st-charles-mhu"

    @pytest.mark.parametrize("content", [csv_bytes, xls_bytes])
    def test_same_returns_again_change_nothing(self, today, content):
        before = history_rows()
        returns = returns_of(content())
        assert returns.questions == []
        counts = returns.apply(published=Published("Another source"), accept=True)
        assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 0, 51)
        assert (counts["sites"], counts["organisations"]) == (0, 0)
        assert history_rows() == before

    def test_correction_updates_the_return_and_keeps_the_old_figures_in_history(self, today):
        content = changed(("RC971", "Cost to eradicate high risk backlog (£)", "9000000"))
        returns = returns_of(content)
        (change,) = returns.corrections
        assert change.difference_labels == ["high risk backlog (£): 8,877,570, now 9,000,000"]
        counts = returns.apply(published=SOURCE, accept=True)
        assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 1, 50)
        estate_return = today["luton"].estate_returns.get()
        assert estate_return.backlog_high_pounds == 9_000_000
        assert [row.backlog_high_pounds for row in estate_return.history.all()] == [9_000_000, 8_877_570]

    def test_accepted_return_stays_as_it_is_unless_its_correction_is_accepted(self, today):
        EstateReturn.objects.filter(site=today["bedford"]).update(accepted=False)
        before = today["luton"].estate_returns.get()
        high = "Cost to eradicate high risk backlog (£)"
        returns = returns_of(changed(("RC971", high, "9000000"), ("RC110", high, "5")))
        assert [len(changes) for changes in (returns.new, returns.changed, returns.corrections)] == [0, 1, 1]
        counts = returns.apply(published=Published("Another source"), accept=False)
        assert import_summary(counts) == "0 new, 1 changed, 49 unchanged; 1 correction of accepted returns left"
        after = today["luton"].estate_returns.get()
        assert (after.accepted, after.backlog_high_pounds, after.source_words) == (True, 8_877_570, before.source_words)
        assert after.history.count() == 1
        assert today["bedford"].estate_returns.get().backlog_high_pounds == 5


# Organisations


def test_earlier_organisation_of_the_same_code_is_added_and_succeeded(today):
    ended = datetime.date(2018, 1, 1)
    answers = {
        "organisations": {
            "RD8": new_organisation(
                "Milton Keynes Hospital NHS Foundation Trust", ended_on=ended, successor=today["keynes trust"]
            )
        }
    }
    returns_of(csv_bytes(), answers, codes=["RD8"]).apply(published=SOURCE, accept=False)
    earlier = Organisation.objects.get(name="Milton Keynes Hospital NHS Foundation Trust")
    assert (earlier.valid_to, earlier.successor) == (ended, today["keynes trust"])
    assert today["keynes"].estate_returns.get().reported_by == earlier
    later, code = today["keynes trust"].identifiers.get(), earlier.identifiers.get()
    assert (later.valid_from, later.accepted, code.valid_to, code.accepted) == (None, True, ended, False)
    assert organisations_with(["RD8"], datetime.date(2015, 3, 31)) == {"RD8": earlier}
    assert returns_of(csv_bytes(), codes=["RD8"]).questions == []
    accept_returns(earlier.estate_returns.all())
    for record in (later, code):
        record.refresh_from_db()
    assert (later.valid_from, code.accepted) == (ended, True)


def import_two_years(today):
    """Import a second year without accepting, with another code of Luton and Dunstable."""
    answers = {"sites": {"RC9ZZ": same_record(today["luton"])}}
    returns_of(second_year(), answers, year=2015).apply(published=SOURCE, accept=False)
    today["luton"].identifiers.filter(value="RC971").update(accepted=False)
    return today["luton"].estate_returns


def codes_by_acceptance(site):
    return dict(site.identifiers.values_list("value", "accepted"))


def test_code_without_holder_in_that_year_is_asked(today):
    today["luton trust"].identifiers.all().delete()
    (question,) = returns_of(csv_bytes(), codes=["RC9"]).matches.organisation_questions
    assert (question.code, question.candidate) == ("RC9", None)
    assert question.suggestions[0] == today["luton trust"]


def test_queries_do_not_grow_with_rows(today, django_assert_num_queries):
    rows = read(csv_bytes()).rows
    answers = full_answers(today, csv_bytes())
    for codes in (["RC1"], SEVEN):
        returns = ReturnsImport(rows, year=YEAR, codes=codes, answers=answers)
        with django_assert_num_queries(1):
            assert returns.changes


@pytest.mark.parametrize(
    ("published", "name"),
    [
        ("ST MARY'S HOSPITAL", "St Mary's Hospital"),
        ("12 KENWORTHY ROAD (JOHN HOWARD CENTRE)", "12 Kenworthy Road (John Howard Centre)"),
        ("BASILDON HOSPITAL M.H.U.", "Basildon Hospital M.H.U."),
        ("THE TOWER HAMLETS CENTRE FOR MENTAL HEALTH", "The Tower Hamlets Centre for Mental Health"),
        ("St Charles MHU", "St Charles MHU"),
        ("LUTON AND DUNSTABLE NHS TRUST", "Luton and Dunstable NHS Trust"),
        ("NON-HOSPITAL", "Non-Hospital"),
    ],
)
def test_published_name_is_offered_in_ordinary_letters(published, name):
    assert ordinary_name(published) == name
