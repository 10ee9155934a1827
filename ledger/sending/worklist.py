"""The worklist that sending needs; a projection provides it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledger.domain.events import Failures
from ledger.domain.text_prices import TextPrice


@dataclass(frozen=True)
class UnsettledAttempt:
    """An attempt that was started then and has no outcome."""

    delivery_id: str
    turn: int
    started_at: datetime
    is_recorded_unknown: bool
    """Whether the ledger says "outcome unknown"; if not, its sender may still be busy."""


@dataclass(frozen=True, order=True)
class TextCursor:
    """A position in the accepted texts: since when the provider has the text, then its delivery."""

    since: datetime
    delivery_id: str = ""


@dataclass(frozen=True)
class AcceptedText:
    """A text that the provider accepted, and that has no final status."""

    cursor: TextCursor
    sid: str


@dataclass(frozen=True, kw_only=True)
class SentText:
    """A text that the ledger has: its campaign, its last price, and the seq that recorded it."""

    campaign_id: str
    price: TextPrice | None
    price_seq: int
    """0 where there is no price."""


@dataclass(frozen=True)
class Failing:
    """A campaign with too many failures, and the seq of its last act when they were counted."""

    campaign_id: str
    act_seq: int
    failures: Failures


class Worklist(Protocol):
    """What is due in all campaigns."""

    def due(self, now: datetime, limit: int, excluded_ids: Collection[str] = ()) -> Sequence[str]:
        """The ids of deliveries whose next attempt may start by then, from each campaign in turn.

        Urgent campaigns come before the others. In a campaign, those that have been due longest
        come first. `excluded_ids` are left out.
        """

    def unsettled_attempts(self) -> Sequence[UnsettledAttempt]:
        """The attempts without an outcome, the oldest first."""

    def unsent(self, after: str, limit: int) -> Sequence[str]:
        """The ids of deliveries that wait for an attempt, behind that id, in their order.

        Also those whose outcome is unknown. Those of archived campaigns are left out.
        """

    def count_unsent(self) -> int:
        """How many these are."""

    def accepted_texts(
        self, after: TextCursor, until: datetime, limit: int, campaign_id: str | None = None
    ) -> Sequence[AcceptedText]:
        """The accepted texts behind that cursor, the oldest first, without archived campaigns."""

    def overdue(self, now: datetime) -> Sequence[str]:
        """The ids of campaigns that may still send after their last time for it."""

    def failing(
        self, of_last: int, share: float, ignored_codes: Collection[str] = ()
    ) -> Sequence[Failing]:
        """Sending campaigns with that share of failures or more in their last outcomes.

        The last `of_last` outcomes since the last act on the campaign are counted, without those
        with one of the `ignored_codes`.
        """

    def begun_before(self, moment: datetime) -> Sequence[str]:
        """The ids of campaigns launched or started before that time and not archived."""
