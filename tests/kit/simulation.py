"""A whole school in one thread: senders that die between any two steps, and a Twilio in disorder.

A story is a list of steps, drawn from a seed. Every chance lies in the steps: the same story goes
the same way again, and one that fails can be made shorter until nothing in it is idle.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random

from kit.clock import ManualClock
from kit.provider import GENUINE, refusal, sid
from kit.store import sqlite_url
from kit.world import World
from ledger.commands.merged_texts import texts_of
from ledger.commands.unknown_outcomes import SettleByStaff
from ledger.domain.events import AttemptSettled, Parameters
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Settlement
from ledger.errors import AlreadyRecorded, LedgerError, NotFound, ProviderError, Refused
from ledger.providers.contract import Accepted, Answer, NotReached, OutgoingText, UnknownOutcome
from ledger.sending.attempt_runner import StartedAttempt
from ledger.sending.rate_limiter import SlotRequest
from ledger.sending.unknown_outcomes import CALL_WITHIN

SENDERS = 3
_PHONES = [f"+1415557{number:04}" for number in range(12)]
_FATES = [("delivered", None)] * 5 + [
    ("undelivered", "30003"),
    ("undelivered", "30008"),
    ("failed", "30006"),
    ("undelivered", "30007"),
    ("undelivered", None),
]
_LONGEST_FINISH = 60
_AT_ONCE = threading.Event()
"""Set: whoever would wait for it, such as for a Twilio that is busy, gives up at once."""
_AT_ONCE.set()


@dataclass(frozen=True)
class Step:
    """One thing that happens; `chance` decides everything about it that is open."""

    name: str
    chance: int

    def __str__(self) -> str:
        return f"{self.name}({self.chance})"


class WrongError(AssertionError):
    """What must never happen."""


# Twilio.


@dataclass
class _Text:
    """A text as it really is."""

    record: ProviderRecord
    delivery_id: str
    turn: int
    token: str
    fate: tuple[str, str | None]
    waiting: list[str] = field(default_factory=list)
    """The words that it will still be reported with."""


class DisorderlyTwilio:
    """Takes texts, or says so and does not, or does not say so and does; knows the truth."""

    timeout_seconds = 10.0
    sender = "+15005550006"

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.texts: list[_Text] = []
        self.chance = 0
        """Of the next request."""
        self.is_well = False
        """Whether it answers everything, and delivers."""

    def send(self, text: OutgoingText) -> Answer:
        """One of everything that a request can come to."""
        kind = 9 if self.is_well else self.chance % 12
        if kind == 0:
            return refusal(20429, 429, retry_after=30)
        if kind == 1:
            return NotReached(cause="no route")
        if kind == 2:
            return UnknownOutcome(cause="the request was lost")
        if kind == 3:
            return refusal(21610)
        if kind == 4:
            return refusal(21211)
        taken = self._take(text)
        if kind in {5, 6}:
            return UnknownOutcome(cause="the answer was lost")
        return Accepted(sid=taken.record.sid, status="queued")

    def _take(self, text: OutgoingText) -> _Text:
        delivery_id, turn, token = text.status_callback.partition("#")[0].split("/")[-3:]
        fate = _FATES[0] if self.is_well else _FATES[self.chance // 12 % len(_FATES)]
        record = ProviderRecord(
            sid=sid(len(self.texts) + 1),
            status="queued",
            code=None,
            to=text.to,
            body=text.body,
            created_at=self._clock.now(),
            is_from_us=True,
        )
        self.texts.append(
            _Text(record, delivery_id, int(turn), token, fate, ["queued", "sent", fate[0]])
        )
        return self.texts[-1]

    def texts_to(self, number: str) -> Sequence[ProviderRecord]:
        """Its records tell the truth, where it can be asked; older texts come with the others."""
        self._ask()
        return self._in_any_order([t.record for t in self.texts if t.record.to == number])

    def text(self, sid: str) -> ProviderRecord | None:
        """The same, by SID."""
        self._ask()
        return next((t.record for t in self.texts if t.record.sid == sid), None)

    def newest_texts(
        self, since: datetime, _numbers: object, _after_sid: object
    ) -> Iterator[ProviderRecord]:
        """The same; it can always be asked at a start."""
        yield from self._in_any_order(
            [t.record for t in self.texts if t.record.created_at >= since]
        )

    def _in_any_order(self, texts: Sequence[ProviderRecord]) -> Sequence[ProviderRecord]:
        return Random(self.chance).sample(texts, len(texts))

    def _ask(self) -> None:
        if not self.is_well and self.chance % 5 == 0:
            raise ProviderError("not now")

    def is_genuine(self, _url: str, _parameters: Parameters, signature: str) -> bool:
        """Whether it bears its one signature."""
        return signature == GENUINE

    def pending(self) -> list[_Text]:
        """The texts of which there is more to report."""
        return [text for text in self.texts if text.waiting]

    def report(self, text: _Text, word: str) -> Parameters:
        """What it says of the text; from then on its records say so too."""
        is_last = word == text.fate[0]
        code = text.fate[1] if is_last else None
        if text.record.status != text.fate[0]:
            text.record = replace(text.record, status=word, code=code)
        told = [("MessageSid", text.record.sid), ("MessageStatus", word)]
        return tuple(told + ([("ErrorCode", code)] if code else []))


# The senders.


@dataclass
class _SteppingSender:
    """One sender process, halted between any two steps."""

    started: list[tuple[StartedAttempt, datetime]] = field(default_factory=list)
    answered: list[tuple[StartedAttempt, Answer]] = field(default_factory=list)

    def crash(self) -> None:
        """Forget everything."""
        self.started.clear()
        self.answered.clear()


class Simulation:
    """Plays one story; raises `WrongError` where something is not as it must be."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        self._folder = tempfile.mkdtemp(dir=memory if memory.is_dir() else None)
        self.clock = ManualClock()
        self.twilio = DisorderlyTwilio(self.clock)
        url = sqlite_url(Path(self._folder))
        self.world = World.open(url, self.clock, self.twilio)  # type: ignore[arg-type]
        self.attempt_runner = self.world.sender().attempt_runner
        self.senders = [_SteppingSender() for _ in range(SENDERS)]
        self.campaigns: list[str] = []
        self.seen: list[tuple[int, str, object]] = []

    def close(self) -> None:
        """Let go of everything."""
        self.world.close()
        shutil.rmtree(self._folder)

    def play(self, story: Sequence[Step]) -> None:
        """Every step, then quiet times until all is settled; then look."""
        for step in story:
            self.take(step)
        self.finish()
        self.check()

    def take(self, step: Step) -> None:
        """One step; what the rules refuse is refused."""
        self.twilio.chance = step.chance
        try:
            getattr(self, step.name)(step.chance)
        except (Refused, NotFound, AlreadyRecorded, ProviderError):
            return

    # Staff.

    def launch(self, chance: int) -> None:
        """A campaign of one to three contacts."""
        first = chance % len(_PHONES)
        phones = [_PHONES[(first + n) % len(_PHONES)] for n in range(1 + chance // 100 % 3)]
        message = f"Campaign {len(self.campaigns)}"
        self.campaigns.append(self.world.launch(phones, message=message, attempt_limit=4))

    def act(self, chance: int) -> None:
        """Pause or resume; now and then close or archive."""
        acts = ["pause", "resume", "resume", "pause", "resume", "close_campaign", "archive"]
        getattr(self.world, acts[chance % len(acts)])(self._campaign(chance // 10))

    def resend(self, chance: int) -> None:
        """All that failed in a campaign, insisting."""
        self.world.resend(self._campaign(chance), include_unreachable=True)

    def opt_out(self, chance: int) -> None:
        """One number, by staff."""
        self.world.opt_out(_PHONES[chance % len(_PHONES)])

    def look(self, chance: int) -> None:
        """See a campaign's page as it is now."""
        campaign_id = self._campaign(chance)
        rows = self.world.rows(campaign_id)
        self.seen.append((self.world.app.ledger.reader.head(), campaign_id, rows))

    def _campaign(self, number: int) -> str:
        if not self.campaigns:
            raise NotFound("no campaign yet")
        return self.campaigns[number % len(self.campaigns)]

    # Senders.

    def start(self, chance: int) -> None:
        """One sender takes what is due, a few at a time, and starts the attempts."""
        sender = self.senders[chance % SENDERS]
        worklist, rate_limiter = (
            self.world.app.sending.worklist,
            self.world.app.sending.rate_limiter,
        )
        due = worklist.due(self.clock.now(), 1 + chance // 10 % 4, rate_limiter.claimed_ids())
        taken = [
            slot.delivery_id for slot in rate_limiter.claim_slots([SlotRequest(d, 1) for d in due])
        ]
        texts = texts_of(self.world.app.ledger.reader, taken)
        begun = self.attempt_runner.start(texts)
        sender.started += [(each, self.clock.now()) for each in begun]

    def ask(self, chance: int) -> None:
        """One sender asks Twilio to send the text it started first, unless it is too late."""
        sender = self.senders[chance % SENDERS]
        if sender.started:
            started, since = sender.started.pop(0)
            is_late = self.clock.now() - since > CALL_WITHIN
            call_by = 0.0 if is_late else time.monotonic() + 60
            answer = self.attempt_runner.ask(replace(started, call_by=call_by))
            sender.answered.append((started, answer))

    def record(self, chance: int) -> None:
        """One sender records what it was answered first."""
        sender = self.senders[chance % SENDERS]
        if sender.answered:
            started, answer = sender.answered.pop(0)
            self.attempt_runner.record(started, answer)
            self.world.app.sending.rate_limiter.release([started.delivery_id])

    def crash(self, chance: int) -> None:
        """One sender dies."""
        self.senders[chance % SENDERS].crash()

    # Twilio, and time.

    def report(self, chance: int) -> None:
        """Any callback that is still to come: posted, posted twice, or lost."""
        pending = self.twilio.pending()
        if pending:
            text = pending[chance % len(pending)]
            word = text.waiting.pop(chance // 7 % len(text.waiting))
            form = self.twilio.report(text, word)
            for _ in range([1, 1, 2, 0][chance // 40 % 4]):
                self._post(text, form)

    def _post(self, text: _Text, form: Parameters) -> None:
        words = dict(form)
        self.world.callback(
            text.delivery_id,
            text.turn,
            words["MessageStatus"],
            words.get("ErrorCode"),
            words["MessageSid"],
            token=text.token,
        )

    def write(self, chance: int) -> None:
        """Somebody writes a text, now and then an opt-out."""
        body = ["Thanks", "STOP", "START", "please stop", "Yes"][chance % 5]
        phone = _PHONES[chance // 5 % len(_PHONES)]
        self.world.inbound(body, phone, sid(5000 + chance))

    def wait(self, chance: int) -> None:
        """Time passes."""
        self.clock.advance(seconds=[1, 4, 11, 40, 600, 7200, 30000][chance % 7])

    def settle(self, _chance: int) -> None:
        """What is done beside sending: doubts, campaigns' own acts, one page of reconciling."""
        self.world.maintenance(_AT_ONCE).run_once()

    # The end.

    def finish(self) -> None:
        """Twilio is well again, staff resume and decide; all goes on until nothing waits."""
        self.twilio.is_well = True
        for _ in range(_LONGEST_FINISH):
            for number in range(len(self.campaigns)):
                self.take(Step("act", 1 + 10 * number))  # resume
            self._all_that_is_due()
            for text in self.twilio.pending():
                self._last_word(text)
            self.world.maintenance(_AT_ONCE).run_once()
            self.world.app.sending.reconciler(_AT_ONCE).reconcile()
            self.world.catch_up()
            for row in self.world.app.status.undecided():
                self._try(
                    lambda delivery_id: self.world.execute(
                        SettleByStaff(delivery_id, Settlement.LET_BE, "usr_1", self.world.app.codes)
                    ),
                    row.delivery_id,
                )
            self.clock.advance(hours=7)
            if not self._waiting():
                return

    def _all_that_is_due(self) -> None:
        for number, sender in enumerate(self.senders):
            self.take(Step("start", 30 + number))
            while sender.started or sender.answered:
                while sender.started:
                    self.take(Step("ask", number))
                while sender.answered:
                    self.take(Step("record", number))
                self.take(Step("start", 30 + number))

    def _last_word(self, text: _Text) -> None:
        text.waiting.clear()
        form = self.twilio.report(text, text.fate[0])
        self._try(lambda t: self._post(t, form), text)

    @staticmethod
    def _try(act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except LedgerError:
            return

    def _waiting(self) -> list[str]:
        """The contacts that are pending in a campaign that goes on."""
        going_on = [c for c in self.campaigns if self._is_going_on(c)]
        return [
            row.delivery_id
            for campaign_id in going_on
            for row in self.world.rows(campaign_id)
            if row.status is DeliveryStatus.PENDING
        ]

    def _is_going_on(self, campaign_id: str) -> bool:
        return self.world.campaign(campaign_id).state is CampaignState.SENDING

    def check(self) -> None:
        """No text twice, none forgotten, completion right, the past as it was, views as rebuilt."""
        self._check_texts()
        if waiting := self._waiting():
            raise WrongError(f"forgotten: {waiting} still wait")
        for campaign_id in self.campaigns:
            campaign, rows = self.world.campaign(campaign_id), self.world.rows(campaign_id)
            pending = sum(row.status is DeliveryStatus.PENDING for row in rows)
            if (campaign.counts.pending, campaign.is_complete) != (pending, not pending):
                raise WrongError(f"{campaign_id} counts {campaign.counts}, and {pending} wait")
        for seq, campaign_id, rows in self.seen:
            if self.world.app.status.as_of(seq).contacts(campaign_id) != rows:
                raise WrongError(f"as of #{seq} {campaign_id} is not what was seen then")
        if different := list(self.world.app.views.differences()):
            raise WrongError(f"rebuilt otherwise: {different[:3]}")

    def _check_texts(self) -> None:
        turns = [(text.delivery_id, text.turn) for text in self.twilio.texts]
        if len(turns) != len(set(turns)):
            raise WrongError("two texts in one turn")
        arrived = [t.delivery_id for t in self.twilio.texts if t.fate[0] == "delivered"]
        for delivery_id in set(arrived):
            if arrived.count(delivery_id) > 1 and not self._was_settled_by_staff(delivery_id):
                raise WrongError(f"{delivery_id} got its text twice")
        for text in self.twilio.texts:
            enrolled = self.world.app.ledger.reader.stream(text.delivery_id)[0].event
            confirm_before = enrolled.confirm_before  # type: ignore[attr-defined]
            if confirm_before and text.record.created_at >= confirm_before:
                raise WrongError(f"{text.delivery_id} confirms an opt-out too late")

    def _was_settled_by_staff(self, delivery_id: str) -> bool:
        """Whether staff said of one of its texts that may have been sent what becomes of it."""
        entries = self.world.app.ledger.reader.stream(delivery_id)
        return any(isinstance(entry.event, AttemptSettled) for entry in entries)


# Stories.

_NAMES = (
    ["start"] * 8
    + ["ask"] * 8
    + ["record"] * 7
    + ["report"] * 8
    + ["wait"] * 6
    + ["settle"] * 3
    + ["crash", "crash", "launch", "launch", "launch", "act", "resend", "opt_out", "write", "look"]
)


def story_of(seed: int, length: int = 150) -> list[Step]:
    """The story of that seed; it begins with a few campaigns."""
    random = Random(seed)
    begin = [Step("launch", random.randrange(10_000)) for _ in range(8)]
    return begin + [Step(random.choice(_NAMES), random.randrange(10_000)) for _ in range(length)]


def fault_of(story: Sequence[Step], make: Callable[[], Simulation] = Simulation) -> str | None:
    """What goes wrong in the story; None where nothing does."""
    simulation = make()
    try:
        simulation.play(story)
    except WrongError as wrong:
        return str(wrong)
    else:
        return None
    finally:
        simulation.close()


def shortest(story: Sequence[Step], make: Callable[[], Simulation] = Simulation) -> list[Step]:
    """The story without every step that it fails without, too."""
    left, size = list(story), max(1, len(story) // 2)
    while size:
        at = 0
        while at < len(left):
            shorter = left[:at] + left[at + size :]
            if fault_of(shorter, make):
                left = shorter
            else:
                at += size
        size //= 2
    return left


def tell(seed: int, make: Callable[[], Simulation] = Simulation) -> str | None:
    """What goes wrong by that seed, with the shortest story that goes wrong; None where nothing."""
    story = story_of(seed)
    if fault_of(story, make) is None:
        return None
    short = shortest(story, make)
    return f"seed {seed}: {fault_of(short, make)}\n  " + "\n  ".join(map(str, short))
