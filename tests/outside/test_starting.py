"""What is refused at the start, before anything is started or written, and in which words."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kit.private_files import looser

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("command", [("up",), ("up", "--simulate"), ("serve",), ("receive",)])
def test_a_port_that_is_taken_is_refused_before_anything_is_written(school, command, taken):
    refused = school.run(*command, "--port", str(taken))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"delivery-ledger: Another program uses port {taken} of")
    assert refused.stderr.endswith("choose another port: --port 5001\n")
    assert list(school.folder.iterdir()) == []


@pytest.mark.parametrize(
    "port", ["abc", "99999", "0", "-1", "5 000", "", "9" * 5000, "\u0665\u0660"]
)
def test_what_is_no_port_is_refused_with_the_words_of_make(school, port):
    refused = school.run("up", "--simulate", f"--port={port}", "--from-make")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith(
        "is no port. Choose a number from 1 to 65535: make run PORT=5001\n"
    )


@pytest.mark.parametrize("command", [("simulate",), ("witness", "--name=w.example", "--log=k")])
def test_the_other_servers_refuse_a_taken_port_too(school, command, taken):
    refused = school.run(*command, "--port", str(taken))
    assert (refused.returncode, "Another program uses port" in refused.stderr) == (1, True)


# By `make run`.


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which the program is installed, in a folder with a blank and an umlaut."""
    folder = tmp_path / "Grüne Schule"
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (commands / "python").symlink_to(os.path.realpath(sys.executable))
    program = commands / "delivery-ledger"
    program.write_text(
        f"""#!/bin/sh
'''exec' "{commands}/python" "$0" "$@"
' '''
from webapp.cli import main
main()
"""
    )
    program.chmod(0o755)
    (folder / ".venv" / "run.stamp").touch()
    return folder


def environment() -> Mapping[str, str]:
    """Of a shell: `make` tells those below it that it runs, which would change its messages."""
    packages = sysconfig.get_path("purelib")
    of_shell = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "LEDGER_"))}
    return {**of_shell, "PYTHONPATH": os.pathsep.join([str(ROOT), packages])}


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_make_run_refuses_a_taken_port_in_its_own_words(checkout, taken):
    refused = make(checkout, "run", f"PORT={taken}")
    assert (refused.returncode, refused.stdout) == (2, "")
    first, *_ = refused.stderr.splitlines()
    assert first == (
        f"delivery-ledger: Another program uses port {taken} of 127.0.0.1. End that program, or "
        "choose another port: make run PORT=5001"
    )
    assert not (checkout / "instance").exists()


def test_a_killed_make_leaves_no_process_behind_and_its_files_are_private(checkout, school):
    data = checkout / "instance"
    with subprocess.Popen(
        ["make", "run", f"PORT={school.port}"],
        cwd=checkout,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        umask=0,
    ) as running:
        assert b"Delivery Ledger is at" in running.stdout.readline()
        assert (data / "demo.views.sqlite3-wal").stat().st_mode & 0o777 == 0o600
        running.send_signal(signal.SIGKILL)
        running.stdout.read()  # ends when all of its children have ended
    names = {path.name for path in data.iterdir()}
    assert {"demo.stand-in.sqlite3", "demo.views.sqlite3", "demo.sqlite3.lock"} <= names
    assert (looser(data), data.stat().st_mode & 0o777) == ([], 0o700)


def test_a_folder_that_was_moved_is_set_up_again(checkout):
    assert "rm -rf .venv" not in make(checkout, "-n", "run").stdout
    moved = checkout.rename(checkout.with_name("moved"))
    assert "rm -rf .venv" in make(moved, "-n", "run").stdout


@pytest.mark.parametrize("name", ["python", "delivery-ledger"])
def test_an_environment_that_lost_its_python_or_the_program_is_replaced(checkout, name):
    (checkout / ".venv" / "bin" / name).unlink()
    assert "rm -rf .venv" in make(checkout, "-n", "run").stdout


def test_a_python_that_is_missing_is_named(checkout):
    (checkout / ".venv" / "run.stamp").unlink()
    refused = make(checkout, "run", "PYTHON=python9.9")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[0] == (
        "There is no python9.9. Install Python 3.11 or newer: apt install python3 python3-venv"
    )
