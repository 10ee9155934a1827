"""A launch that is repeated: on purpose, by mistake, and because its answer was lost."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from kit.commands import SchoolInProcess
from kit.lost_answers import LosingProxy, losing_proxy
from kit.processes import School, reserve_port
from ledger.commands import launch as launching

ADA, BEN = "Ada,+14155550101", "Ben,+14155550102"
TEXT = ("--name", "Fall aid", "--message", "Hello {{first_name}}")


def write(school: School, *rows: str) -> str:
    file = school.folder / "contacts.csv"
    file.write_text("\n".join(("first_name,phone", *rows)))
    return str(file)


def launch(school: School, *options: str) -> "subprocess.CompletedProcess[str]":
    return school.run(
        "campaign", "launch", *TEXT, "--contacts", write(school, ADA, BEN), "--json", *options
    )


def campaigns(school: School) -> list[str]:
    return [row["id"] for row in school.read("campaign", "list")]


def test_a_request_launches_once_however_often_it_runs(school):
    first, second = launch(school, "--request", "fall"), launch(school, "--request", "fall")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == second.stdout
    assert campaigns(school) == [json.loads(first.stdout)["id"]]


def test_a_request_with_another_file_is_refused(school):
    launch(school, "--request", "fall")
    words = ("campaign", "launch", *TEXT, "--contacts", write(school, ADA), "--request", "fall")
    refused = school.run(*words)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "began with another campaign name, message, office or contacts" in refused.stderr
    assert len(campaigns(school)) == 1


def test_the_same_launched_again_is_refused_without_a_terminal(school):
    campaign_id = json.loads(launch(school).stdout)["id"]
    refused = launch(school)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.endswith(
        "\ndelivery-ledger: “Fall aid” was launched less than a minute ago with the same text and "
        "contacts. Add --again to launch it once more.\n"
    )
    assert campaigns(school) == [campaign_id]


def test_the_same_is_launched_again_where_that_is_said(school):
    ids = {json.loads(launch(school, *more).stdout)["id"] for more in ((), ("--again",))}
    assert set(campaigns(school)) == ids
    assert len(ids) == 2


def test_a_draft_is_launched_once_by_its_request(school):
    draft_id = school.run("draft", "save", *TEXT).stdout.strip()
    words = ("draft", "launch", draft_id, "--contacts", write(school, ADA), "--json")
    first, second = (school.run(*words, "--request", "fall") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == second.stdout
    assert school.run(*words, "--request", "another").returncode == 1
    assert len(campaigns(school)) == 1


def test_a_clone_of_a_draft_that_was_launched_is_refused_too(school):
    campaign_id = json.loads(launch(school).stdout)["id"]
    draft_id = school.run("draft", "clone", campaign_id).stdout.strip()
    words = ("draft", "launch", draft_id, "--contacts", write(school, BEN, ADA))
    refused = school.run(*words)
    assert refused.returncode == 1
    assert "was launched less than a minute ago" in refused.stderr
    assert school.run(*words, "--again").returncode == 0


# On PostgreSQL, where the answer to a COMMIT can be lost on the way.


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[LosingProxy]:
    with losing_proxy(postgres_url) as opened:
        yield opened


@pytest.fixture
def distant_school(tmp_path, proxy: LosingProxy) -> SchoolInProcess:
    """A school whose ledger is behind the proxy, and knows its staff."""
    settings = {
        "LEDGER_DATABASE_URL": proxy.url,
        "LEDGER_SECRET_KEY": "a secret for the tests alone",
    }
    school = SchoolInProcess(tmp_path, reserve_port(), settings=settings)
    for act in ("stop", "allow"):
        assert school.run("sending", act).returncode == 0
    return school


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_launch_whose_answer_is_lost_is_made_once(distant_school, proxy, count):
    proxy.lose(count)
    launched = launch(distant_school)
    assert proxy.is_done
    assert launched.returncode == 0, launched.stderr
    assert campaigns(distant_school) == [json.loads(launched.stdout)["id"]]


NOT_LAUNCHED = "The campaign was not launched, and nobody is texted."
NOT_KNOWN = "it is not known whether the campaign was launched"


@pytest.mark.parametrize(
    ("count", "words"), [(1, NOT_LAUNCHED), (2, NOT_LAUNCHED), (3, NOT_LAUNCHED), (4, NOT_KNOWN)]
)
def test_a_launch_that_gets_no_answer_says_how_it_is_completed(
    distant_school, proxy, count, words, monkeypatch
):
    monkeypatch.setattr(launching, "_WAITS_SECONDS", (0.0,))
    proxy.lose(count, go_down=True)
    refused = launch(distant_school)
    assert proxy.is_done
    assert (refused.returncode, refused.stdout) == (1, "")
    assert words in refused.stderr
    proxy.come_back()
    request = refused.stderr.partition("--request ")[2].partition(":")[0]
    completed = launch(distant_school, "--request", request)
    assert completed.returncode == 0, completed.stderr
    assert campaigns(distant_school) == [json.loads(completed.stdout)["id"]]


def test_an_act_whose_answer_is_lost_says_that_it_is_not_known(distant_school, proxy):
    """The command that gets no answer is a process, and ends."""
    campaign_id = json.loads(launch(distant_school).stdout)["id"]
    proxy.lose(1)
    refused = School(**vars(distant_school)).run("campaign", "pause", campaign_id)
    assert proxy.is_done
    assert refused.returncode == 1
    assert "it is not known whether it was written" in refused.stderr
    assert "Nothing was written" not in refused.stderr
    assert distant_school.read("campaign", "show", campaign_id)["state"] == "paused"
