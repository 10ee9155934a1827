"""Compares the locked packages with the known vulnerabilities, by pip-audit.

Exit code 1: a vulnerability is known, or pip-audit itself failed. Exit code 0: none is known, or
the data cannot be reached; then it says so, because that must not stop a build.
"""  # noqa: INP001 - a script of `make audit-dependencies`

import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

PIP_AUDIT = Path(".venv/tools/bin/pip-audit")
LOCK = "requirements-test.lock"
"""Has all packages of the program, too."""
DATA = "https://pypi.org/pypi/{}/{}/json"
"""Where pip-audit asks about each package. It calls a package sound that is not found there."""
REACH_SECONDS = 5


def main() -> int:
    """Return the exit code."""
    if not is_data_reachable():
        return not_checked("the data on pypi.org cannot be reached")
    subprocess.run(["make", "--no-print-directory", ".venv/tools.stamp"], check=True)  # noqa: S607
    with tempfile.NamedTemporaryFile() as report:
        options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off"]
        output = ["--format", "json", "--output", report.name]
        done = subprocess.run(  # noqa: S603 - our own words
            [PIP_AUDIT, "--requirement", LOCK, *options, *output],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        content = Path(report.name).read_text()
    if content:
        return judge(json.loads(content))
    if not is_data_reachable():
        return not_checked("the data could not be reached any more")
    print(done.stderr, file=sys.stderr)
    return 1


def is_data_reachable() -> bool:
    """Whether the vulnerabilities of the first package can be read."""
    name, version = re.findall(r"^([\w.-]+)==([\w.]+)", Path(LOCK).read_text(), re.MULTILINE)[0]
    try:
        address = DATA.format(name, version)
        with urllib.request.urlopen(address, timeout=REACH_SECONDS) as answer:  # noqa: S310
            return "vulnerabilities" in json.load(answer)
    except (OSError, ValueError):
        return False


def judge(report: dict) -> int:
    """Say what a report of pip-audit means, and return the exit code."""
    packages = report["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in packages
        for fault in package.get("vulns", [])
    ]
    if found:
        print("Known vulnerabilities:", *found, sep="\n  ", file=sys.stderr)
        print("Raise the versions, and run `make lock`.", file=sys.stderr)
        return 1
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped:
        return not_checked(f"packages not in the data: {len(skipped)}, such as {skipped[0]}")
    print(f"No known vulnerability in {len(packages)} packages of {LOCK}.")
    return 0


def not_checked(why: str) -> int:
    """Say that nothing was checked, and return the exit code."""
    print(f"NOT CHECKED for known vulnerabilities: {why}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
