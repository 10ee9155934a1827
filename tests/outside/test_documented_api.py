"""Runs the calls that the guide for other programs shows, as they are written there."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from kit.commands import SchoolInProcess
from webapp.standin import StandIn

GUIDE = (Path(__file__).parents[2] / "docs/how-to/use-the-api.md").read_text()
UNREACHABLE = "+14155530006"
"""A number at which the stand-in reports a failure."""


def blocks(language: str) -> list[str]:
    """The examples in one language."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def answer_of(call: str) -> Any:
    """What a call answers, as a shell runs it."""
    shell = ["bash", "-c", call]
    answer = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(answer.stdout)


def test_the_calls_of_the_guide_launch_a_campaign_and_follow_it(
    school: SchoolInProcess, standin: StandIn, monkeypatch
):
    (command,) = re.findall(r"^ +delivery-ledger (token .*)$", GUIDE, re.MULTILINE)
    monkeypatch.setenv("TOKEN", school.run(*shlex.split(command)).stdout.strip())
    monkeypatch.setenv("URL", school.url)
    launch, changes, failures = blocks("bash")
    launch = launch.replace("+14155550101", UNREACHABLE)
    (python,) = blocks("python")
    client: dict[str, Any] = {}
    exec(python, client)
    with school.serving_in_thread():
        campaign_id = answer_of(launch)["id"]
        assert answer_of(launch)["id"] == campaign_id
        monkeypatch.setenv("CAMPAIGN", campaign_id)
        (ada,) = answer_of(changes)["items"]
        assert (ada["status"], ada["fields"]["student_id"]) == ("pending", "S-1001")
        assert school.run("send", "--once").returncode == 0
        assert standin.wait_until_posted()
        changed, since = client["changes"](campaign_id, ada["seq"])
        assert [each["status"] for each in changed] == ["failed"]
        assert client["changes"](campaign_id, since) == ([], since)
        (failed,) = answer_of(failures)["items"]
        assert client["failures"](campaign_id) == {"S-1001": failed["detail"]}
        again = {"name": "Again", "message": "Come at 9", "contacts": [{"phone": UNREACHABLE}]}
        ids = {client["launch"]("a key", again) for _ in range(2)}
        assert len(ids) == 1
    client["session"].close()
