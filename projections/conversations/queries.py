"""What the conversation pages ask: the selection panel, and one conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.codes import CodeTable
from ledger.errors import NotFound
from ledger.standing import Standing
from ledger.store.engine import reading
from ledger.vocabulary import MessageStatus, Reason
from projections import standings
from projections.conversations.projection import campaign_texts, correspondents, messages


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One bubble: a delivery, however many attempts it took, or a text that came in."""

    message_id: str
    is_inbound: bool
    campaign_id: str | None
    campaign_name: str | None
    body: str
    first_at: datetime
    last_at: datetime
    status: MessageStatus | None
    """The mark (R3, R4, R5); None for what came in and what was never tried."""
    reason: str | None
    """For an undelivered one: why, as shown on hover and focus."""
    attempts: int
    next_attempt_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ConversationRow:
    """One line of the selection panel: a correspondent with the latest message."""

    contact_id: str
    phone: str
    name: str
    forgotten_at: datetime | None
    """When number, name and words were destroyed; None while the number is known."""
    last_at: datetime
    message: MessageRow


@dataclass(frozen=True, kw_only=True)
class Correspondent:
    """Somebody we have texted or heard from."""

    phone: str
    name: str
    forgotten_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ConversationPage:
    """A stretch of the selection panel, the latest first; go on with `next_before`."""

    rows: Sequence[ConversationRow]
    next_before: tuple[datetime, str] | None


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A stretch of one conversation, the oldest first; go back with `earlier_before`."""

    rows: Sequence[MessageRow]
    earlier_before: tuple[datetime, str] | None


class ConversationQueries:
    """Reads the conversation tables; `codes` gives the reasons."""

    def __init__(self, engine: sa.Engine, codes: CodeTable) -> None:
        self._engine = engine
        self._codes = codes

    def conversations(
        self,
        *,
        campaign_id: str | None = None,
        before: tuple[datetime, str] | None = None,
        size: int = 50,
    ) -> ConversationPage:
        """The latest conversations: of all campaigns, or those of one with its own message."""
        person, text = correspondents.c, messages.c
        query = _messages().add_columns(
            person.phone, person.name.label("contact_name"), person.forgotten_at
        )
        if campaign_id:
            last_at = text.last_at
            query = query.join(correspondents, person.contact_id == text.contact_id)
            query = query.where(text.campaign_id == campaign_id)
        else:
            last_at = person.last_at
            query = query.join(correspondents, person.last_message_id == text.message_id)
        if before:
            mark = sa.tuple_(sa.literal(to_microseconds(before[0])), sa.literal(before[1]))
            query = query.where(sa.tuple_(last_at, person.contact_id) < mark)
        query = query.add_columns(last_at.label("listed_at"))
        query = query.order_by(last_at.desc(), person.contact_id.desc()).limit(size + 1)
        with reading(self._engine) as connection:
            found = [self._conversation(row) for row in connection.execute(query).mappings()]
        last = found[size - 1] if len(found) > size else None
        return ConversationPage(
            rows=found[:size], next_before=(last.last_at, last.contact_id) if last else None
        )

    def conversation(self, contact_id: str) -> list[MessageRow]:
        """Everything said with this contact, the oldest first."""
        query = _messages().where(messages.c.contact_id == contact_id)
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(messages.c.first_at)).mappings()
            return [self._message(row) for row in found]

    def thread(
        self, contact_id: str, *, before: tuple[datetime, str] | None = None, size: int = 50
    ) -> Thread:
        """The latest messages with this contact, or the latest before that moment and id."""
        text = messages.c
        query = _messages().where(text.contact_id == contact_id)
        if before:
            mark = sa.tuple_(sa.literal(to_microseconds(before[0])), sa.literal(before[1]))
            query = query.where(sa.tuple_(text.first_at, text.message_id) < mark)
        query = query.order_by(text.first_at.desc(), text.message_id.desc()).limit(size + 1)
        with reading(self._engine) as connection:
            found = [self._message(row) for row in connection.execute(query).mappings()]
        first = found[size - 1] if len(found) > size else None
        return Thread(
            rows=found[:size][::-1],
            earlier_before=(first.first_at, first.message_id) if first else None,
        )

    def message(self, message_id: str) -> MessageRow:
        """One message: a delivery's id names the text it sends; raises `NotFound`."""
        query = _messages().where(messages.c.message_id == message_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no message {message_id}.")
        return self._message(row)

    def correspondent(self, contact_id: str) -> Correspondent | None:
        """A contact we have texted or heard from."""
        query = sa.select(correspondents).where(correspondents.c.contact_id == contact_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return Correspondent(phone=row["phone"], name=row["name"], forgotten_at=_forgotten_at(row))

    def _conversation(self, row: Any) -> ConversationRow:
        message = self._message(row)
        return ConversationRow(
            contact_id=row["contact_id"],
            phone=row["phone"],
            name=row["contact_name"],
            forgotten_at=_forgotten_at(row),
            last_at=from_microseconds(row["listed_at"]),
            message=message,
        )

    def _message(self, row: Any) -> MessageRow:
        is_inbound = row["campaign_id"] is None
        standing = standings.standing_of(row)
        return MessageRow(
            message_id=row["message_id"],
            is_inbound=is_inbound,
            campaign_id=row["campaign_id"],
            campaign_name=row["campaign_name"],
            body=row["body"],
            first_at=from_microseconds(row["first_at"]),
            last_at=from_microseconds(row["last_at"]),
            status=None if is_inbound else standing.message_status,
            reason=None if is_inbound else self._reason(standing),
            attempts=standing.attempts,
            next_attempt_at=standing.next_at if row["is_sending"] else None,
        )

    def _reason(self, standing: Standing) -> str | None:
        if standing.message_status is not MessageStatus.UNDELIVERED:
            return None
        if standing.awaits_attempt and standing.reason is None:
            return "The last attempt did not arrive. Staff asked to try again."
        entry = self._codes.find(standing.code)
        if entry:
            return f"{entry.title} ({entry.code}). {entry.sentence}"
        reason = standing.reason or Reason.UNKNOWN
        return f"{reason.label}. {reason.sentence}"


def _forgotten_at(row: Any) -> datetime | None:
    at = row["forgotten_at"]
    return from_microseconds(at) if at is not None and not row["phone"] else None


def _messages() -> sa.Select[Any]:
    return (
        sa.select(
            messages, campaign_texts.c.name.label("campaign_name"), campaign_texts.c.is_sending
        )
        .outerjoin(campaign_texts, campaign_texts.c.campaign_id == messages.c.campaign_id)
        .where(sa.or_(messages.c.campaign_id.is_(None), campaign_texts.c.is_launched))
    )
