"""An upgrade while a visitor reads: two releases, a link to the current one, and a socket that stays open."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from tests.databases import migrated_file

from .process import BASE

CODE = ["estates_portal", "sites", "projects", "templates", "docs"]
VIEW = """
import os
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from sites.models import Place

@login_not_required
def show(request):
    rows = list(Place.objects.values())
    return render(request, "release.html", {"view": RELEASE, "model": Place.release, "worker": os.getpid()})
"""
MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("sites", "%s")]
    operations = [migrations.AddField("place", "upgraded", models.CharField(max_length=9, null=True))]
"""
# Becomes gunicorn with the test's socket as systemd hands one over
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Server:
    """Releases in `folder`, and gunicorn as systemd runs it: from the link, with a socket that stays open."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/release/"
        self.database = folder / "portal.sqlite3"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PWD": str(folder / "current"),
            "DJANGO_SETTINGS_MODULE": "estates_portal.settings.local",
            "DATABASE_URL": f"sqlite:///{self.database}",
        }
        self.process = None

    def make_release(self, number):
        """Write a release with its number in its view, model and template. The second also has a migration."""
        release = self.folder / "releases" / str(number)
        for name in CODE:
            shutil.copytree(BASE / name, release / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(BASE / "manage.py", release)
        (release / "static").mkdir()
        (release / "staticfiles").mkdir()
        (release / "estates_portal" / "release.py").write_text(f"RELEASE = {number}\n{VIEW}")
        (release / "templates" / "release.html").write_text(
            f"view {{{{ view }}}} model {{{{ model }}}} template {number} worker {{{{ worker }}}}"
        )
        with (release / "estates_portal" / "urls.py").open("a") as urls:
            urls.write('\nfrom estates_portal import release\nurlpatterns += [path("release/", release.show)]\n')
        column = '\nmodels.CharField(max_length=9, null=True).contribute_to_class(Place, "upgraded")\n'
        with (release / "sites" / "models" / "place.py").open("a") as models:
            models.write(f"\nPlace.release = {number}\n" + (column if number > 1 else ""))
        if number > 1:
            last = sorted(path.stem for path in (release / "sites" / "migrations").glob("0*.py"))[-1]
            (release / "sites" / "migrations" / "9999_upgraded.py").write_text(MIGRATION % last)

    def migrate(self, number):
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "sites", "-v", "0"],
            cwd=self.folder / "releases" / str(number),
            env=self.environment,
            check=True,
        )

    def link(self, number):
        """Point `current` to the release in one step."""
        (self.folder / "next").symlink_to(f"releases/{number}")
        (self.folder / "next").replace(self.folder / "current")

    def start(self):
        gunicorn = ["-m", "gunicorn", "--config", "estates_portal/gunicorn.py", "estates_portal.wsgi"]
        number = self.socket.fileno()
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(number), *gunicorn],
            cwd=self.folder / "current",
            env=self.environment,
            pass_fds=[number],
        )

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


class Visitor(threading.Thread):
    """Opens the page every 50 ms and records the responses."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.pages = []
        self.failures = []
        self.is_leaving = threading.Event()

    def run(self):
        while not self.is_leaving.wait(0.05):
            try:
                with urllib.request.urlopen(self.url, timeout=60) as answer:
                    self.pages.append(answer.read().decode().split(" worker "))
            except OSError as failure:
                self.failures.append(failure)

    def workers(self):
        return {int(worker) for _, worker in list(self.pages)}

    def waits_for(self, reason, holds):
        for _ in range(600):
            if holds():
                return
            assert not self.failures, self.failures
            time.sleep(0.1)
        raise TimeoutError(reason)

    def sees_new_worker_after_end_of(self, worker):
        before = self.workers()
        os.kill(worker, signal.SIGTERM)
        self.waits_for("a new worker", lambda: self.workers() - before)
        return (self.workers() - before).pop()


@pytest.fixture
def server(tmp_path, databases):
    server = Server(tmp_path)
    with migrated_file(databases) as migrated:
        shutil.copy(migrated, server.database)
    yield server
    server.stop()
    server.socket.close()


def page_of_release(number):
    return f"view {number} model {number} template {number}"


def test_visitor_never_gets_mixed_releases_during_upgrade(server):
    server.make_release(1)
    server.link(1)
    server.start()
    visitor = Visitor(server.url)
    visitor.start()
    try:
        visitor.waits_for("the first page", lambda: visitor.pages)
        server.make_release(2)
        server.migrate(2)
        worker = visitor.sees_new_worker_after_end_of(visitor.workers().pop())
        server.link(2)
        visitor.sees_new_worker_after_end_of(worker)
        assert {text for text, _ in visitor.pages} == {page_of_release(1)}
        server.stop()
        server.start()
        visitor.waits_for("the new release", lambda: visitor.pages[-1][0] == page_of_release(2))
        pages = len(visitor.pages)
        visitor.waits_for("more pages", lambda: len(visitor.pages) > pages + 10)
    finally:
        visitor.is_leaving.set()
        visitor.join()
    seen = [text for text, _ in visitor.pages]
    assert not visitor.failures
    assert seen == [page_of_release(1)] * seen.count(page_of_release(1)) + [page_of_release(2)] * seen.count(
        page_of_release(2)
    )
