"""The width of templates."""

import re

from django.conf import settings

WIDTH = 120
BUTTON = re.compile(r"<button\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>", re.DOTALL)


def test_template_lines_have_at_most_120_columns():
    templates = settings.BASE_DIR / "templates"
    wide = [
        f"{path.relative_to(templates)}:{number} has {len(line)} columns"
        for path in sorted(templates.rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > WIDTH
    ]
    assert not wide, "\n".join(wide)


def test_every_submit_button_takes_one_press():
    """Buttons of the admin have no script of the design system; the portal uses a form that is sent twice once."""
    templates = settings.BASE_DIR / "templates"
    pages = [path for path in sorted(templates.rglob("*.html")) if path.relative_to(templates).parts[0] != "admin"]
    buttons = [(path.name, button) for path in pages for button in BUTTON.findall(path.read_text())]
    submits = [(name, button) for name, button in buttons if 'type="button"' not in button]
    assert len(submits) >= 20
    assert [pair for pair in submits if 'data-prevent-double-click="true"' not in pair[1]] == []
