"""What the list of campaigns shows beside the counts: how fast each is, and when it was done.

The numbers are of the present, and come from the small tables of the overview alone: they cost the
same for a campaign of ten contacts and for one of a million.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.domain.standing import Stage
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from projections.engine.following import seq_of
from projections.engine.position import position_of
from projections.engine.projection import EventRange
from projections.overview.projection import OverviewProjection, tallies
from projections.overview.tables import standing_counts, status_changes
from projections.overview.tally import Tally
from projections.tables.campaigns import campaigns_at

_QUEUED = (int(Stage.ENROLLED), int(Stage.PUT_BACK))
_LATELY_SECONDS = 120
_FOLLOWER = OverviewProjection()


@dataclass
class ListedNumbers:
    """The numbers of one campaign in the list."""

    queued: int = 0
    """Contacts whose first text, or the text of a resend, did not go out yet."""
    started_lately: int = 0
    """Attempts that began in the last two minutes."""
    last_change: int | None = None
    """The age of the campaign, in seconds, when a contact was last delivered or failed."""

    def per_minute(self, age_seconds: float) -> float:
        """Return how many attempts a minute began lately, in a campaign of this age."""
        return 60 * self.started_lately / min(max(age_seconds, 10.0), _LATELY_SECONDS)


class ListedQueries:
    """Reads the tables of the overview for many campaigns at once, and adds the newest events."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def numbers(self, ages: Mapping[str, float]) -> dict[str, ListedNumbers]:
        """Return campaign id → its numbers; `ages` are the seconds since each launch."""
        if not ages:
            return {}
        listed: dict[str, ListedNumbers] = defaultdict(ListedNumbers)
        ids = {"campaigns": list(ages)}
        with reading(self._engine) as connection:
            for campaign_id, queued in connection.execute(_QUEUES, ids):
                listed[campaign_id].queued = queued
            for campaign_id, age in connection.execute(_LAST_CHANGES, ids):
                listed[campaign_id].last_change = age
            for campaign_id, age, started in connection.execute(_STARTS, ids):
                is_late = age > ages[campaign_id] - _LATELY_SECONDS
                listed[campaign_id].started_lately += started if is_late else 0
            for campaign_id, tally in _newest(connection).items():
                if campaign_id in ages:
                    _add(listed[campaign_id], tally, ages[campaign_id])
        return {campaign_id: listed[campaign_id] for campaign_id in ages}

    def delivered_since(self, at: datetime, launches: Mapping[str, datetime]) -> int:
        """Return how many contacts were delivered since a moment.

        `launches` are campaign id → when it was launched. The older a campaign, the longer are its
        steps of time; a step counts where it begins after the moment.
        """
        bounds = {"campaigns": list(launches), "since": to_microseconds(at)}
        with reading(self._engine) as connection:
            delivered = connection.scalar(_DELIVERED, bounds) or 0
            newest = _newest(connection)
        return int(delivered) + sum(
            number
            for campaign_id, tally in newest.items()
            for key, number in tally.changes.items()
            if key.name == "delivered"
            and campaign_id in launches
            and launches[campaign_id] + timedelta(seconds=key.age_seconds) >= at
        )


def _newest(connection: sa.Connection) -> dict[str, Tally]:
    """Return what the events add that the tables do not hold yet."""
    newest = EventRange(seq_of(connection, _FOLLOWER), position_of(connection).seq)
    return dict(tallies(connection, newest)) if newest.until > newest.after else {}


def _add(numbers: ListedNumbers, tally: Tally, age: float) -> None:
    numbers.queued += sum(tally.standings[key] for key in tally.standings if key.stage in _QUEUED)
    for key, count in tally.changes.items():
        if key.name == "started" and key.age_seconds > age - _LATELY_SECONDS:
            numbers.started_lately += count
        if key.name in {"delivered", "failed"} and count > 0:
            numbers.last_change = max(numbers.last_change or 0, key.age_seconds)


_change, _standing = status_changes.c, standing_counts.c
_QUEUES = (
    sa.select(_standing.campaign_id, sa.func.sum(_standing.contacts))
    .where(in_list(_standing.campaign_id, "campaigns"), _standing.stage.in_(_QUEUED))
    .group_by(_standing.campaign_id)
)
_LAST_CHANGES = (
    sa.select(_change.campaign_id, sa.func.max(_change.age_seconds))
    .where(
        in_list(_change.campaign_id, "campaigns"), (_change.delivered > 0) | (_change.failed > 0)
    )
    .group_by(_change.campaign_id)
)
_STARTS = sa.select(_change.campaign_id, _change.age_seconds, _change.started).where(
    in_list(_change.campaign_id, "campaigns"), _change.started > 0
)
_campaign = campaigns_at().c
_DELIVERED = (
    sa.select(sa.func.sum(_change.delivered))
    .join_from(status_changes, campaigns_at(), _campaign.campaign_id == _change.campaign_id)
    .where(
        in_list(_change.campaign_id, "campaigns"),
        _campaign.launched_at + 1_000_000 * sa.cast(_change.age_seconds, sa.BigInteger)
        >= sa.bindparam("since", type_=sa.BigInteger),
    )
)
