"""What a report of pip-audit means: `.ci/audit_dependencies.py`."""

import runpy
from pathlib import Path

import pytest

CI = Path(__file__).parent.parent / ".ci"


@pytest.fixture(scope="module")
def judge():
    return runpy.run_path(str(CI / "audit_dependencies.py"))["judge"]


def report(*packages):
    return {"dependencies": list(packages), "fixes": []}


SOUND = {"name": "flask", "version": "3.1.2", "vulns": []}
SKIPPED = {"name": "click", "skip_reason": "Dependency not found on PyPI"}
FAULT = {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": [], "description": ""}
FAULTY = {"name": "jinja2", "version": "2.4.1", "vulns": [FAULT, {**FAULT, "fix_versions": []}]}


def test_packages_without_a_known_vulnerability_are_accepted(judge, capsys):
    assert judge(report(SOUND)) == 0
    assert capsys.readouterr().out.startswith("No known vulnerability in 1 packages")


def test_a_known_vulnerability_fails_although_others_were_not_checked(judge, capsys):
    assert judge(report(SOUND, SKIPPED, FAULTY)) == 1
    shown = capsys.readouterr().err
    assert "jinja2 2.4.1: PYSEC-2019-217, mended in 2.10.1\n" in shown
    assert "mended in no version yet" in shown


def test_packages_of_which_nothing_is_known_are_not_called_sound(judge, capsys):
    assert judge(report(SOUND, SKIPPED)) == 0
    shown = capsys.readouterr()
    assert shown.err == (
        "NOT CHECKED for known vulnerabilities: packages not in the data: 1, such as click.\n"
    )
    assert shown.out == ""


def test_ci_compares_the_packages_with_the_known_vulnerabilities():
    assert "make audit-dependencies" in (CI / "run").read_text().splitlines()
