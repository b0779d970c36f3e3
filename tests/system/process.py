"""A deployed portal in other processes, with settings from its environment."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

BASE = Path(settings.BASE_DIR)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def process(command, environment, address):
    """Run `command` during the block, which starts when `address` responds."""
    server = subprocess.Popen(command, env=environment, cwd=BASE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_for(address, server)
        yield server
    finally:
        server.terminate()
        server.communicate(timeout=20)


def _wait_for(address, server):
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(server.stderr.read().decode())
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


class DeployedPortal:
    """The portal under gunicorn with two workers and a SQLite database in `folder`."""

    def __init__(self, folder, **environment):
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.mail = folder / "mail"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "DJANGO_SETTINGS_MODULE": "estates_portal.settings.local",
            "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
            "DEBUG": "1",  # serves static files without collecting them
            "WEB_CONCURRENCY": "2",
            **environment,
        }

    def manage(self, *command):
        """Run a command of manage.py and return its output. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            env=self.environment,
            cwd=BASE,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def shell(self, code):
        return self.manage("shell", "-v", "0", "-c", code)

    def running(self):
        command = [sys.executable, "-m", "gunicorn", "--config", "estates_portal/gunicorn.py"]
        command += ["--bind", f"127.0.0.1:{self.port}", "estates_portal.wsgi"]
        return process(command, self.environment, f"{self.url}/healthz")
