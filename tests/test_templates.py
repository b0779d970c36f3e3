"""The width of templates."""

from django.conf import settings

WIDTH = 120


def test_template_lines_have_at_most_120_columns():
    templates = settings.BASE_DIR / "templates"
    wide = [
        f"{path.relative_to(templates)}:{number} has {len(line)} columns"
        for path in sorted(templates.rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > WIDTH
    ]
    assert not wide, "\n".join(wide)
