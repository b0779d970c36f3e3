"""Snapshots of pages differ only where a user would see it."""

import pytest

from tests.snapshot_pages import compare_html, compare_queries, file_name, main, normalised, normalised_html


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("<p>\n  One\n  <a href=x>two</a> </p>\n\n<p>3</p>", "<p>One <a href=x>two</a></p><p>3</p>"),
        ("<input value=1 name=a required>", '<input name="a" required="" value="1"/>'),
        ("<p class=' a  b'>&amp; &#8211;</p>", '<p class="a b">&#38; –</p>'),
        (
            "<input type=hidden name=csrfmiddlewaretoken value=aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF>",
            "<input type=hidden name=csrfmiddlewaretoken value=zB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF>",
        ),
        ("<link href=/assets/portal.0123456789ab.css>", "<link href=/assets/portal.css>"),
        ("<script nonce=a></script>", "<script nonce=b></script>"),
    ],
)
def test_pages_with_same_appearance_are_equal(first, second):
    assert normalised_html(first) == normalised_html(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("<p><b>One</b> <b>two</b></p>", "<p><b>One</b><b>two</b></p>"),
        ("<p>One <a>two</a></p>", "<p>One<a>two</a></p>"),
        ("<textarea>a\nb</textarea>", "<textarea>a b</textarea>"),
        ("<input type=hidden value=7>", "<input type=hidden value=8>"),
        ("<p id=a>x</p>", "<p id=b>x</p>"),
        ("<div><p>x</p></div>", "<div></div><p>x</p>"),
    ],
)
def test_pages_with_different_appearance_differ(first, second):
    assert normalised_html(first) != normalised_html(second)


def test_json_and_csv_become_lines():
    assert normalised("application/json", b'{"a":[1]}') == '{\n "a": [\n  1\n ]\n}'
    assert normalised("text/csv; charset=utf-8", b"a,b\r\n1,2\r\n") == "a,b\n1,2\n"


def test_file_names_contain_no_ids_or_secrets():
    assert file_name("/") == "home"
    assert file_name("/projects/?q=a+b&page=2") == "projects@q=a+b&page=2"
    assert file_name("/projects/x/risks/12/") == "projects~x~risks~pk"
    assert file_name(f"/calendar/{'x' * 43}/all.ics") == "calendar~SECRET~all.ics"


def test_compare_lists_pages_that_differ(tmp_path, capsys):
    old, new = tmp_path / "old", tmp_path / "new"
    for root, text, queries in ((old, "before", 3), (new, "after", 4)):
        (root / "html" / "viewer").mkdir(parents=True)
        (root / "html" / "viewer" / "home.txt").write_text(f"200\n{text}\n")
        (root / "html" / "viewer" / "same.txt").write_text("200\n")
        (root / "queries.tsv").write_text(f"reader\tpage\tfirst\tsecond\nviewer\thome\t9\t{queries}\n")
    (new / "html" / "viewer" / "more.txt").write_text("200\n")
    assert compare_html(old, new) == 2
    output = capsys.readouterr().out
    assert "viewer/home.txt\n" in output and "-before\n+after\n" in output and "viewer/more.txt: not in" in output
    assert "same.txt" not in output
    assert compare_queries(old, new) == 1
    assert "viewer/home: first visit 9 -> 9, second visit 3 -> 4" in capsys.readouterr().out
    assert main(["--compare", str(old), str(new)]) == 1
    assert main(["--compare", str(old), str(old)]) == 0
