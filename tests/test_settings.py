"""Production refuses unsafe settings, local settings refuse a server, and every variable is documented."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from estates_portal.settings.base import database
from estates_portal.settings.environment import env_bool, env_int, env_list

BASE = Path(settings.BASE_DIR)
SAFE = {
    "SECRET_KEY": "mPq8sW2vXk4nR7tYb1cD5fG9hJ3lZ6aE0uI-oS_wQxVyTrNmKj",
    "ALLOWED_HOSTS": "estates.example.nhs.uk",
    "DATABASE_URL": "postgres://portal:secret@127.0.0.1/portal",
    "EMAIL_HOST": "smtp.example.nhs.uk",
    "CONTACT_EMAIL": "estates@example.nhs.uk",
}


def start(module="production", /, shown="DEBUG", **environment):
    """The output of Python after loading these settings with only this environment."""
    base_environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(BASE)}
    return subprocess.run(
        [sys.executable, "-c", f"from estates_portal.settings import {module} as p; print('started', p.{shown})"],
        env={**base_environment, **environment},
        cwd=BASE,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_safe_settings():
    assert start(**SAFE).stdout == "started False\n"


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {"options": "-c random_page_cost=1.1"}),
        ("?sslmode=require", {"options": "-c random_page_cost=1.1", "sslmode": "require"}),
        ("?options=-c%20random_page_cost%3D4", {"options": "-c random_page_cost=4"}),
    ],
)
def test_postgresql_has_random_page_cost_unless_url_sets_options(query, options):
    assert database(f"postgres://portal:secret@127.0.0.1/portal{query}")["OPTIONS"] == options


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be set"),
        (
            {"SECRET_KEY": "only-for-a-machine-of-your-own-never-for-production-0000000000"},
            "SECRET_KEY must be set",
        ),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": "estates.example.nhs.uk, *"}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": "estates.example.nhs.uk, www.example.nhs.uk"}, "PORTAL_URL must be the address"),
        ({"PORTAL_URL": "estates.example.nhs.uk"}, "PORTAL_URL must be the address"),
        ({"DATABASE_URL": ""}, "DATABASE_URL must be set"),
        ({"DATABASE_URL": "mysql://a/b"}, "DATABASE_URL must be of PostgreSQL or SQLite"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not an address"),
        ({"EMAIL_HOST": ""}, "EMAIL_HOST must name"),
        ({"CONTACT_EMAIL": ""}, "CONTACT_EMAIL must be the email address"),
        ({"CONTACT_EMAIL": "the office"}, "CONTACT_EMAIL must be the email address"),
        ({"KEEP_AUDIT_MONTHS": "6"}, "KEEP_AUDIT_MONTHS must be 12 or more"),
        ({"OIDC_SERVER_URL": "http://id.example.nhs.uk", "OIDC_CLIENT_ID": "portal"}, "Single sign-on needs"),
        ({"OIDC_SERVER_URL": "https://id.example.nhs.uk"}, "Single sign-on needs"),
        ({"SESSION_HOURS": "long"}, "SESSION_HOURS is 'long'"),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps'"),
        ({"CONN_MAX_AGE": "-1"}, "CONN_MAX_AGE is '-1'"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'LOUD': write one of INFO"),
    ],
)
def test_production_refuses_unsafe_settings(change, message):
    done = start(**{**SAFE, **change})
    assert done.returncode != 0
    assert message in done.stderr


@pytest.fixture
def server_database():
    """The address of a PostgreSQL server, and a function that returns whether anyone connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def was_asked():
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield f"postgres://portal:secret@127.0.0.1:{server.getsockname()[1]}/portal", was_asked


def manage(*arguments, **environment):
    """Run manage.py with only this environment."""
    return subprocess.run(
        [sys.executable, BASE / "manage.py", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


PROJECT_COMMANDS = sorted(
    name for name, app in get_commands().items() if app in ("sites", "projects", "estates_portal.accounts")
)


def test_project_has_commands():
    assert {"load_blmk", "make_example_accounts", "make_example_projects", "send_notices"} <= set(PROJECT_COMMANDS)


@pytest.mark.parametrize("command", [*PROJECT_COMMANDS, "migrate", "createsuperuser", "check"])
def test_command_without_settings_module_refuses_server_database(command, server_database):
    address, was_asked = server_database
    done = manage(command, DATABASE_URL=address)
    assert done.returncode == 1
    assert "set DJANGO_SETTINGS_MODULE=estates_portal.settings.production" in done.stderr
    assert "Traceback" not in done.stderr
    assert not was_asked()


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DATABASE_URL", "postgres://portal:secret@127.0.0.1/portal", "DATABASE_URL is not a SQLite database"),
        ("ALLOWED_HOSTS", "estates.example.nhs.uk", "ALLOWED_HOSTS names other computers"),
        ("ALLOWED_HOSTS", "localhost, 192.0.2.7", "ALLOWED_HOSTS names other computers"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS names other computers"),
        ("EMAIL_HOST", "smtp.example.nhs.uk", "EMAIL_HOST is a mail server"),
    ],
)
def test_local_settings_refuse_environment_of_server(variable, value, message):
    done = start("local", **{variable: value})
    assert done.returncode != 0
    assert message in done.stderr
    assert f"unset {variable}" in done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DATABASE_URL": "sqlite:////tmp/portal.sqlite3", "ALLOWED_HOSTS": "127.0.0.1, localhost"},
        {"EMAIL_HOST": "localhost"},
    ],
)
def test_local_settings_load_on_own_computer(environment):
    assert start("local", **environment).stdout == "started False\n"


@pytest.mark.parametrize(
    ("module", "environment", "address"),
    [
        ("local", {}, "http://127.0.0.1:8000"),
        ("local", {"PORT": "8123", "ALLOWED_HOSTS": "127.0.0.1"}, "http://127.0.0.1:8123"),
        ("local", {"PORTAL_URL": "http://localhost:9/"}, "http://localhost:9"),
        ("production", SAFE, "https://estates.example.nhs.uk"),
        (
            "production",
            {**SAFE, "ALLOWED_HOSTS": "a.example, b.example", "PORTAL_URL": "https://b.example"},
            "https://b.example",
        ),
    ],
)
def test_links_start_with_address_of_the_portal(module, environment, address):
    assert start(module, shown="PORTAL_URL", **environment).stdout == f"started {address}\n"


def test_environment_variables_are_parsed(monkeypatch):
    monkeypatch.setenv("X", " YES ")
    assert env_bool("X") is True
    monkeypatch.setenv("X", "off")
    assert env_bool("X", True) is False
    monkeypatch.setenv("X", "maybe")
    with pytest.raises(ImproperlyConfigured):
        env_bool("X")
    monkeypatch.setenv("X", " a, ,b,")
    assert env_list("X") == ["a", "b"]
    monkeypatch.setenv("X", "12x")
    with pytest.raises(ImproperlyConfigured):
        env_int("X", 1)
    monkeypatch.delenv("X")
    assert env_int("X", 7) == 7


def variables_read():
    """The names of the variables that the settings, the commands and the server read."""
    sources = [*(BASE / "estates_portal" / "settings").glob("*.py"), BASE / "estates_portal" / "gunicorn.py"]
    sources += [BASE / "manage.py", BASE / "estates_portal" / "wsgi.py"]
    text = "\n".join(path.read_text() for path in sources if path.name != "environment.py")
    return set(re.findall(r'(?:env_\w+|environ\.(?:get|setdefault))\(\s*"(\w+)"', text))


def test_every_variable_is_in_the_readme_and_the_example():
    read = variables_read()
    assert len(read) >= 10
    example = set(re.findall(r"^(\w+)=", (BASE / ".env.example").read_text(), flags=re.MULTILINE))
    table = set(re.findall(r"^\| `(\w+)` \|", (BASE / "README.md").read_text(), flags=re.MULTILINE))
    assert example == read
    assert table == read


@pytest.mark.django_db
def test_sqlite_has_options_for_the_web(tmp_path):
    common = connections["default"].settings_dict
    connection = DatabaseWrapper({**common, **database(f"sqlite:///{tmp_path}/web.sqlite3")}, "tuned")
    with connection.cursor() as cursor:
        pragmas = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert connection.transaction_mode == "IMMEDIATE"
    connection.close()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 10_000}
