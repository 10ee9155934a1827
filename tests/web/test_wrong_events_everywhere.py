"""One wrong event of any kind of stream fails no page and no command that reads.

The addresses are read from the url map, so that a new page is tested as soon as it is there.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from kit.clock import MONDAY, ManualClock
from kit.commands import SchoolInProcess
from kit.everything import Everything, everything
from kit.forging import fit_leaf, forging
from kit.provider import FakeProvider
from kit.staff import text_of
from kit.store import ledger_file
from kit.world import World, environment

ALTERED = "Altered: this event is not what was recorded"
UNREADABLE = "Not readable: this program cannot open this event"

NUMBERS = ("recorded_at", "turn", "rank", "next_at")
TEXTS = ("actor", "campaign_id", "delivery_id", "contact_id", "code", "reason", "sid")
WRONG_TYPES = ", ".join([*(f"{n} = 'soon'" for n in NUMBERS), *(f"{t} = x'ff'" for t in TEXTS)])
HUGE = ", ".join(f"{name} = {10**18}" for name in NUMBERS)
UNDECODABLE = ("state = x'7b'", True)
FORGERIES = {
    "an altered column": ("actor = 'usr_forged', code = '30003'", False),
    "columns of wrong types": (WRONG_TYPES, False),
    "numbers that none can mean": (HUGE, True),
}
"""What is changed in a row, and whether the leaf is made to fit."""

STREAMS = ("sending", "campaign", "delivery", "contact", "draft")


@dataclass(frozen=True)
class Story(Everything):
    file: sqlite3.Connection

    def forge(self, change: str, kinds: Sequence[str] = STREAMS, *, with_leaf: bool) -> None:
        """Change the last event of each kind of stream."""
        for seq in (self.seqs[kind] for kind in kinds):
            self.file.execute(f"UPDATE events SET {change} WHERE seq = {seq}")
            if with_leaf:
                fit_leaf(self.file, seq)
        self.file.commit()


@pytest.fixture
def story(world: World, provider: FakeProvider, clock: ManualClock) -> Iterator[Story]:
    told = everything(world, provider, clock)
    with forging(ledger_file(world.folder)) as file:
        yield Story(**vars(told), file=file)


def opened(story: Story) -> dict[str, TestResponse]:
    """Every page, opened; none of them failed."""
    paths = dict.fromkeys(path for seq in story.seqs.values() for path in story.paths(seq))
    answers = {path: story.open(path) for path in paths}
    assert {p: a.text for p, a in answers.items() if a.status_code >= 500} == {}
    return answers


@pytest.mark.parametrize("kind", STREAMS)
def test_no_page_fails_for_an_event_that_does_not_decode(story, kind):
    change, with_leaf = UNDECODABLE
    story.forge(change, [kind], with_leaf=with_leaf)
    answers = opened(story)
    assert UNREADABLE in answers["/audit"].text


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_page_fails_for_altered_events_nor_tells_their_words_as_facts(story, forgery):
    change, with_leaf = FORGERIES[forgery]
    story.forge(change, with_leaf=with_leaf)
    answers = opened(story)
    assert answers["/audit"].text.count(ALTERED) == len(STREAMS)
    own_pages = {f"/audit/{seq}" for seq in story.seqs.values()}
    others = [p for p, answer in answers.items() if "usr_forged" in text_of(answer)]
    assert {path.partition("?")[0] for path in others} <= own_pages


COMMANDS = (
    ["audit"],
    ["audit", "--json"],
    ["audit", "--csv"],
    ["campaign", "list"],
    ["campaign", "show", "CAMPAIGN"],
    ["campaign", "contacts", "CAMPAIGN"],
    ["compare", "1"],
    ["compare", "2h ago", "--campaign", "CAMPAIGN"],
    ["contact", "opt-outs"],
    ["contact", "possible-opt-outs"],
    ["decision", "list"],
    ["draft", "list"],
    ["sending", "show"],
    ["sending", "account"],
    ["verify"],
)


@pytest.mark.parametrize("forgery", ["undecodable", *FORGERIES])
def test_no_command_fails_without_a_sentence(story, forgery):
    change, with_leaf = {**FORGERIES, "undecodable": UNDECODABLE}[forgery]
    story.forge(change, with_leaf=with_leaf)
    school = SchoolInProcess(story.world.folder, 1, settings=environment(story.world.url))
    for words in COMMANDS:
        done = school.run(*(story.places["campaign_id"] if w == "CAMPAIGN" else w for w in words))
        assert done.returncode in (0, 1), words
        assert "usr_forged" not in done.stdout, words
        is_told = words == ["verify"] or "cannot be read" in done.stderr
        assert done.returncode == 0 or is_told, (words, done.stderr)


def test_pages_say_that_it_cannot_be_told_whether_sending_is_on(story):
    seq = story.seqs["sending"]
    story.forge("actor = 'usr_forged'", ["sending"], with_leaf=False)
    problem = f"Event #{seq} is not as it was recorded, or cannot be read."
    assert f"It is not known whether sending is on. {problem}" in story.staff.read("/campaigns")
    assert f"{problem} See what `delivery-ledger verify` says." in story.staff.read("/sending")
    contact = story.staff.read(f"/deliveries/{story.places['delivery_id']}")
    assert contact.count(problem) == 2  # above the page, and in place of the reason why
    assert story.staff.open("/health").json["sending"] == "unknown"


def test_a_draft_that_was_altered_is_refused_and_not_edited(story):
    story.forge("actor = 'usr_forged'", ["draft"], with_leaf=False)
    answer = story.staff.open(f"/campaigns/new?draft={story.places['draft_id']}")
    assert answer.status_code == 409
    assert f"Event #{story.seqs['draft']} is not as it was recorded" in answer.text


def test_a_moment_is_not_found_by_the_time_of_an_altered_event(story):
    """Otherwise a forged time would hide or show what came after it."""
    seq = story.seqs["sending"]
    right = story.world.app.ledger.reader.seq_at(MONDAY)
    story.forge("recorded_at = 'soon'", with_leaf=False)
    reader = story.world.app.ledger.reader
    assert reader.seq_at(MONDAY) == right
    assert reader.time_at(seq) == story.world.clock.now()
