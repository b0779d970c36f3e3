"""Each colour is defined in labels.PALETTE and as a custom property in palette.css."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from projects.labels import PALETTE

STATIC = Path(settings.BASE_DIR, "static")


def test_documents_and_pages_have_the_same_palette():
    properties = re.findall(r"--app-([a-z-]+): (#[0-9a-f]{6});", (STATIC / "palette.css").read_text())
    assert dict(properties) == PALETTE


@pytest.mark.parametrize("sheet", sorted(path.name for path in STATIC.glob("*.css") if path.name != "palette.css"))
def test_stylesheets_use_only_colours_of_the_palette(sheet):
    text = (STATIC / sheet).read_text()
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])", text) == []
    assert set(re.findall(r"var\(--app-([a-z-]+)\)", text)) <= set(PALETTE)


def test_documents_and_exports_use_only_colours_of_the_palette():
    for path in [
        *Path(settings.BASE_DIR, "projects", "portfolio").rglob("*.py"),
        *Path(settings.BASE_DIR, "projects", "exports").rglob("*.py"),
    ]:
        assert re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text()) == [], path
