"""Names of what events concern: campaigns and people."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.offices import EVERYTHING, Scope
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from projections.tables.campaigns import campaigns_at
from projections.tables.offices import in_scope, is_of_seen_campaign, is_seen_contact
from projections.tables.schema import campaigns, contacts, enrolments


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who a contact is."""

    contact_id: str
    name: str
    """That of the latest contact file with one; blank if unknown or forgotten."""
    phone: str
    """In E.164; blank if unknown or forgotten."""
    forgotten_at: datetime | None
    """When both were destroyed; None while one of them is known."""


class NameQueries:
    """Finds names by id; with `until` as of right after that seq.

    It knows the campaigns of the offices in `scope`, and the people in them.
    """

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine = engine
        self._until = until
        self._scope = scope

    def as_of(self, seq: int) -> "NameQueries":
        """Return the same queries as of right after a seq."""
        return NameQueries(self._engine, until=seq, scope=self._scope)

    def campaigns(self) -> dict[str, str]:
        """Return campaign id → name of every launched campaign, the newest first."""
        campaign = campaigns_at(self._until)
        query = sa.select(campaign.c.campaign_id, campaign.c.name).where(
            campaign.c.is_listed, in_scope(self._scope, campaign.c.office_id)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(campaign.c.launched_seq.desc()))
            return {row.campaign_id: row.name for row in rows}

    def campaign_ids(self) -> list[str]:
        """Return the ids of all campaigns, with those that hold replies or are not launched."""
        query = sa.select(campaigns.c.campaign_id)
        with reading(self._engine) as connection:
            return list(
                connection.scalars(query.where(in_scope(self._scope, campaigns.c.office_id)))
            )

    def knows(self, contact_id: str) -> bool:
        """Whether a person is in any of the campaigns."""
        query = sa.select(is_seen_contact(self._scope, sa.literal(contact_id)))
        with reading(self._engine) as connection:
            return bool(connection.scalar(query))

    def people(self, contact_ids: Collection[str]) -> dict[str, Person]:
        """Return contact id → person, for each of the ids, also for those that are not known."""
        ids = {"ids": sorted(contact_ids)}
        with reading(self._engine) as connection:
            enrolled = connection.execute(_enrolled(self._until, self._scope), ids).all()
            seen = {row.contact_id for row in enrolled}
            own = {
                row.contact_id: row
                for row in connection.execute(_OWN, ids)
                if self._scope.is_everything or row.contact_id in seen
            }
        names = _last_filled(enrolled, "name")
        phones = _last_filled(enrolled, "phone")
        return {
            each: _person(each, names.get(each, ""), phones.get(each, ""), own.get(each))
            for each in ids["ids"]
        }


_OWN = sa.select(contacts).where(in_list(contacts.c.contact_id, "ids"))


def _enrolled(until: int | None, scope: Scope) -> sa.Select[Any]:
    return (
        sa.select(enrolments.c.contact_id, enrolments.c.name, enrolments.c.phone)
        .where(in_list(enrolments.c.contact_id, "ids"), *_until(until), _is_seen(scope))
        .order_by(enrolments.c.seq)
    )


def _is_seen(scope: Scope) -> sa.ColumnElement[bool]:
    return is_of_seen_campaign(scope, enrolments.c.campaign_id)


def _until(until: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if until is None else [enrolments.c.seq <= until]


def _last_filled(rows: Iterable[sa.Row[Any]], column: str) -> dict[str, str]:
    """Return contact id → the last value that is not blank."""
    values = ((row.contact_id, getattr(row, column)) for row in rows)
    return {contact_id: value for contact_id, value in values if value}


def _person(contact_id: str, name: str, phone: str, own: sa.Row[Any] | None) -> Person:
    """Return the person; `own` is the row of `contacts`, if there is one."""
    phone = phone or (own.phone if own else "")
    was_forgotten = own is not None and own.forgotten_at is not None and not phone
    return Person(
        contact_id=contact_id,
        name=name,
        phone=phone,
        forgotten_at=from_microseconds(own.forgotten_at) if own and was_forgotten else None,
    )
