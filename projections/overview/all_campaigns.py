"""Numbers of many campaigns together: contacts without a usable number, and times to delivery.

Now they come from the small tables, with the newest events added; the past is read from the events.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from projections.engine.following import seq_of
from projections.engine.position import position_of
from projections.engine.projection import EventRange
from projections.overview.codes_met import last_met_in, stored_last_met
from projections.overview.projection import OverviewProjection, tallies, tally_of
from projections.overview.tables import delivery_times, standing_counts
from projections.overview.tally import Tally, status_of_stage
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import UNTIL
from projections.tables.offices import is_of_seen_campaign, sees_campaign

_UNUSABLE = sorted(reason.value for reason in Reason if reason.is_resend_advised_against)
_FAILED = [int(stage) for stage in Stage if status_of_stage(stage) is DeliveryStatus.FAILED]
_WEEK = 7 * 24
_THURSDAY = 3 * 24
"""The hour of the week with which 1970 began."""
_FOLLOWER = OverviewProjection()
_standing, _time = standing_counts.c, delivery_times.c


class MetCode(NamedTuple):
    """A code of Twilio that texts met."""

    contacts: int
    """That failed, or wait, because of it."""
    last_at: datetime
    """When a text met it last."""


@dataclass
class AllNumbers:
    """The numbers of some campaigns."""

    unreachable: Counter[str] = field(default_factory=Counter)
    """Campaign id → contacts that failed because their number cannot be reached."""
    times: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Hour of the week of the attempt, and class of the time to delivery → texts of all campaigns.

    Hour 0 is the first one of Monday.
    """

    def add(self, campaign_id: str, tally: Tally, offsets: "Offsets") -> None:
        """Add what changed in a campaign."""
        for key, contacts in tally.standings.items():
            is_failed = status_of_stage(key.stage) is DeliveryStatus.FAILED
            if is_failed and key.reason in _UNUSABLE:
                self.unreachable[campaign_id] += contacts
        for time, texts in tally.times.items():
            self.times[hour_of_week(time.hour, offsets), time.up_to_seconds] += texts


Offsets = Sequence[tuple[int, int]]
"""Hour since 1970 UTC → minutes by which the clocks of a zone are ahead from then on; ascending."""


def hour_of_week(hour: int, offsets: Offsets) -> int:
    """Return the hour of the week in a zone, of an hour since 1970 UTC."""
    minutes = next((ahead for since, ahead in reversed(offsets) if hour >= since), offsets[0][1])
    return ((60 * hour + minutes) // 60 + _THURSDAY) % _WEEK


def _in_week(offsets: Offsets) -> sa.ColumnElement[int]:
    """The same in SQL."""
    ahead = sa.case(
        *((_time.hour >= since, minutes) for since, minutes in reversed(offsets)),
        else_=offsets[0][1],
    )
    return ((60 * _time.hour + ahead) // 60 + _THURSDAY) % _WEEK


class AllCampaignsQueries:
    """Reads the numbers of many campaigns, of those that the scope sees."""

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine, self._until, self._scope = engine, until, scope

    def as_of(self, seq: int) -> "AllCampaignsQueries":
        """Return the same queries as of right after a seq."""
        return AllCampaignsQueries(self._engine, seq, self._scope)

    def numbers(self, campaign_ids: Collection[str], offsets: Offsets) -> AllNumbers:
        """Return the numbers of these campaigns, with hours of the zone that has these offsets."""
        numbers, wanted = AllNumbers(), set(campaign_ids)
        if not wanted:
            return numbers
        with reading(self._engine, is_consistent=True) as connection:
            if self._until is None:
                self._add_stored(connection, numbers, wanted, offsets)
            for campaign_id, tally in self._read(connection, wanted):
                if campaign_id in wanted and sees_campaign(connection, self._scope, campaign_id):
                    numbers.add(campaign_id, tally, offsets)
        return numbers

    def codes(self) -> dict[str, MetCode]:
        """Return each code of Twilio by which contacts failed, or wait."""
        codes = Counter[str]()
        with reading(self._engine, is_consistent=True) as connection:
            last_met = self._last_met(connection)
            if self._until is None:
                codes.update(self._stored_codes(connection))
            for campaign_id, tally in self._read(connection, None):
                if sees_campaign(connection, self._scope, campaign_id):
                    for key, contacts in tally.standings.items():
                        codes[key.code] += contacts
        return {
            code: MetCode(contacts, from_microseconds(last_met[code]))
            for code, contacts in codes.items()
            if code and contacts
        }

    def _last_met(self, connection: sa.Connection) -> dict[str, int]:
        if self._until is not None:
            return last_met_in(connection, EventRange(0, self._until), self._scope)
        newest = self._newest(connection)
        stored = stored_last_met(connection, self._scope)
        return stored | last_met_in(connection, newest, self._scope)

    def _stored_codes(self, connection: sa.Connection) -> dict[str, int]:
        query = (
            sa.select(_standing.code, sa.func.sum(_standing.contacts))
            .where(is_of_seen_campaign(self._scope, _standing.campaign_id))
            .group_by(_standing.code)
        )
        return {code: int(contacts) for code, contacts in connection.execute(query)}

    def _add_stored(
        self,
        connection: sa.Connection,
        numbers: AllNumbers,
        campaign_ids: Collection[str],
        offsets: Offsets,
    ) -> None:
        ids = {"campaigns": campaign_ids}
        unreachable = (
            sa.select(_standing.campaign_id, sa.func.sum(_standing.contacts))
            .where(
                in_list(_standing.campaign_id, "campaigns"),
                _standing.reason.in_(_UNUSABLE),
                _standing.stage.in_(_FAILED),
                is_of_seen_campaign(self._scope, _standing.campaign_id),
            )
            .group_by(_standing.campaign_id)
        )
        for campaign_id, contacts in connection.execute(unreachable, ids):
            numbers.unreachable[campaign_id] += int(contacts)
        hour = _in_week(offsets).label("hour_of_week")
        times = (
            sa.select(hour, _time.up_to_seconds, sa.func.sum(_time.contacts))
            .where(
                in_list(_time.campaign_id, "campaigns"),
                is_of_seen_campaign(self._scope, _time.campaign_id),
            )
            .group_by(hour, _time.up_to_seconds)
        )
        for in_week, up_to, texts in connection.execute(times, ids):
            numbers.times[in_week, up_to] += int(texts)

    def _read(
        self, connection: sa.Connection, campaign_ids: Collection[str] | None
    ) -> Iterator[tuple[str, Tally]]:
        """Yield what the events say: the newest ones now, all of the campaigns in the past.

        In the past, only these campaigns are read; None reads all of them.
        """
        if self._until is not None:
            yield from self._past(connection, self._until, campaign_ids)
            return
        newest = self._newest(connection)
        if newest.until > newest.after:
            yield from tallies(connection, newest)

    def _newest(self, connection: sa.Connection) -> EventRange:
        """The events that the views have read and the tables do not have yet."""
        return EventRange(seq_of(connection, _FOLLOWER), position_of(connection).seq)

    def _past(
        self, connection: sa.Connection, until: int, campaign_ids: Collection[str] | None
    ) -> Iterator[tuple[str, Tally]]:
        campaign = campaigns_at(UNTIL)
        query, bounds = sa.select(campaign), dict[str, object](until=until)
        if campaign_ids is not None:
            query = query.where(in_list(campaign.c.campaign_id, "campaigns"))
            bounds["campaigns"] = campaign_ids
        for row in connection.execute(query, bounds).mappings().all():
            yield row["campaign_id"], tally_of(connection, row, EventRange(0, until))
