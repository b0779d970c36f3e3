"""The pages on which the programme office imports estate returns and accepts them."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from estates_portal.accounts.models import AuditEvent, AuditKind
from projects.models import EstateImport
from sites.models import EstateReturn, Site
from tests.conftest import count_a_change, signed_in
from tests.eric import changed, csv_bytes, xls_bytes
from tests.factories import EstateReturnFactory, OrganisationFactory, PlaceFactory, SiteFactory
from tests.projects.importing.conftest import site

pytestmark = pytest.mark.django_db
ADD = reverse("projects:estate_import_add")
LIST = reverse("projects:estate_return_list")


def upload(client, content=None, name="eric.csv", **fields):
    file = SimpleUploadedFile(name, csv_bytes() if content is None else content)
    return client.post(ADD, {"file": file, "year": "2014/15", **fields})


def page(name, estate_import):
    return reverse(f"projects:estate_import_{name}", args=[estate_import.pk])


def choose(client, *codes, content=None):
    """An import of these trusts, with its questions not answered."""
    assert upload(client, content).status_code == 302
    estate_import = EstateImport.objects.latest("pk")
    estate_import.codes = list(codes)
    estate_import.save()
    return estate_import


def preview_of(client, estate_import):
    return client.get(page("preview", estate_import)).context["returns"]


def import_it(client, estate_import, **fields):
    fingerprint = preview_of(client, estate_import).fingerprint
    return client.post(page("preview", estate_import), {"fingerprint": fingerprint, **fields}, follow=True)


# The journey


@pytest.mark.parametrize(("content", "name"), [(csv_bytes, "eric.csv"), (xls_bytes, "eric.xls")])
def test_office_imports_a_file_in_five_steps(today, office_client, content, name):
    PlaceFactory(name="Luton", slug="luton")
    first = upload(office_client, content(), name, source_url="https://eric.example/2014-15")
    estate_import = EstateImport.objects.get()
    assert first.url == page("trusts", estate_import)

    form = office_client.get(first.url).context["form"]
    assert sorted(form["known"].value()) == ["RC1", "RC9", "RD8", "RV3", "RWK", "RYV"]
    chosen = office_client.post(first.url, {"known": ["RC9", "RC1", "RD8"]})
    assert chosen.url == page("questions", estate_import)

    form = office_client.get(chosen.url).context["form"]
    assert [question.code for question in form.organisation_questions] == ["RD8"]
    assert form.site_questions == []
    sent = {"organisation-RD8": f"is-{today['keynes trust'].pk}", "organisation-RD8-name": "Kept"}
    assert office_client.post(chosen.url, sent).url == chosen.url

    form = office_client.get(chosen.url).context["form"]
    assert form["organisation-RD8"].value() == sent["organisation-RD8"]
    assert [question.code for question in form.site_questions] == ["RC110", "RC111"]
    assert form.fields["site-RC110"].choices[1][0] == f"is-{today['bedford'].pk}"
    sent |= {
        "site-RC110": f"is-{today['bedford'].pk}",
        "site-RC111": "new-in-luton",
        "site-RC111-name": "Gilbert House",
    }
    assert office_client.post(chosen.url, sent).url == page("preview", estate_import)

    response = office_client.get(page("preview", estate_import))
    html = response.content.decode()
    assert len(response.context["returns"].new) == 4
    assert "8,877,570" in html
    assert "30,685,325" in html  # critical infrastructure risk of the three acute trusts
    assert "55,262,432" in html
    assert "Gilbert House (luton)" in html

    html = import_it(office_client, estate_import, accept="on").content.decode()
    assert "Returns of 2014/15 imported: 4 new, 0 changed, 0 unchanged; 1 new site" in html
    assert EstateReturn.objects.filter(accepted=True).count() == 4
    assert EstateReturn.objects.first().source_url == "https://eric.example/2014-15"
    assert not EstateImport.objects.exists()
    event = AuditEvent.objects.get(kind=AuditKind.IMPORTED)
    assert (event.actor, event.detail) == (
        office_client.user,
        f"{name}, 2014/15: 4 new, 0 changed, 0 unchanged; 1 new site",
    )
    assert Site.objects.get(name="Gilbert House").place.name == "Luton"


def test_second_import_of_the_same_file_asks_nothing_and_changes_nothing(today, office_client):
    estate_import = choose(office_client, "RC9")
    import_it(office_client, estate_import)
    before = EstateReturn.history.count()
    again = choose(office_client, "RC9")
    assert office_client.get(page("questions", again)).url == page("preview", again)
    html = import_it(office_client, again).content.decode()
    assert "0 new, 0 changed, 1 unchanged" in html
    assert EstateReturn.history.count() == before
    assert not EstateReturn.objects.get().accepted


def test_preview_names_each_changed_figure(today, office_client):
    import_it(office_client, choose(office_client, "RC9"))
    content = changed(("RC971", "Cost to eradicate high risk backlog (£)", "9000000"))
    response = office_client.get(page("preview", choose(office_client, "RC9", content=content)))
    assert "high risk backlog (£): 8,877,570, now 9,000,000" in response.content.decode()
    assert len(response.context["returns"].changed) == 1


def test_correction_of_an_accepted_return_is_imported_only_if_it_is_accepted(today, office_client):
    import_it(office_client, choose(office_client, "RC9"), accept="on")
    content = changed(("RC971", "Cost to eradicate high risk backlog (£)", "9000000"))
    estate_import = choose(office_client, "RC9", content=content)
    html = office_client.get(page("preview", estate_import)).content.decode()
    assert "Corrections of accepted returns" in html and "Changed returns" not in html
    html = import_it(office_client, estate_import).content.decode()
    assert "1 correction not imported. To change accepted returns, import the file again and accept" in html
    assert (EstateReturn.objects.get().accepted, EstateReturn.objects.get().backlog_high_pounds) == (True, 8_877_570)
    html = import_it(office_client, choose(office_client, "RC9", content=content), accept="on").content.decode()
    assert "0 new, 1 changed, 0 unchanged" in html and "not imported" not in html
    assert (EstateReturn.objects.get().accepted, EstateReturn.objects.get().backlog_high_pounds) == (True, 9_000_000)


def test_import_that_differs_from_its_preview_is_shown_again(today, office_client):
    estate_import = choose(office_client, "RC9")
    sent = {"fingerprint": preview_of(office_client, estate_import).fingerprint}
    EstateReturnFactory(site=today["luton"], reported_by=today["luton trust"], year=2014)
    response = office_client.post(page("preview", estate_import), sent)
    assert "The records have changed since this preview" in response.content.decode()
    assert EstateReturn.objects.get().gross_internal_area_m2 is None
    sent = {"fingerprint": response.context["form"]["fingerprint"].value()}
    assert office_client.post(page("preview", estate_import), sent).url == LIST


def test_preview_pressed_twice_imports_once(today, office_client):
    estate_import = choose(office_client, "RC9")
    sent = {"fingerprint": preview_of(office_client, estate_import).fingerprint}
    assert office_client.post(page("preview", estate_import), sent).status_code == 302
    assert office_client.post(page("preview", estate_import), sent).status_code == 404
    assert EstateReturn.objects.count() == 1


def test_other_organisations_can_be_added(today, office_client):
    upload(office_client)
    estate_import = EstateImport.objects.get()
    office_client.post(page("trusts", estate_import), {"others": ["RWN"]})
    sent = {
        "organisation-RWN": "new",
        "organisation-RWN-name": "South Essex Partnership",
        "organisation-RWN-ended": "2017-04-01",
    }
    office_client.post(page("questions", estate_import), sent)
    response = office_client.post(
        page("questions", estate_import), {**sent, "rest_outside": "on", **names(office_client, estate_import)}
    )
    assert response.url == page("preview", estate_import)
    html = import_it(office_client, estate_import).content.decode()
    assert "13 new, 0 changed, 0 unchanged; 1 new organisation; 12 new sites" in html
    assert Site.objects.filter(outside_area=True).count() == 12


def names(client, estate_import):
    """The names that the form of the questions offers."""
    form = client.get(page("questions", estate_import)).context["form"]
    return {name: form[name].value() for name in form.fields if name.startswith("site-") and name.endswith("-name")}


def test_earlier_organisation_needs_the_day_on_which_it_ended(today, office_client):
    estate_import = choose(office_client, "RD8")
    sent = {"organisation-RD8": "earlier", "organisation-RD8-name": "Milton Keynes Hospital"}
    form = office_client.post(page("questions", estate_import), sent).context["form"]
    assert form.errors == {"organisation-RD8-ended": ["Enter the day on which the earlier organisation had ended"]}
    office_client.post(page("questions", estate_import), {**sent, "organisation-RD8-ended": "1/1/2018"})
    (organisation,) = preview_of(office_client, estate_import).new_organisations
    assert (organisation.valid_to, organisation.successor) == (datetime.date(2018, 1, 1), today["keynes trust"])


def test_unfinished_import_is_listed_and_can_be_deleted(today, office_client):
    estate_import = choose(office_client, "RC9")
    assert "eric.csv, 2014/15" in office_client.get(LIST).content.decode()
    office_client.post(page("delete", estate_import))
    assert not EstateImport.objects.exists()


def test_forgotten_import_is_deleted_after_30_days(office_client, clock):
    choose(office_client, "RC9")
    EstateImport.objects.update(at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    kept = choose(office_client, "RC9")
    call_command("apply_retention", verbosity=0)
    assert EstateImport.objects.get() == kept


# Access


def test_another_users_import_is_not_found(office_client):
    estate_import = choose(office_client, "RC9")
    other = signed_in(role="administrator")
    for name in ("trusts", "questions", "preview"):
        assert other.get(page(name, estate_import)).status_code == 404
    assert other.post(page("delete", estate_import)).status_code == 404
    assert "eric.csv" not in other.get(LIST).content.decode()


def test_viewer_and_contributor_see_no_trace_of_imports(viewer_client, contributor_client, client):
    for reader in (viewer_client, contributor_client):
        assert upload(reader).status_code == 403
        assert LIST not in reader.get(reverse("projects:my_work")).content.decode()
    assert upload(client).url.startswith("/account/sign-in/")
    assert not EstateImport.objects.exists()


# Bad input


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04", "This is an .xlsx workbook or a zip file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "The file is damaged"),
        (b"\0\1\2", "neither an Excel workbook"),
        (b"Name,Date\n1,2\n", "no row of headings"),
    ],
)
def test_bad_file_is_refused_beside_its_field_and_the_rest_is_kept(office_client, content, error):
    response = upload(office_client, content, source_words="The paper")
    form = response.context["form"]
    assert error in form.errors["file"][0]
    assert form["source_words"].value() == "The paper"
    assert "There is a problem" in response.content.decode()
    assert not EstateImport.objects.exists()


def test_each_field_of_the_file_has_its_error(office_client):
    sent = {"year": "1066", "source_url": "nowhere at all", "published_on": "soon", "source_words": "x" * 301}
    form = office_client.post(ADD, sent).context["form"]
    assert form.fields["year"].help_text.split()[-1] == "2026/27", "the example of the error"
    assert form.errors == {
        "file": ["Choose a file"],
        "year": ["Enter a financial year, for example 2026/27"],
        "source_url": ["Enter a web address that starts with https://"],
        "published_on": ["Enter a date, for example 14/3/2027"],
        "source_words": ["Source must be 300 characters or less"],
    }


def test_answers_with_errors_keep_what_was_typed(today, office_client):
    estate_import = choose(office_client, "RC1")
    sent = {"site-RC110": "is-999999", "site-RC110-name": "Mine", "site-RC111": "new-outside", "site-RC111-name": ""}
    response = office_client.post(page("questions", estate_import), sent)
    form = response.context["form"]
    assert form.errors == {
        "site-RC110": ["Site of RC110 must be one of the list"],
        "site-RC111-name": ["Enter a name for RC111"],
    }
    assert form["site-RC110-name"].value() == "Mine"
    assert EstateImport.objects.get().answers == {}


def options_of(client, estate_import, code):
    """{value: label} of the sites that the question offers."""
    choices = client.get(page("questions", estate_import)).context["form"].fields[f"site-{code}"].choices
    return {value: label for value, label in choices if value.startswith("is-")}


def test_sites_of_one_name_differ_in_the_questions(today, office_client):
    sites = {
        SiteFactory(
            name="Elm House",
            place=PlaceFactory(name=f"{name} town"),
            reported_by=OrganisationFactory(name=f"{name} trust"),
            ods_code=f"RX1{name}",
        ): f"Elm House ({name} town, {name} trust, RX1{name})"
        for name in ("A", "B")
    }
    options = options_of(office_client, choose(office_client, "RC1"), "RC110")
    assert {site: options[f"is-{site.pk}"] for site in sites} == sites
    assert len(options) == Site.objects.count()


def test_many_sites_and_questions_offer_suggestions_alone(today, office_client, monkeypatch):
    monkeypatch.setattr("projects.importing.forms.MAX_OPTIONS", 2 * Site.objects.count() - 1)
    options = options_of(office_client, choose(office_client, "RC1"), "RC110")
    assert next(iter(options.values())).startswith("Bedford Hospital South Wing (")
    assert len(options) < Site.objects.count()


@pytest.mark.parametrize("more", [0, 20])
def test_questions_have_a_constant_number_of_queries(today, office_client, django_assert_num_queries, more):
    estate_import = choose(office_client, "RC1")
    for number in range(more):
        SiteFactory(ods_code=f"RX1{number}", owner=OrganisationFactory())
    with django_assert_num_queries(22):
        office_client.get(page("questions", estate_import))


def test_two_rows_of_one_site_are_an_error_of_the_preview(today, office_client):
    estate_import = choose(office_client, "RC1")
    sent = {
        **names(office_client, estate_import),
        "site-RC110": f"is-{today['bedford'].pk}",
        "site-RC111": f"is-{today['bedford'].pk}",
    }
    office_client.post(page("questions", estate_import), sent)
    response = office_client.post(
        page("preview", estate_import), {"fingerprint": preview_of(office_client, estate_import).fingerprint}
    )
    assert "are both of Bedford Hospital South Wing" in response.content.decode()
    assert not EstateReturn.objects.exists()


def test_no_organisation_selected_is_an_error(today, office_client):
    estate_import = choose(office_client)
    form = office_client.post(page("trusts", estate_import), {"sent": "yes"}).context["form"]
    assert form.non_field_errors() == ["Select at least one organisation"]
    assert office_client.get(page("preview", estate_import)).status_code == 302


# Accepting


def test_office_accepts_one_return_or_all(office_client):
    returns = [EstateReturnFactory(accepted=False, year=year) for year in (2014, 2015, 2016)]
    html = office_client.post(LIST, {"return": returns[0].pk}, follow=True).content.decode()
    assert "1 return accepted" in html
    assert "2 to accept" in html
    assert list(EstateReturn.objects.filter(accepted=True)) == [returns[0]]
    page = office_client.post(LIST, {"action": "all", "count": "1"}, follow=True)  # another import came in since
    assert "the list has changed" in page.content.decode()
    assert EstateReturn.objects.filter(accepted=False).count() == 2
    office_client.post(LIST, {"action": "all", "count": "2"})
    assert not EstateReturn.objects.filter(accepted=False).exists()
    assert returns[1].history.first().history_change_reason == "Return of 2015/16 accepted"
    assert returns[1].history.first().history_user == office_client.user


@pytest.mark.parametrize("sent", [{}, {"return": "x"}, {"return": "9" * 30}, {"return": "999999"}])
def test_accepting_nothing_says_so(office_client, sent):
    html = office_client.post(LIST, sent, follow=True).content.decode()
    assert "No return accepted" in html


def test_public_sees_a_return_once_it_is_accepted(office_client, client):
    estate_return = EstateReturnFactory(accepted=False, backlog_high_pounds=1_234_567, backlog_significant_pounds=0)
    url = estate_return.site.get_absolute_url()
    assert "2025/26" not in client.get(url).content.decode()
    office_client.post(LIST, {"return": estate_return.pk})
    count_a_change()
    assert "2025/26" in client.get(url).content.decode()


@pytest.mark.parametrize("rows", [1, 20])
def test_list_has_a_constant_number_of_queries(office_client, django_assert_num_queries, rows):
    for year in range(rows):
        EstateReturnFactory(accepted=False, year=2000 + year, reported_by=OrganisationFactory())
        EstateReturnFactory(accepted=False, year=2000 + year, site=None, aggregate_of=OrganisationFactory())
    with django_assert_num_queries(13):
        office_client.get(LIST)


@pytest.mark.parametrize("codes", [["RC9"], ["RC9", "RC1", "RWK", "RYV", "RV3"]])
def test_preview_has_a_constant_number_of_queries(today, office_client, django_assert_num_queries, codes):
    estate_import = choose(office_client, *codes)
    rows = [row["site_code"] for row in estate_import.rows if row["organisation_code"] in codes]
    estate_import.answers = {
        "organisations": {},
        "sites": {code: {"name": code, "place": None, "outside_area": True} for code in rows},
    }
    estate_import.save()
    site("Another site", None)
    with django_assert_num_queries(15):
        office_client.get(page("preview", estate_import))
