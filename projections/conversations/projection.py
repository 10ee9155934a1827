"""Folds the ledger into messages (one a delivery, one a text that came in) and correspondents."""

from collections.abc import Sequence

import sqlalchemy as sa

from ledger.entry import Entry
from ledger.errors import BadInput
from ledger.events import (
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignResumed,
    ContactEnrolled,
    ContactForgotten,
    InboundReceived,
)
from ledger.message import Template
from projections import standings
from projections.projection import Rows
from projections.standings import standing_columns

metadata = sa.MetaData()

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("message_id", sa.Text, primary_key=True, comment="the delivery's id, or in_ and seq"),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Text, comment="NULL: a text that came in"),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("first_at", sa.BigInteger, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    *standing_columns(),
    sa.Index("messages_contact", "contact_id", "first_at"),
    sa.Index("messages_campaign", "campaign_id", "last_at"),
)

correspondents = sa.Table(
    "correspondents",
    metadata,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("last_at", sa.BigInteger, comment="NULL until something was said or launched"),
    sa.Column("last_message_id", sa.Text),
    sa.Column("forgotten_at", sa.BigInteger, comment="the last time; it may be known again"),
    sa.Index("correspondents_last", "last_at", "contact_id"),
)

campaign_texts = sa.Table(
    "campaign_texts",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("is_launched", sa.Boolean, nullable=False),
    sa.Column("is_sending", sa.Boolean, nullable=False),
    sa.Column("is_archived", sa.Boolean, nullable=False),
)

_SENDING_TOPICS = {CampaignLaunched.topic, CampaignResumed.topic}

_NO_STANDING = {
    "rank": 0,
    "attempts": 0,
    "good_turns": "",
    "bad_turns": "",
    "late_rank": 0,
}


class ConversationsProjection:
    """Messages with their marks, and correspondents with their latest message."""

    metadata = metadata

    def apply(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """Let these entries, the next in order, change the tables."""
        start = 0
        for end, entry in enumerate(entries, start=1):
            if entry.topic == CampaignLaunched.topic:  # all its enrolments are in the tables then
                _Fold(connection).apply(entries[start:end])
                _show_campaign(connection, entry)
                start = end
        _Fold(connection).apply(entries[start:])


class _Fold:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._texts = Rows(connection, campaign_texts)
        self._messages = Rows(connection, messages)
        self._correspondents = Rows(connection, correspondents)

    def apply(self, entries: Sequence[Entry]) -> None:
        self._texts.load(e.campaign_id for e in entries if e.campaign_id)
        self._messages.load(e.delivery_id for e in entries if e.delivery_id)
        self._correspondents.load(e.contact_id for e in entries if e.contact_id)
        for entry in entries:
            self._take(entry)
        for rows in (self._texts, self._messages, self._correspondents):
            rows.write()

    def _take(self, entry: Entry) -> None:
        if entry.topic == ContactEnrolled.topic:
            self._enrol(entry)
        elif entry.topic == InboundReceived.topic:
            self._receive(entry)
        elif entry.topic == ContactForgotten.topic and entry.contact_id:
            self._forget(entry.contact_id, entry.row.recorded_at)
        elif entry.delivery_id:
            self._take_fact(entry)
        elif entry.campaign_id:
            self._take_campaign(entry)

    def _take_campaign(self, entry: Entry) -> None:
        if entry.topic == CampaignCreated.topic:
            event = entry.event
            text = event.private if isinstance(event, CampaignCreated) else None
            self._texts.put(
                {
                    "campaign_id": entry.campaign_id,
                    "name": text.name if text else "",
                    "message": text.message if text else "",
                    "is_launched": False,
                    "is_sending": False,
                    "is_archived": False,
                }
            )
        elif row := self._texts.change(entry.campaign_id):
            row["is_launched"] |= entry.topic == CampaignLaunched.topic
            row["is_archived"] |= entry.topic == CampaignArchived.topic
            row["is_sending"] = entry.topic in _SENDING_TOPICS
            if entry.topic == CampaignClosed.topic and not row["is_launched"]:
                self._sweep(row["campaign_id"])

    def _sweep(self, campaign_id: str) -> None:
        """An abandoned launch leaves no trace; nobody was ever texted by it."""
        self._messages.drop(
            [row["message_id"] for row in self._messages if row["campaign_id"] == campaign_id]
        )
        self._texts.drop([campaign_id])
        for table in (messages, campaign_texts):
            self._connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))

    def _enrol(self, entry: Entry) -> None:
        event, fact = entry.event, entry.fact
        text = self._texts.get(entry.campaign_id)
        if not isinstance(event, ContactEnrolled) or fact is None or text is None:
            return
        person = event.private
        self._messages.put(
            {
                "message_id": event.delivery_id,
                "contact_id": event.contact_id,
                "campaign_id": event.campaign_id,
                "body": _merged(text["message"], dict(person.fields)) if person else "",
                "first_at": entry.row.recorded_at,
                "last_at": entry.row.recorded_at,
                **standings.first(fact),
            }
        )
        phone, name = (person.phone, person.name) if person else ("", "")
        self._know(event.contact_id, phone=phone, name=name)

    def _receive(self, entry: Entry) -> None:
        event = entry.event
        if not isinstance(event, InboundReceived):
            return
        form = dict(event.private.parameters) if event.private else {}
        message_id = f"in_{entry.seq}"
        self._messages.put(
            {
                "message_id": message_id,
                "contact_id": event.contact_id,
                "body": form.get("Body", ""),
                "first_at": entry.row.recorded_at,
                "last_at": entry.row.recorded_at,
                **_NO_STANDING,
            }
        )
        self._know(event.contact_id, phone=form.get("From", ""), name="")
        self._touch(entry, message_id)

    def _forget(self, contact_id: str, at: int) -> None:
        """Number, name and words go; that something was said stays."""
        row = self._correspondents.change(contact_id)
        if row is not None:
            row.update(phone="", name="", forgotten_at=at)
        for message in self._messages:
            if message["contact_id"] == contact_id:
                message["body"] = ""
        self._connection.execute(
            sa.update(messages).where(messages.c.contact_id == contact_id).values(body="")
        )

    def _take_fact(self, entry: Entry) -> None:
        row, fact = self._messages.change(entry.delivery_id), entry.fact
        if row is None or fact is None:
            return
        text = self._texts.get(row["campaign_id"])
        standings.fold(row, fact, is_frozen=bool(text and text["is_archived"]))
        row["last_at"] = entry.row.recorded_at
        if text and text["is_launched"]:
            self._touch(entry, row["message_id"])

    def _know(self, contact_id: str, *, phone: str, name: str) -> None:
        row = self._correspondents.change(contact_id) or self._correspondents.put(
            {"contact_id": contact_id, "phone": phone, "name": name}
        )
        row["phone"] = phone or row["phone"]
        row["name"] = name or row["name"]

    def _touch(self, entry: Entry, message_id: str) -> None:
        """The message is the latest of its conversation."""
        row = self._correspondents.change(entry.contact_id)
        if row is not None:
            row["last_at"] = entry.row.recorded_at
            row["last_message_id"] = message_id


def _show_campaign(connection: sa.Connection, launched: Entry) -> None:
    """From its launch on, a campaign's messages are the latest of their conversations."""
    connection.execute(
        sa.update(correspondents)
        .where(
            messages.c.campaign_id == launched.campaign_id,
            correspondents.c.contact_id == messages.c.contact_id,
        )
        .values(last_at=launched.row.recorded_at, last_message_id=messages.c.message_id)
    )


def _merged(message: str, fields: dict[str, str]) -> str:
    try:
        return Template.parse(message).merge(fields)
    except BadInput:
        return message
