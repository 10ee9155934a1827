"""What the sender asks of whoever knows what is due; the views answer it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledger.domain.events import Failures


@dataclass(frozen=True)
class UnsettledAttempt:
    """An attempt that was started at that time and of which nothing is known."""

    delivery_id: str
    turn: int
    started_at: datetime
    is_recorded_unknown: bool
    """Whether the ledger says "outcome unknown" already; else its sender may just be busy."""


@dataclass(frozen=True, order=True)
class TextCursor:
    """A text's place among those the provider has: since when, then its delivery."""

    since: datetime
    delivery_id: str = ""


@dataclass(frozen=True)
class AcceptedText:
    """A text that the provider has, and of which no more is known."""

    cursor: TextCursor
    sid: str


@dataclass(frozen=True)
class Failing:
    """A campaign of whose last texts too many failed, as seen while that act was its last."""

    campaign_id: str
    act_seq: int
    failures: Failures


class Worklist(Protocol):
    """What there is to do."""

    def due(self, now: datetime, limit: int, excluded_ids: Collection[str] = ()) -> Sequence[str]:
        """Deliveries whose next attempt may start by then: one of each campaign in turn.

        Of a campaign the longest due comes first; those of `excluded_ids` are left out.
        """

    def unsettled_attempts(self) -> Sequence[UnsettledAttempt]:
        """The attempts without an outcome, oldest first."""

    def accepted_texts(
        self, after: TextCursor, until: datetime, limit: int, campaign_id: str | None = None
    ) -> Sequence[AcceptedText]:
        """The texts that the provider has since then, the oldest first; archived ones left out."""

    def overdue(self, now: datetime) -> Sequence[str]:
        """Campaigns that may still send, and whose time for that has passed."""

    def failing(self, of_last: int, share: float) -> Sequence[Failing]:
        """Campaigns that send, and of whose last outcomes that share or more are failures.

        Only outcomes since the last act on the campaign are looked at, and only so many of them.
        """

    def begun_before(self, moment: datetime) -> Sequence[str]:
        """Campaigns launched, or begun, before that moment and not archived."""
