"""One wrong event of any kind of stream fails no page and no command that reads.

The addresses are read from the url map, so that a new page is tested as soon as it is there.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from kit.addresses import path_of
from kit.clock import MONDAY, ManualClock
from kit.commands import SchoolInProcess
from kit.forging import forging
from kit.provider import FakeProvider, provider_record
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, World, environment
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.domain.sending_switch import STREAM
from ledger.providers.contract import UnknownOutcome
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of

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
class Story:
    world: World
    staff: Staff
    seqs: dict[str, int]
    """Kind of stream → its last event."""
    places: dict[str, str]
    file: sqlite3.Connection

    def paths(self, seq: int) -> list[str]:
        """Every address that a GET can ask for, and those of the past too."""
        places = {**self.places, "seq": str(seq)}
        rules = [rule for rule in self.staff.app.url_map.iter_rules() if "GET" in rule.methods]
        paths = [path_of(rule, places) for rule in rules if not rule.rule.startswith("/static")]
        at = f"as_of={self.world.app.ledger.reader.head()}"
        draft = f"/campaigns/new?draft={places['draft_id']}"
        compared = [f"{path}?from=0&{at}" for path in paths if path.endswith("/compare")]
        return [*paths, draft, *compared, *(f"{path}?{at}" for path in paths)]

    def open(self, path: str) -> TestResponse:
        answer = self.staff.open(path)
        answer.get_data()  # else the context of a streamed answer stays open
        return answer

    def forge(self, change: str, kinds: Sequence[str] = STREAMS, *, with_leaf: bool) -> None:
        """Change the last event of each kind of stream."""
        for seq in (self.seqs[kind] for kind in kinds):
            self.file.execute(f"UPDATE events SET {change} WHERE seq = {seq}")
            if with_leaf:
                columns = ", ".join((*LEAF_COLUMNS, "state"))
                select = f"SELECT {columns} FROM events WHERE seq = {seq}"
                *values, state = self.file.execute(select).fetchone()
                leaf = leaf_of(values, state)
                self.file.execute("UPDATE events SET leaf = ? WHERE seq = ?", (leaf, seq))
        self.file.commit()


@pytest.fixture
def story(world: World, provider: FakeProvider, clock: ManualClock) -> Iterator[Story]:
    campaign_id = world.launch([ADA, BEN, CLEO], name="Early fair")
    provider.will_answer(CLEO, UnknownOutcome(cause="no readable answer"))
    world.send()
    provider.records[CLEO] = [provider_record(clock.now(), sid=sid) for sid in ("SM77", "SM78")]
    clock.advance(minutes=1)
    world.send()
    world.callback(world.delivery(campaign_id, ADA), 1, "undelivered", 30006)
    world.inbound("Hm, too many of these texts", BEN, sid="SMearly")
    world.opt_out(ADA)
    draft_id = save_draft(world.app.ledger, DraftOrder(name="D", message="M"), "usr_1", None)
    world.stop_sending()
    world.pause(campaign_id)
    world.catch_up()
    places = {
        "campaign_id": campaign_id,
        "delivery_id": world.delivery(campaign_id, ADA),
        "contact_id": world.contact(ADA),
        "draft_id": draft_id,
        "act": "resume",
        "token": "none",
        "filename": "ledger.css",
        "log": world.app.ledger.ledger_id,
        "path": "0/000.p/1",
        "job_id": "none",
    }
    streams = {
        "sending": STREAM,
        "campaign": campaign_id,
        "delivery": places["delivery_id"],
        "contact": places["contact_id"],
        "draft": draft_id,
    }
    seqs = {kind: world.last(stream_id).seq for kind, stream_id in streams.items()}
    staff = Staff(world)
    search = {"campaign": campaign_id, "contact": places["contact_id"]}
    world.app.workbooks.ask(staff.user_id, search, world.app.ledger.reader.head())
    with forging(ledger_file(world.folder)) as file:
        yield Story(world, staff, seqs, places, file)


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
    others = [p for p, answer in answers.items() if "usr_forged" in answer.text]
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
