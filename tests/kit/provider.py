"""A provider of texts that gives the answers a test scripted, and remembers what it was asked.

Of its records it promises no more than Twilio does: texts come in any order, and older ones and
those of other senders come with them.
"""

import math
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random

from ledger.domain.events import Parameters
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.vocabulary import LineType
from ledger.errors import ProviderError
from ledger.providers.contract import Accepted, Answer, OutgoingText, RecordPage, Refusal

GENUINE = "a genuine signature"
"""The one signature that the fake takes for its own."""


def sid(number: int) -> str:
    """A SID of Twilio's shape, the same for the same number."""
    return f"SM{number:032x}"


def provider_record(created_at: datetime, **changed: object) -> ProviderRecord:
    """Ada's text as the provider's records tell it."""
    values = {
        "sid": sid(77),
        "status": "sent",
        "code": None,
        "to": "+14155550101",
        "body": "Hello Ada",
        "is_from_us": True,
    }
    return ProviderRecord(created_at=created_at, **values | changed)


def gateway_page(http_status: int = 404) -> Refusal:
    """The answer of a proxy or a captive portal, without the provider's error body."""
    return Refusal(http_status=http_status, code=None, is_from_provider=False)


def refusal(
    code: int | None, http_status: int = 400, *, retry_after: float | None = None, words: str = ""
) -> Refusal:
    """An answer by which the provider does not take the text."""
    return Refusal(
        http_status=http_status,
        code=None if code is None else str(code),
        message=words,
        retry_after_seconds=retry_after,
    )


class _Pages:
    """Pages of records, at least one; where asking for one fails, the next time it is the same."""

    def __init__(
        self, ask: Callable[[str], None], records: Sequence[ProviderRecord], size: int
    ) -> None:
        self._ask, self._size, self._left = ask, size, [records]

    def __iter__(self) -> "_Pages":
        return self

    def __next__(self) -> Sequence[ProviderRecord]:
        if not self._left:
            raise StopIteration
        self._ask("a page")
        records = self._left.pop()
        if len(records) > self._size:
            self._left.append(records[self._size :])
        return records[: self._size]


class FakeProvider:
    """Takes every text, unless `will_answer` scripted something else for its number."""

    timeout_seconds = 10.0
    sender = "+15005550006"

    def __init__(self, seed: int = 0) -> None:
        """`seed` chooses the orders in which records come."""
        self._random = Random(seed)
        self.sent: list[OutgoingText] = []
        self.asked_about: list[str] = []
        self.asked_after: list[str | None] = []
        """The text behind which the newest texts were asked for, each time."""
        self.asked_numbers: list[list[str]] = []
        """The numbers to which the newest texts were asked for, each time."""
        self.page_size = 1000
        self.unsent: set[str] = set()
        """SIDs of texts that no list by date has, as they were not sent."""
        self.is_silent = False
        """Whether asking for the newest texts fails."""
        self.records: dict[str, list[ProviderRecord]] = defaultdict(list)
        """Number → what the provider's own records tell of it."""
        self.checked: list[tuple[str, Parameters]] = []
        """Every address and form whose signature it was asked about."""
        self.is_down = False
        """Whether asking for records fails."""
        self.fail_asks = 0
        """How many of the next requests for records fail."""
        self.cancels: dict[str, ProviderRecord | ProviderError] = {}
        """SID → what asking to cancel that text brings."""
        self.asked_to_cancel: list[str] = []
        self.line_types: dict[str, LineType | ProviderError | None] = {}
        """Number → what a look-up brings; every other number is a mobile phone."""
        self.looked_up: list[str] = []
        """Every number that it was asked to look up, in order."""
        self.when_asked: Callable[[OutgoingText], None] = lambda _text: None
        """Called in the middle of `send`, before the answer; may raise, as a crash does."""
        self._scripts: dict[str, deque[Answer]] = defaultdict(deque)
        self._giving = threading.Lock()
        self.given = 0
        """How many SIDs it has given."""

    def will_answer(self, number: str, *answers: Answer) -> None:
        """Script the next answers for that number; when they are used up it accepts again."""
        self._scripts[number].extend(answers)

    def will_accept_all(self) -> None:
        """Forget every scripted answer, as if its cause were removed."""
        self._scripts.clear()

    def texts_sent_to(self, number: str) -> list[OutgoingText]:
        """What it was asked to send there, whatever it answered."""
        return [text for text in self.sent if text.to == number]

    # The contract.

    def send(self, text: OutgoingText) -> Answer:
        """The next scripted answer for the number, or a fresh SID."""
        self.sent.append(text)
        self.when_asked(text)
        script = self._scripts[text.to]
        return script.popleft() if script else Accepted(sid=self._next_sid(), status="queued")

    def _next_sid(self) -> str:
        with self._giving:
            self.given += 1
            return sid(self.given)

    def cancel(self, sid: str) -> ProviderRecord | None:
        """What the test put into `cancels`: the record afterwards, an error, or None: too late."""
        self.asked_to_cancel.append(sid)
        answer = self.cancels.get(sid)
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    def texts_to(self, number: str) -> Sequence[ProviderRecord]:
        """All that the test put into `records` for the number, whenever it was made."""
        self._ask(number)
        return self._in_any_order(self.records[number])

    def text(self, sid: str) -> ProviderRecord | None:
        """The same, by SID."""
        self._ask(sid)
        return next((t for texts in self.records.values() for t in texts if t.sid == sid), None)

    def pages(self, sent_since: datetime | None = None) -> Iterator[Sequence[ProviderRecord]]:
        """Those to anybody, `page_size` in each page."""
        texts = [t for texts in self.records.values() for t in texts]
        if sent_since is not None:
            texts = self._sent_since(sent_since)
        return _Pages(self._ask, self._in_any_order(texts), self.page_size)

    def sent_on(self, day: date, page: str | None = None) -> RecordPage:
        """Those made on that day, `page_size` in each page, in the order of their SIDs."""
        self._ask(f"{day} {page or ''}".strip())
        texts = [t for texts in self.records.values() for t in texts if t.sid not in self.unsent]
        behind = sorted(
            (t for t in texts if t.created_at.date() == day and t.sid > (page or "")),
            key=lambda text: text.sid,
        )
        shown = behind[: self.page_size]
        return RecordPage(
            records=shown, next_page=shown[-1].sid if len(behind) > len(shown) else None
        )

    def newest_texts(
        self, since: datetime, numbers: Collection[str], after_sid: str | None = None
    ) -> Iterator[ProviderRecord]:
        """Those sent since then, and all to these numbers; asking for them fails by itself.

        Of those sent more than a minute before a known text, it tells nothing.
        """
        if self.is_silent:
            raise ProviderError("The fake cannot be asked now.")
        self.asked_after.append(after_sid)
        self.asked_numbers.append(list(numbers))
        known = [t for texts in self.records.values() for t in texts if t.sid == after_sid]
        yield from self._sent_since(
            max([since, *(text.created_at - timedelta(minutes=1) for text in known)])
        )
        yield from [t for number in numbers for t in self.records[number] if t.sid in self.unsent]

    def _sent_since(self, since: datetime) -> Sequence[ProviderRecord]:
        texts = [t for texts in self.records.values() for t in texts if t.created_at >= since]
        return self._in_any_order([t for t in texts if t.sid not in self.unsent])

    def _in_any_order(self, texts: Sequence[ProviderRecord]) -> Sequence[ProviderRecord]:
        return self._random.sample(texts, len(texts))

    def _ask(self, about: str) -> None:
        self.asked_about.append(about)
        self.fail_asks -= 1
        if self.is_down or self.fail_asks >= 0:
            raise ProviderError("The fake cannot be asked now.")

    def line_type(self, number: str, seconds: float = math.inf) -> LineType | None:  # noqa: ARG002
        """What the test put into `line_types`; an error there is raised."""
        self.looked_up.append(number)
        line_type = self.line_types.get(number, LineType.MOBILE)
        if isinstance(line_type, ProviderError):
            raise line_type
        return line_type

    def is_genuine(self, url: str, parameters: Parameters, signature: str) -> bool:
        """Whether it bears the one signature of the fake."""
        self.checked.append((url, parameters))
        return signature == GENUINE
