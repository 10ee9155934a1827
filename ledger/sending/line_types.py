"""Looking up line types at the provider before a launch: several at once, and each kept.

A look-up costs, so a number with a recent result is not looked up again.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from ledger.commands.line_types import RecordLineType
from ledger.domain.contact import Contact
from ledger.domain.vocabulary import LineType
from ledger.errors import NotLookedUp, ProviderError
from ledger.ledger import Ledger
from ledger.messages.contact_rows import in_batches
from ledger.providers.contract import Provider

_AT_ONCE = 8
_PART = 4 * _AT_ONCE
"""Numbers that are looked up before their results are recorded."""
_READ_TOGETHER = 500
_TRIES = 3
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_GRACE_SECONDS = 3.0
"""For what is under way when the time is up: it is paid for, and its answer may come."""


@dataclass(frozen=True)
class _Answer:
    phone: str
    line_type: LineType | None = None
    is_result: bool = True
    """False: the provider cannot look this number up."""


@dataclass(frozen=True)
class LookUpPlan:
    """Which numbers a look-up would ask about."""

    phones: Sequence[str]
    """Those without a recent result, unless they opted out and are not texted anyway."""
    known: int
    """How many have a recent result."""


@dataclass(frozen=True)
class LookUpResult:
    """What a look-up did not bring, in numbers."""

    failed: int
    """Those that could not be looked up."""
    left: int = 0
    """Those without an answer when the time that was allowed was up."""


@dataclass(kw_only=True)
class LineTypeLookUp:
    """Looks up numbers in E.164; `stop` ends every pause."""

    ledger: Ledger
    provider: Provider
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    """Held by a look-up, so that pressing Launch twice does not pay twice."""

    def plan(self, phones: Iterable[str]) -> LookUpPlan:
        """Return which of the numbers are to be looked up."""
        now, without_result, known = self.ledger.clock.now(), list[str](), 0
        for phone, contact in self._texted(phones):
            if contact.has_recent_look_up(now):
                known += 1
            else:
                without_result.append(phone)
        return LookUpPlan(without_result, known)

    def landline_count(self, phones: Iterable[str]) -> int:
        """Return how many of the numbers are landlines, and did not opt out."""
        now = self.ledger.clock.now()
        return sum(contact.is_landline(now) for _phone, contact in self._texted(phones))

    def look_up(
        self,
        phones: Sequence[str],
        by: str,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        *,
        seconds: float = math.inf,
    ) -> LookUpResult:
        """Look up those without a recent result.

        What comes is recorded. Ends early where the provider answers nothing for a whole part, and
        a little after the time is up; then some are left. `progress` gets the numbers done so far,
        and all. Another look-up by this object waits for as long.
        """
        deadline = time.monotonic() + seconds
        if not self._lock.acquire(timeout=-1 if math.isinf(seconds) else seconds):
            return LookUpResult(failed=0, left=len(self.plan(phones).phones))
        try:
            return self._look_up(self.plan(phones).phones, by, progress, deadline)
        finally:
            self._lock.release()

    def _look_up(
        self,
        phones: Sequence[str],
        by: str,
        progress: Callable[[int, int], None],
        deadline: float,
    ) -> LookUpResult:
        recorded = answered = done = 0
        answer_by = partial(self._answer, deadline=deadline)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look-up") as pool:
            for part in in_batches(phones, _PART):
                answers = [answer for answer in pool.map(answer_by, part) if answer]
                recorded += self._record([each for each in answers if each.is_result], by)
                answered += len(answers)
                done += len(part)
                progress(done, len(phones))
                is_late = time.monotonic() >= deadline
                if is_late and (recorded or not answers):  # so that a repeat has less to do
                    return LookUpResult(failed=answered - recorded, left=len(phones) - answered)
                if not answers:
                    break
        return LookUpResult(failed=len(phones) - recorded)

    def _answer(self, phone: str, deadline: float) -> _Answer | None:
        """Return the provider's answer, after a pause where it cannot answer; None for none."""
        for tries in range(1, _TRIES + 1):
            seconds = deadline + _GRACE_SECONDS - time.monotonic()
            if seconds <= 0:
                return None
            try:
                return _Answer(phone, self.provider.line_type(phone, seconds))
            except NotLookedUp:
                return _Answer(phone, is_result=False)
            except ProviderError as error:
                pause = error.retry_after_seconds or _PAUSE_SECONDS * tries
                pause = min(pause, _LONGEST_PAUSE_SECONDS)
                is_last = tries == _TRIES or time.monotonic() + pause > deadline
                if is_last or self.stop.wait(pause):
                    return None
        return None

    def _record(self, answers: Sequence[_Answer], by: str) -> int:
        contact_id = self.ledger.identity.contact_id
        commands = [
            RecordLineType(contact_id(each.phone), each.phone, each.line_type, by)
            for each in answers
        ]
        recording = [self.ledger.execute(command) for command in commands]
        for each in recording:
            each.result()
        return len(recording)

    def _texted(self, phones: Iterable[str]) -> Iterator[tuple[str, Contact]]:
        for some in in_batches(phones, _READ_TOGETHER):
            ids = {phone: self.ledger.identity.contact_id(phone) for phone in some}
            contacts = self.ledger.reader.load_all(Contact, list(ids.values()))
            for phone, contact_id in ids.items():
                if not contacts[contact_id].is_opted_out:
                    yield phone, contacts[contact_id]
