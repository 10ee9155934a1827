"""The scripts of others that the pages load: unchanged, and with their licence beside them."""

import hashlib
import re
from pathlib import Path

import pytest

import webapp

VENDOR = Path(webapp.__file__).parent / "static" / "vendor"
RECORD = Path(webapp.__file__).parent.parent / "docs" / "decisions" / "0002-dependencies.md"
SCRIPTS = sorted(VENDOR.glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_vendored_script_is_the_one_that_was_recorded(script):
    recorded = dict(
        re.findall(r"^\| ([\w.-]+) \|.*\| `([0-9a-f]{64})` \|$", RECORD.read_text(), re.MULTILINE)
    )
    assert recorded[script.name] == hashlib.sha256(script.read_bytes()).hexdigest()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_vendored_script_has_its_licence_beside_it(script):
    assert "Permission to use" in script.with_suffix(".LICENSE").read_text()


def test_nothing_else_is_vendored():
    assert {file.suffix for file in VENDOR.iterdir()} == {".js", ".LICENSE"}
    assert SCRIPTS
