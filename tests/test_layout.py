"""The direction of imports: a package imports only from earlier ranks.

The ranks (docs/adr/0013-rooms.md): what is not domain, unsaved changes, sites, accounts, contact, deletion, the admin
of these, versions and working days, models, the ground modules in their order, the capability packages, portfolio and
exports, and last what puts all together.
"""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("estates_portal", "sites", "projects")

# In order: a module can import from earlier ranks and from itself.
RANKS = [
    ["estates_portal"],
    ["estates_portal.unsaved"],
    ["sites"],
    ["estates_portal.accounts"],
    ["estates_portal.contact"],
    ["estates_portal.deletion"],
    ["estates_portal.admin"],
    ["estates_portal.accounts.admin_audit"],
    ["estates_portal.accounts.admin", "estates_portal.deletion.admin", "sites.admin"],
    ["projects.versions", "projects.working_days"],
    ["projects.models"],
    ["projects.labels", "projects.charts", "projects.fields", "projects.access", "projects.columns"],
    ["projects.approvals", "projects.costs", "projects.facts", "projects.notices"],
    ["projects.estate_risk"],
    ["projects.signs"],
    ["projects.filters"],
    ["projects.project_table"],
    ["projects.project_list"],
    ["projects.templatetags"],
    [
        "projects.browse",
        "projects.search",
        "projects.near",
        "projects.estate_map",
        "projects.records",
        "projects.detail",
        "projects.history",
        "projects.milestones",
        "projects.change_requests",
        "projects.reporting",
        "projects.finance",
        "projects.risks",
        "projects.registers",
        "projects.handover",
        "projects.importing",
        "projects.demo",
    ],
    ["projects.portfolio", "projects.exports", "projects.navigation", "projects.digest"],
    ["projects.admin", "projects.management", "projects.apps", "projects.urls", "projects"],
    ["estates_portal.urls", "estates_portal.settings", "estates_portal.wsgi"],
]
RANK_OF = {room: number for number, rooms in enumerate(RANKS) for room in rooms}


def room_of(module):
    """The longest name in RANKS that contains the module."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (room := ".".join(parts[:length])) in RANK_OF:
            return room
    raise AssertionError(f"{module} has no rank")


def module_of(path):
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path):
    """The portal's modules that a file imports, also inside functions."""
    module = module_of(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{source}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] in APPS:
                yield name if is_module(name) else name.rpartition(".")[0]


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def files():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def test_every_import_points_to_an_earlier_rank():
    upward = set()
    for path in files():
        here = room_of(module_of(path))
        for imported in imports_of(path):
            there = room_of(imported)
            if there != here and RANK_OF[there] >= RANK_OF[here]:
                upward.add(f"{module_of(path)} -> {imported}")
    assert upward == set()


def test_no_module_imports_a_view():
    """Only modules of addresses import views. Rules that pages share are elsewhere."""
    wrong = set()
    for path in files():
        here = module_of(path)
        is_views_package = path.name == "__init__.py" and path.parent.name == "views"
        if path.name.endswith("urls.py") or is_views_package:
            continue
        for imported in imports_of(path):
            if "views" in imported.split(".")[-1] or ".views." in imported:
                wrong.add(f"{here} -> {imported}")
    assert wrong == set()


@pytest.mark.parametrize(
    ("module", "room"),
    [("projects.reporting.views.report", "projects.reporting"), ("estates_portal.caching", "estates_portal")],
)
def test_room_is_package_of_module(module, room):
    assert room_of(module) == room


def test_decisions_name_existing_modules():
    """Replaced decisions can name deleted modules."""
    decisions = [path.read_text() for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    named = {
        name
        for text in decisions
        if "Status: Replaced" not in text
        for name in re.findall(r"`((?:estates_portal|sites|projects|templates|tests|static)/[\w/.]+)", text)
    }
    assert {name for name in named if not (ROOT / name).exists()} == set()
