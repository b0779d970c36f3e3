"""Every query in a view is limited to what the user can see.

A function in a module of views that queries a table must use one of SCOPES, or be listed below with the reason.
"""

import ast
import inspect
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.urls import URLResolver, get_resolver

# Names that limit a query to one user.
SCOPES = {"visible_to", "shown_to", "visible_project", "editable_project", "visible_views", "visible_reports"}
MANAGERS = {"objects", "_default_manager", "_base_manager", "history"}
SHORTCUTS = {"get_object_or_404", "get_list_or_404", "get_by_slug"}

OWN = "what belongs to the person who is signed in"
PUBLIC = "sites, organisations and priorities are public"
PERIODS = "reporting periods are the same for everyone"
HAND_OVERS = "the view first asks for the permission to hand over"
PEOPLE = "users and invitations: the view first asks for the permission to manage them"
OF_PROJECT = "of a project that the calling view has found for its reader"
EXCEPTIONS = {
    "estates_portal.accounts.views.account.SessionList.get_context_data": OWN,
    "estates_portal.accounts.views.account.account": OWN,
    "estates_portal.accounts.views.account.session_end": OWN,
    "estates_portal.accounts.views.invitations.invitation_accept": "the secret in the address is the permission",
    "estates_portal.accounts.views.people.person_list": PEOPLE,
    "estates_portal.accounts.views.people.invitation_list": PEOPLE,
    "estates_portal.accounts.views.people._invitation": PEOPLE,
    "estates_portal.accounts.views.people.person_detail": PEOPLE,
    "estates_portal.accounts.views.people._person": PEOPLE,
    "projects.exports.list_views.export_periods": PERIODS,
    "projects.exports.list_views.export_priorities": PUBLIC,
    "projects.exports.feeds.ProgressFeed.items": "published projects alone, the same for everyone",
    "projects.handover.views.hand_over": PUBLIC,
    "projects.handover.views.hand_over_detail": HAND_OVERS,
    "projects.handover.views.hand_over_undo": HAND_OVERS,
    "projects.handover.views.organisation_merge": PUBLIC,
    "projects.importing.views.import_of": OWN,
    "projects.importing.views.estate_import_add": OWN,
    "projects.milestones.views.milestones._saved": OF_PROJECT,
    "projects.estate_map.views.estate_map": "places and sources are public; `draw` limits what layers show",
    "projects.near.views.NearForm.clean": PUBLIC,
    "projects.near.views.near": "the sources of the gazetteer are public",
    "projects.portfolio.board.views._Selection.report": "`ProjectList` finds the projects that the reader can see",
    "projects.portfolio.first_steps.step_of_people": "only the programme office sees whether contributors exist",
    "projects.portfolio.saved_views.ViewForm.clean_name": OWN,
    "projects.portfolio.saved_views.visible_views": OWN,
    "projects.portfolio.saved_views.saved_view_add": OWN,
    "projects.portfolio.saved_views._save": OWN,
    "projects.portfolio.saved_views.saved_view_change": OWN,
    "projects.portfolio.saved_views.start": OWN,
    "projects.portfolio.saved_views._something_waits": PERIODS,
    "projects.reporting.views.my_work.my_work": PERIODS,
    "projects.reporting.views.periods.reporting": PERIODS,
    "projects.reporting.views.periods.period_list": PERIODS,
    "projects.reporting.views.periods.period_remind": PERIODS,
}


def callbacks(resolver):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from callbacks(pattern)
        else:
            yield inspect.unwrap(pattern.callback)


def view_modules():
    """The modules of views: those that addresses use, and those named views."""
    root = Path(settings.BASE_DIR)
    modules = {getattr(callback, "__module__", "") for callback in callbacks(get_resolver())}
    for app in ("projects", "sites", "estates_portal"):
        for path in (root / app).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            if "migrations" not in parts and ("views" in parts or parts[-1].endswith("_views")):
                modules.add(".".join(parts).removesuffix(".__init__"))
    ours = {name for name in modules if name.split(".")[0] in {"projects", "sites", "estates_portal"}}
    return sorted(name for name in ours if not any(part.startswith("admin") for part in name.split(".")))


def names_in(node):
    attributes = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    return attributes | {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def asks_a_model(node):
    """Whether the code contains `Model.objects` or `get_object_or_404(Model, ...)`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr in MANAGERS and isinstance(part.value, ast.Name):
            return True
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in SHORTCUTS:
            model = part.args[0]
            if isinstance(model, ast.Name) and model.id[0].isupper():
                return True
    return False


def parts(source):
    """{name: code} of each function and method of a module, and "" for the code outside them."""
    outside = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                yield f"{node.name}.{getattr(part, 'name', '')}", part
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node
        else:
            outside.append(node)
    yield "", ast.Module(outside, [])


def unscoped(source):
    """The names of functions and methods with queries that are not limited to a user."""
    return [name for name, node in parts(source) if asks_a_model(node) and not SCOPES & names_in(node)]


def test_every_view_limits_queries_to_visible_rows(checked):
    modules = view_modules()
    names = set()
    for module in modules:
        source = Path(import_module(module).__file__).read_text(encoding="utf-8")
        for name in unscoped(source):
            names.add(f"{module}.{name}")
    assert sorted(names - set(EXCEPTIONS)) == []
    assert sorted(set(EXCEPTIONS) - names) == []  # no longer needed
    checked("modules of views", len(modules), at_least=32)


def test_unscoped_queries_are_found():
    source = """
def bare(request): return Project.objects.all()
def by_shortcut(request, pk): return get_object_or_404(Project, pk=pk)
def scoped(request): return Project.objects.visible_to(request.user)
def of_one_project(request, slug): return visible_project(request, slug).risks.all()
class Page:
    def rows(self): return Project.objects.all()
EVERYTHING = Project.objects.all()
"""
    assert unscoped(source) == ["bare", "by_shortcut", "Page.rows", ""]
