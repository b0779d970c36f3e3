"""Test databases as copies of a migrated one.

Migrating is the slowest step at the start of a run. Later runs use the migrated database again, until
migrations or triggers change.
"""

import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

BASE = Path(settings.BASE_DIR)
OURS = ("estates_portal", "projects", "sites")
# manage.py, with fewer searches for unused objects: migrating makes 20,000 models, and takes a quarter less time so
MANAGE = """
import gc, sys
from django.core.management import execute_from_command_line
gc.set_threshold(100_000)
execute_from_command_line(sys.argv)
"""
ADDS_TO_TABLES = re.compile(r"\bmigrations\.|\bVendorSQL\b|\bpost_migrate\b|\bTRIGGER\b|\bchanges_pages\b")


def fingerprint():
    """A hash of migrations, triggers and package versions."""
    digest = hashlib.sha256((BASE / "requirements.txt").read_bytes())
    for path in sorted(path for folder in OURS for path in (BASE / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.parent.name == "migrations" or ADDS_TO_TABLES.search(text):
            digest.update(f"{path.relative_to(BASE)}\0{text}\0".encode())
    return digest.hexdigest()[:20]


def manage(database_url, *command):
    """Run a command of manage.py in another process and return its output. Raises CalledProcessError."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "estates_portal.settings.test", "DATABASE_URL": database_url}
    command = [sys.executable, "-c", MANAGE, *command]
    return subprocess.run(command, env=environment, cwd=BASE, check=True, stdout=subprocess.PIPE, text=True).stdout


def migrate(database_url):
    manage(database_url, "migrate", "-v", "0")


@contextmanager
def migrated_file(folder):
    """The path of a migrated SQLite database in `folder`. Other runs do not delete it before the block ends."""
    path = folder / f"{fingerprint()}.sqlite3"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            for old in folder.glob("*.sqlite3*"):
                old.unlink()
            new = folder / "new.sqlite3"
            migrate(f"sqlite:///{new}")
            new.rename(path)
        yield path


@contextmanager
def sqlite_in_memory(folder):
    """Fill Django's in-memory test database while the block runs."""
    name = "file:memorydb_default?mode=memory&cache=shared"  # Django's name for it
    with closing(sqlite3.connect(name, uri=True)) as copy:
        with migrated_file(folder) as path, closing(sqlite3.connect(path)) as original:
            original.backup(copy)
        yield


def postgresql_template():
    """The name of a migrated database, for `CREATE DATABASE ... TEMPLATE`. Its comment contains its fingerprint."""
    template = f"test_{urlsplit(settings.DATABASE_URL).path[1:]}_template"
    name, expected = connection.ops.quote_name(template), fingerprint()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [template])  # until this connection ends
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() != (expected,):
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
            migrate(url_of(template))
            cursor.execute(f"COMMENT ON DATABASE {name} IS '{expected}'")
    return template


def url_of(name):
    """The address of another database on the same PostgreSQL server."""
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))


@contextmanager
def separate_database(folder, cache):
    """The DATABASE_URL of a new migrated database for one test, on the database server of this run."""
    if connection.vendor == "sqlite":
        with migrated_file(cache) as path:
            shutil.copy(path, folder / "separate.sqlite3")
        yield f"sqlite:///{folder / 'separate.sqlite3'}"
        return
    template, separate = postgresql_template(), f"{connection.settings_dict['NAME']}_separate"  # of this worker
    quote = connection.ops.quote_name
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(separate)}")
        cursor.execute(f"CREATE DATABASE {quote(separate)} TEMPLATE {quote(template)}")
        yield url_of(separate)
        cursor.execute(f"DROP DATABASE {quote(separate)} WITH (FORCE)")
