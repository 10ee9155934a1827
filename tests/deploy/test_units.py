"""The units of systemd: what systemd says of them, and whether they fit the program."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from test_docs import exists
from webapp.serving import server

INSTANCES = ("up", "serve", "receive", "send")
PROGRAM = "/opt/delivery-ledger/bin/delivery-ledger"


@pytest.fixture
def unit(deploy: Path) -> Path:
    return deploy / "systemd" / "delivery-ledger@.service"


def analyzed(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.deploy
@pytest.mark.parametrize("instance", INSTANCES)
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path, tmp_path: Path, instance: str):
    text = unit.read_text()
    assert PROGRAM in text
    (tmp_path / unit.name).write_text(text.replace(PROGRAM, "/bin/true"))
    named = shutil.copy(tmp_path / unit.name, tmp_path / f"delivery-ledger@{instance}.service")
    assert analyzed("verify", str(named)) == ""


@pytest.mark.deploy
def test_the_unit_is_hardened(unit: Path, tmp_path: Path):
    named = shutil.copy(unit, tmp_path / "delivery-ledger@up.service")
    report = analyzed("security", "--offline=true", "--threshold=20", str(named))
    exposure = re.search(r"Overall exposure level .*: (\d+\.\d)", report)
    assert exposure, report
    assert float(exposure.group(1)) < 2.0


@pytest.mark.deploy
def test_systemd_knows_the_user_of_the_unit(deploy: Path, unit: Path, tmp_path: Path):
    shutil.copytree("/usr/lib/sysusers.d", tmp_path / "usr/lib/sysusers.d")
    file = deploy / "systemd" / "delivery-ledger.sysusers"
    done = subprocess.run(
        ["systemd-sysusers", "--dry-run", f"--root={tmp_path}", str(file.resolve())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "User=delivery-ledger\n" in unit.read_text()


def test_every_instance_is_a_command_that_takes_the_options_of_its_file(unit: Path):
    assert f"ExecStart={PROGRAM} %i $OPTIONS\n" in unit.read_text()
    assert all(exists([instance]) for instance in INSTANCES)
    assert exists(["receive", "--port"])


def test_a_process_is_given_longer_to_end_than_it_may_take(unit: Path, deploy: Path):
    """The server ends its answers; then the sender waits for Twilio and records the answers."""
    seconds = re.search(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.MULTILINE)
    assert seconds
    assert int(seconds.group(1)) >= server._FINISH_SECONDS + 10 + 5
    assert f"stop_grace_period: {seconds.group(1)}s" in (deploy / "compose.yaml").read_text()


@pytest.mark.deploy
@pytest.mark.skipif(os.getuid() != 0, reason="runuser is for root")
def test_a_command_runs_with_the_settings_and_the_user_of_the_services(deploy: Path):
    with TemporaryDirectory(dir="/tmp") as name:  # the other user can reach it
        folder = Path(name)
        for path in (folder, folder / "data"):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
        shutil.chown(folder / "data", "nobody")
        (folder / "settings.env").write_text('LEDGER_TIME_ZONE="America/New_York"\n')
        (folder / "program").write_text('#!/bin/sh\necho "$LEDGER_TIME_ZONE $(id -un) $PWD $*"\n')
        (folder / "program").chmod(0o755)
        text = (deploy / "systemd" / "run-command").read_text()
        for old, new in {
            PROGRAM: f"{folder}/program",
            "/etc/delivery-ledger/settings.env": f"{folder}/settings.env",
            "/var/lib/delivery-ledger": f"{folder}/data",
            "-u delivery-ledger": "-u nobody",
        }.items():
            assert old in text
            text = text.replace(old, new)
        done = subprocess.run(
            ["sh", "-c", text, "run-command", "user", "add", "a b"],
            capture_output=True,
            text=True,
            check=False,
        )
    expected = f"America/New_York nobody {folder}/data user add a b\n"
    assert (done.stdout, done.stderr) == (expected, "")
