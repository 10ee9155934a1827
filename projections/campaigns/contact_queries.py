"""Queries of the contacts of campaigns for pages and commands, now or as of a past seq."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.domain.holds import SendingConditions
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import NotFound
from ledger.store.engine import reading
from projections.campaigns.changes import changed_contacts
from projections.campaigns.contact_query import (
    ContactFilter,
    ContactOrder,
    contacts_at,
    contacts_now,
    enrolled_at,
    rows_of_deliveries,
    rows_of_deliveries_at,
)
from projections.campaigns.row_conversion import as_dicts, contact_row
from projections.campaigns.rows import ContactRow, Page
from projections.campaigns.undecided import undecided, undecided_at
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import (
    UNTIL,
    FactScope,
    Until,
    deliveries_of_campaigns,
    is_archived,
    scope_parameters,
    scopes_of_deliveries,
)
from projections.tables.offices import is_of_seen_campaign
from projections.tables.schema import enrolments

ConditionsAt = Callable[[int | None], SendingConditions]
"""Returns what holds back all deliveries at once: right after a seq, or now for None."""
TimeAt = Callable[[int | None], datetime]
"""Returns when the last event up to a seq was recorded, or the present time for None."""


_LAST_PLACE = 2**62
"""Greater than any seq."""


class ContactQueries:
    """Reads the shared tables; `time_at` and `conditions_at` return what the tables do not hold.

    With `until` it answers as of right after that seq, by the same SQL that fills the tables. With
    a scope it knows the campaigns of its offices alone.
    """

    def __init__(
        self,
        engine: sa.Engine,
        time_at: TimeAt,
        conditions_at: ConditionsAt,
        until: int | None = None,
        scope: Scope = EVERYTHING,
    ) -> None:
        self._engine = engine
        self._scope = scope
        self._time_at = time_at
        self._conditions_at = conditions_at
        self._until = until
        self._moment: Until = None if until is None else UNTIL
        self._bounds = {"until": until}

    def changed_contacts(self, campaign_id: str, after: int, until: int) -> list[str]:
        """Return the deliveries whose contacts were shown otherwise after a seq than after another.

        Their status, reason or opt-out differs. They are in the order of the contact file.
        """
        with reading(self._engine) as connection:
            before = _scope_of(connection, campaign_id, after)
            now = _scope_of(connection, campaign_id, until)
            return list(connection.scalars(changed_contacts(before, now))) if now else []

    def contacts(
        self,
        campaign_id: str,
        *,
        status: DeliveryStatus | None = None,
        search: str = "",
        after: int = 0,
        limit: int | None = None,
    ) -> list[ContactRow]:
        """Return the contacts after a position, in the order of the contact file.

        `search` has words: each is part of the name or number, or a SID.
        """
        contacts, _positions = self._contacts(
            ContactFilter(
                campaign_id=campaign_id, status=status, search=search, after=after, limit=limit
            )
        )
        return contacts

    def filtered(self, contact_filter: ContactFilter) -> list[ContactRow]:
        """Return the contacts that a filter selects, in its order."""
        contacts, _positions = self._contacts(contact_filter)
        return contacts

    def page(
        self,
        campaign_id: str,
        *,
        status: DeliveryStatus | None = None,
        reason: Reason | None = None,
        code: str | None = None,
        search: str = "",
        order: ContactOrder = ContactOrder.POSITION,
        after: int = 0,
        before: int | None = None,
        size: int,
    ) -> Page:
        """Return a page of the contacts after a place of the order, or of those right before one.

        By their last fact the newest stand first: `after` is then a greater seq.
        """
        if order is ContactOrder.LAST_SEQ:
            after, before = before or 0, after or (None if before else _LAST_PLACE)
        contacts, places = self._contacts(
            ContactFilter(
                campaign_id=campaign_id,
                status=status,
                reason=reason,
                code=code,
                search=search,
                order=order,
                after=after,
                before=before,
                limit=size + 1,
            )
        )
        is_more, places = len(places) > size, places[:size]
        rows = [row for row in contacts if getattr(row, order) in places]
        if order is ContactOrder.LAST_SEQ:
            return _newest_first(rows, places, is_more=is_more, before=before)
        if before is not None:
            rows, places = rows[::-1], places[::-1]
        has_previous, has_next = (after > 0, is_more) if before is None else (is_more, True)
        return Page(
            rows=rows,
            previous_before=places[0] if places and has_previous else None,
            next_after=places[-1] if places and has_next else None,
        )

    def contact(self, delivery_id: str) -> ContactRow:
        """Return a contact of a campaign; raises `NotFound`."""
        contacts = self._deliveries(enrolments.c.delivery_id == delivery_id)
        if not contacts:
            when = "" if self._until is None else f" at #{self._until}"
            raise NotFound(f"There is no delivery {delivery_id}{when}.")
        return contacts[0]

    def deliveries_to(self, contact_id: str) -> list[ContactRow]:
        """Return the contact in each of its campaigns, the newest campaign first."""
        return self._deliveries(enrolments.c.contact_id == contact_id)

    def undecided(self, campaign_id: str | None = None) -> list[ContactRow]:
        """Return the contacts that wait for a decision by staff, of one campaign or of all."""
        with reading(self._engine) as connection:
            if self._until is None:
                return self._rows(connection, undecided(campaign_id).where(self._is_seen()))
            return [
                row
                for query, parameters in undecided_at(connection, self._until, campaign_id)
                for row in self._rows(connection, query.where(self._is_seen()), parameters)
            ]

    # Reading rows.

    def _contacts(self, contact_filter: ContactFilter) -> tuple[list[ContactRow], list[int]]:
        """Return the filtered contacts, and the places of all that the filter selects.

        A contact whose first event was altered is selected, but has no status at a past seq.
        """
        with reading(self._engine) as connection:
            if not self._sees(connection, contact_filter.campaign_id):
                return [], []
            if self._until is None:
                return _with_places(
                    self._rows(connection, contacts_now(contact_filter)), contact_filter.order
                )
            campaign = _campaign_at(connection, contact_filter.campaign_id, self._until)
            if campaign is None:
                return [], []
            parameters = scope_parameters(campaign, self._until)
            if not contact_filter.needs_standing and contact_filter.limit is not None:
                enrolled = connection.execute(enrolled_at(contact_filter), parameters).all()
                delivery_ids = [row.delivery_id for row in enrolled]
                query = rows_of_deliveries_at(is_archived=is_archived(campaign))
                rows = self._rows(connection, query, parameters | {"deliveries": delivery_ids})
                return _in_order(rows, delivery_ids), [row.position for row in enrolled]
            query = contacts_at(contact_filter, is_archived=is_archived(campaign))
            return _with_places(self._rows(connection, query, parameters), contact_filter.order)

    def _deliveries(self, where: sa.ColumnElement[bool]) -> list[ContactRow]:
        """Deliveries of launched campaigns that meet the condition, the newest campaign first."""
        campaign = campaigns_at(self._moment)
        query = deliveries_of_campaigns(enrolments, campaign).where(where, self._is_seen())
        query = query.order_by(campaign.c.launched_seq.desc())
        with reading(self._engine) as connection:
            selected = connection.execute(query, self._bounds).mappings().all()
            delivery_ids = [row["delivery_id"] for row in selected]
            if self._until is None:
                statements = [(rows_of_deliveries(), {"deliveries": delivery_ids})]
            else:
                statements = [
                    (rows_of_deliveries_at(is_archived=of_archived), parameters)
                    for of_archived, parameters in scopes_of_deliveries(selected, self._until)
                ]
            rows = [
                row
                for statement, parameters in statements
                for row in as_dicts(connection.execute(statement, parameters))
            ]
        return _in_order(self._contact_rows(rows), delivery_ids)

    def _is_seen(self) -> sa.ColumnElement[bool]:
        return is_of_seen_campaign(self._scope, enrolments.c.campaign_id)

    def _sees(self, connection: sa.Connection, campaign_id: str) -> bool:
        is_seen = is_of_seen_campaign(self._scope, sa.literal(campaign_id))
        return self._scope.is_everything or bool(connection.scalar(sa.select(is_seen)))

    def _rows(
        self,
        connection: sa.Connection,
        query: sa.Select[Any],
        parameters: Mapping[str, Any] | None = None,
    ) -> list[ContactRow]:
        return self._contact_rows(as_dicts(connection.execute(query, parameters)))

    def _contact_rows(self, rows: Sequence[Any]) -> list[ContactRow]:
        """Convert the rows to contacts, with what holds each of them back at that moment."""
        if not rows:
            return []
        now, sending = self._time_at(self._until), self._conditions_at(self._until)
        return [contact_row(row, now, sending) for row in rows]


def _in_order(rows: Sequence[ContactRow], delivery_ids: Sequence[str]) -> list[ContactRow]:
    by_id = {row.delivery_id: row for row in rows}
    return [by_id[delivery_id] for delivery_id in delivery_ids if delivery_id in by_id]


def _with_places(rows: list[ContactRow], order: ContactOrder) -> tuple[list[ContactRow], list[int]]:
    return rows, [getattr(row, order) for row in rows]


def _newest_first(
    rows: list[ContactRow], places: list[int], *, is_more: bool, before: int | None
) -> Page:
    """Return the page of rows that were read backwards from `before`, or forwards from `after`."""
    if before is None:
        rows, places = rows[::-1], places[::-1]
    has_newer = is_more if before is None else before != _LAST_PLACE
    has_older = True if before is None else is_more
    return Page(
        rows=rows,
        previous_before=places[0] if places and has_newer else None,
        next_after=places[-1] if places and has_older else None,
    )


def _scope_of(connection: sa.Connection, campaign_id: str, until: int) -> FactScope | None:
    """The facts of the campaign at a seq; None if it was not launched by then."""
    row = _campaign_at(connection, campaign_id, until)
    if row is None:
        return None
    return FactScope(campaign_id=campaign_id, until=until, archived_seq=row["archived_seq"])


def _campaign_at(connection: sa.Connection, campaign_id: str, until: int) -> sa.RowMapping | None:
    """The campaign at a seq; None if it was not launched by then."""
    campaign = campaigns_at(UNTIL)
    query = sa.select(campaign).where(campaign.c.campaign_id == campaign_id)
    return connection.execute(query, {"until": until}).mappings().one_or_none()
