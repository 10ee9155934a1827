"""Asks the provider about many texts: several at once, and again after a pause where it fails."""

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from ledger.domain.provider_record import ProviderRecord
from ledger.errors import ProviderError, UnreadableRecord
from ledger.providers.contract import Provider

S = TypeVar("S")
T = TypeVar("T")

_AT_ONCE = 8
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_TRIES = 6


@dataclass(frozen=True, kw_only=True)
class PatientAsking:
    """Asks the provider; each method raises `ProviderError` where it cannot answer for minutes."""

    provider: Provider
    stop: threading.Event
    """Ends the pauses."""
    patience_seconds: float = math.inf
    """How long a question is repeated; one that was asked is waited for all the same."""

    def texts(self, sids: Collection[str]) -> list[ProviderRecord | None]:
        """The record of each text; None where there is none, or none that can be read."""
        return self._ask_about_all(sids, self._readable_record_of)

    def texts_to(self, numbers: Collection[str]) -> list[Sequence[ProviderRecord]]:
        """The records of the texts to each number."""
        return self._ask_about_all(numbers, self.provider.texts_to)

    def pages(self, sent_since: datetime | None = None) -> Iterator[Sequence[ProviderRecord]]:
        """The pages of the provider's list (see `Provider.pages`)."""
        pages = self.provider.pages(sent_since)
        while (page := self._ask(partial(next, pages), None)) is not None:
            yield page

    def _readable_record_of(self, sid: str) -> ProviderRecord | None:
        try:
            return self.provider.text(sid)
        except UnreadableRecord:
            return None

    def _ask_about_all(self, subjects: Collection[str], ask: Callable[[str], T]) -> list[T]:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="reconcile") as pool:
            return list(pool.map(partial(self._ask, ask), subjects))

    def _ask(self, ask: Callable[[S], T], subject: S) -> T:
        tries, deadline = 0, time.monotonic() + self.patience_seconds
        while True:
            try:
                return ask(subject)
            except ProviderError as error:
                tries += 1
                pause = error.retry_after_seconds or _PAUSE_SECONDS * 2.0**tries
                pause = min(pause, _LONGEST_PAUSE_SECONDS)
                is_last = tries == _TRIES or time.monotonic() + pause > deadline
                if is_last or self.stop.wait(pause):
                    raise
