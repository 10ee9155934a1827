"""The texts that a sender has claimed and made ready, each with its slot.

A claim keeps a text from the other senders. It is released once the attempt is over, or where the
sender gives the text up.
"""

import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ledger.commands.merged_texts import Text, texts_of
from ledger.messages.segments import count_segments
from ledger.reader import LedgerReader
from ledger.sending.rate_limiter import RateLimiter, SlotRequest

_SAME_START_SECONDS = 0.01
"""Texts whose slots are no further apart than this are started in one commit."""


@dataclass(frozen=True)
class _ReadyText:
    """A text that this sender has claimed, and its slot."""

    delivery_id: str
    text: Text | None
    slot_at: float
    """Monotonic seconds."""


@dataclass(frozen=True)
class Claims:
    """Which deliveries were claimed, and which of these have a text that cannot be read."""

    delivery_ids: Sequence[str]
    unreadable_ids: Collection[str]


class ReadyTexts:
    """The claimed texts of one sender, in the order of their slots. Times are monotonic seconds."""

    def __init__(self, reader: LedgerReader, rate_limiter: RateLimiter) -> None:
        self._reader = reader
        self._rate_limiter = rate_limiter
        self._waiting: deque[_ReadyText] = deque()
        self._releasable: set[str] = set()
        """Deliveries whose claims can be released once they are not in flight."""

    def __len__(self) -> int:
        return len(self._waiting)

    def claim(self, delivery_ids: Sequence[str]) -> Claims:
        """Claim these deliveries in order, as many as there are slots, and make their texts ready.

        A delivery whose text cannot be read keeps its claim, so that it is not tried all the time.
        """
        texts = texts_of(self._reader, delivery_ids)
        slots = self._rate_limiter.claim_slots(
            [SlotRequest(each, _segments(texts.get(each))) for each in delivery_ids]
        )
        now = time.monotonic()
        self._waiting += [
            _ReadyText(slot.delivery_id, texts[slot.delivery_id], now + slot.wait_seconds)
            for slot in slots
            if slot.delivery_id in texts
        ]
        claimed = [slot.delivery_id for slot in slots]
        return Claims(claimed, [each for each in claimed if each not in texts])

    def take(self, most: int) -> dict[str, Text | None]:
        """Take the texts whose slot has come, as many as that."""
        latest = time.monotonic() + _SAME_START_SECONDS
        texts: dict[str, Text | None] = {}
        while self._waiting and self._waiting[0].slot_at <= latest and len(texts) < most:
            ready = self._waiting.popleft()
            texts[ready.delivery_id] = ready.text
        self._releasable.update(texts)
        return texts

    def seconds_until_slot(self) -> float:
        """How long until the slot of the next text; there must be one."""
        return max(self._waiting[0].slot_at - time.monotonic(), 0.0)

    def give_up(self) -> None:
        """Leave the texts whose slot has not come to any sender, at the next release."""
        self._releasable.update(ready.delivery_id for ready in self._waiting)
        self._waiting.clear()

    def release(self, in_flight: Collection[str]) -> None:
        """Release the claims on texts that were taken or given up and are not in flight."""
        delivery_ids = self._releasable.difference(in_flight)
        self._releasable -= delivery_ids
        self._rate_limiter.release(delivery_ids)


def _segments(text: Text | None) -> int:
    return count_segments(text.body).count if text else 0
