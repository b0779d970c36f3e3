"""Every page is valid HTML by html-validate's standard rules."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from projects.models import Project, ReportingPeriod
from tests.conftest import signed_in
from tests.factories import HubFactory
from tests.gazetteer import load_sample
from tests.pages import PAGES, office_pages
from tests.release import load_release

VALIDATOR = Path(settings.BASE_DIR, "node_modules", "html-validate", "bin", "html-validate.mjs")


@pytest.mark.django_db
def test_every_page_is_valid_html(client, tmp_path):
    load_release()
    load_sample()
    HubFactory(title='Quotes " and <tags> & more', published=False, slug="hostile")
    office = signed_in(role="programme_office", name='O\'Brien "<b>"')
    pages = {path: client.get(path) for path in [*PAGES, "/nothing-here/"]}
    call_command("make_example_projects", count=20, verbosity=0)
    paths = ["/", "/projects/hostile/", "/projects/hostile/history/", "/projects/?q=quotes", *office_pages()]
    period = ReportingPeriod.objects.filter(closed_at=None).order_by("starts_on").first()
    project = Project.objects.filter(delivery_state="active", milestones__isnull=False, status_reports=None).first()
    paths.append(f"/projects/{project.slug}/report/{period.slug}/")
    pages |= {f"{path} (office)": office.get(path) for path in paths}
    names = {}
    for number, (path, response) in enumerate(pages.items()):
        file = tmp_path / f"{number}.html"
        file.write_bytes(response.content)
        names[file.name] = path
    errors = [f"{names[Path(name).name]} {error}" for name, error in html_errors(tmp_path)]
    assert not errors, "\n".join(errors)


def test_validator_finds_invalid_html(tmp_path):
    (tmp_path / "bad.html").write_text(
        "<!DOCTYPE html><html lang=en><title>x</title><p><div id=a></p><b id=a></b></html>"
    )
    assert len(html_errors(tmp_path)) >= 2


def html_errors(folder):
    """[(file, error and position), ...] of the HTML files in the folder."""
    (folder / "rules.json").write_text(json.dumps({"root": True, "extends": ["html-validate:standard"]}))
    node = shutil.which("node") or str(Path(settings.BASE_DIR, ".venv", "bin", "node"))
    command = [node, VALIDATOR, "--config", folder / "rules.json", "--formatter", "json", folder]
    with (folder / "found.json").open("w") as output:  # a file, because html-validate does not wait for a pipe
        done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    assert not done.stderr, f"{done.stderr}\n`make setup` installs html-validate"
    return [
        (result["filePath"], f"{message['line']}:{message['column']} {message['ruleId']}: {message['message']}")
        for result in json.loads((folder / "found.json").read_text())
        for message in result["messages"]
    ]
