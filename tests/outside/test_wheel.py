"""The wheel has all that the program needs: it runs where there is no source tree."""

import os
import shutil
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from kit.processes import end, post, reserve_port
from webapp.standin_account import AUTH_TOKEN

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("ledger", "projections", "webapp")
_NO_SOURCE = shutil.ignore_patterns("__pycache__")
_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@dataclass(frozen=True)
class Installation:
    """The program in an environment of its own, outside the source tree, with an empty folder."""

    command: Path
    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        hidden = ("LEDGER_", "TWILIO_", "PYTHONPATH")
        return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [self.command, *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built from a copy without anything that an earlier build left."""
    source = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=_NO_SOURCE)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run(
        [*_PIP, "wheel", *offline, "--wheel-dir", source / "dist", source], check=True, timeout=60
    )
    (built,) = (source / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A new environment with the wheel, and with what pip fetches for it."""
    bare = tmp_path_factory.mktemp("bare")
    venv.create(bare, symlinks=True)
    subprocess.run([*_PIP, "--python", bare / "bin" / "python", "install", wheel], check=True)
    return Installation(bare / "bin" / "delivery-ledger", tmp_path_factory.mktemp("empty"))


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*")]
    tree = {str(file.relative_to(ROOT)) for file in files if file.is_file()}
    tree = {name for name in tree if "__pycache__" not in name}
    assert {"ledger/domain/twilio_error_codes.csv", "webapp/templates/base.html"} <= tree
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert (tree - packed, packed - tree) == (set(), set())


@pytest.mark.deploy
def test_the_installed_wheel_shows_pages_and_takes_callbacks(installation):
    port = reserve_port()
    with subprocess.Popen(
        [installation.command, "up", "--simulate", "--port", str(port)],
        env=installation.environment,
        cwd=installation.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            line = server.stdout.readline()
            url = f"http://127.0.0.1:{port}"
            assert line == f"Delivery Ledger is at {url}\n"
            with urllib.request.urlopen(f"{url}/sign-in", timeout=30) as page:
                assert "<title>Sign in" in page.read().decode()
            report = {"MessageSid": "SM1", "MessageStatus": "sent"}
            assert post(f"{url}/twilio/status", report, token=AUTH_TOKEN) == 204
        finally:
            end(server)
    assert "Stray" in installation.run("audit", "type:StrayCallbackReceived")
