"""`manage.py import_eric`: lists its questions, imports when they are answered."""

import pytest
from django.core.management import CommandError, call_command

from sites.models import EstateReturn, Organisation
from tests.eric import CSV, SEVEN, as_csv

pytestmark = pytest.mark.django_db


def run(*options, file=CSV, year=2014, **fields):
    call_command("import_eric", file, year=year, **fields)


def answers(today):
    return {
        "organisations": SEVEN,
        "organisation": [f"RD8={today['keynes trust'].slug}"],
        "new_organisation": ["RWN=2017-04-01"],
        "site": [f"RC110={today['bedford'].slug}", f"rc111={today['gilbert'].slug}"],
        "new_sites": True,
    }


def test_questions_are_listed_and_nothing_is_imported(today):
    with pytest.raises(CommandError) as failure:
        run(organisations=["RC1", "RD8"])
    text = str(failure.value)
    assert text.startswith("Nothing was imported: 3 questions.")
    assert "Which organisation is RD8 MILTON KEYNES HOSPITAL NHS FOUNDATION TRUST?" in text
    assert f" --organisation RD8={today['keynes trust'].slug}, " in text
    assert f"Which site is RC110 BEDFORD HOSPITAL SOUTH WING? --site RC110={today['bedford'].slug}" in text
    assert not EstateReturn.objects.exists()


def test_answers_import_everything_once(today, capsys):
    run(**answers(today), accept=True)
    assert capsys.readouterr().out == "Imported: 51 new, 0 changed, 0 unchanged; 1 new organisation; 43 new sites.\n"
    assert EstateReturn.objects.filter(accepted=True).count() == 51
    ended = Organisation.objects.get(identifiers__value="RWN")
    assert (ended.name, str(ended.valid_to)) == (
        "South Essex Partnership University NHS Foundation Trust",
        "2017-04-01",
    )
    run(organisations=SEVEN)
    assert capsys.readouterr().out == "Imported: 0 new, 0 changed, 51 unchanged.\n"


def test_dry_run_saves_nothing(today, capsys):
    run(**answers(today), dry_run=True)
    assert capsys.readouterr().out.startswith("Would import: 51 new")
    assert not EstateReturn.objects.exists()


def test_organisations_are_by_default_those_that_the_portal_knows(today, capsys):
    run(**answers(today) | {"organisations": None})
    assert capsys.readouterr().out.startswith("Imported: 38 new")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"organisations": ["XXX"]}, "Not in the file: XXX"),
        ({"year": 1800}, "Nothing was imported"),
        ({"source_url": "nowhere"}, "Nothing was imported"),
        ({"site": ["RC110=nowhere"]}, "No site has the address “nowhere”"),
        ({"new_organisation": ["RWN=soon"]}, "“soon” is not a date written yyyy-mm-dd"),
        ({"file": "nowhere.csv"}, "nowhere.csv cannot be read"),
    ],
)
def test_bad_options_are_refused(today, fields, error):
    with pytest.raises(CommandError, match=error):
        run(**fields)


def test_bad_file_is_refused(today, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(as_csv([["Name"], ["1"]]))
    with pytest.raises(CommandError, match="no row of headings"):
        run(file=bad)
