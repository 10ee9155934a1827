"""Folds the ledger into campaigns, deliveries and contacts; counts move with the rows counted."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.entry import Entry
from ledger.events import (
    CallbackReceived,
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignPaused,
    CampaignResumed,
    ContactEnrolled,
    ContactEvent,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    InboundReceived,
)
from ledger.standing import IN_DOUBT, Fact, stage_of
from ledger.vocabulary import CampaignState, DeliveryStatus
from projections import standings
from projections.projection import Rows
from projections.status.tables import campaigns, contacts, deliveries, metadata

_CAMPAIGN_TOPICS = frozenset(
    event_type.topic
    for event_type in (
        CampaignCreated,
        CampaignLaunched,
        CampaignPaused,
        CampaignResumed,
        CampaignClosed,
        CampaignArchived,
    )
)
_CONTACT_TOPICS = frozenset(
    event_type.topic
    for event_type in (ContactOptedOut, ContactOptedIn, ContactForgotten, InboundReceived)
)


class StatusProjection:
    """Campaigns with their counts, deliveries with their standing, contacts with their wish."""

    metadata = metadata

    def apply(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """Let these entries, the next in order, change the tables."""
        _Fold(connection).apply(entries)


class _Fold:
    """One batch: the rows it touches are read once, changed in memory, and written once."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._campaigns = Rows(connection, campaigns)
        self._deliveries = Rows(connection, deliveries)
        self._contacts = Rows(connection, contacts)

    def apply(self, entries: Sequence[Entry]) -> None:
        self._campaigns.load(e.campaign_id for e in entries if e.campaign_id)
        self._deliveries.load(e.delivery_id for e in entries if e.delivery_id)
        self._contacts.load(e.contact_id for e in entries if e.contact_id)
        for entry in entries:
            self._take(entry)
        for rows in (self._campaigns, self._deliveries, self._contacts):
            rows.write()

    def _take(self, entry: Entry) -> None:
        if entry.topic in _CAMPAIGN_TOPICS:
            self._take_campaign(entry)
        elif entry.topic == ContactEnrolled.topic:
            self._enrol(entry)
        elif entry.topic in _CONTACT_TOPICS:
            self._take_contact(entry)
        elif entry.delivery_id:
            self._take_fact(entry)

    # Campaigns.

    def _take_campaign(self, entry: Entry) -> None:
        match entry.event:
            case CampaignCreated(private=text):
                self._campaigns.put(
                    {
                        "campaign_id": entry.campaign_id,
                        "name": text.name if text else "",
                        "message": text.message if text else "",
                        **dict.fromkeys(DeliveryStatus, 0),
                        "changed_seq": entry.seq,
                    }
                )
            case CampaignLaunched():
                self._change_campaign(
                    entry,
                    state=CampaignState.SENDING,
                    launched_at=entry.row.recorded_at,
                    launched_by=entry.event.actor,
                )
            case CampaignPaused(reason=reason, code=code):
                self._change_campaign(
                    entry, state=CampaignState.PAUSED, pause_reason=reason, pause_code=code
                )
            case CampaignResumed():
                self._change_campaign(
                    entry, state=CampaignState.SENDING, pause_reason=None, pause_code=None
                )
            case CampaignClosed():
                self._close(entry)
            case CampaignArchived():
                self._end_campaign(entry, CampaignState.ARCHIVED)

    def _end_campaign(self, entry: Entry, state: CampaignState) -> None:
        self._change_campaign(entry, state=state, pause_reason=None, pause_code=None)

    def _change_campaign(self, entry: Entry, **values: Any) -> None:
        row = self._campaigns.change(entry.campaign_id)
        if row is not None:
            row.update(values, changed_seq=entry.seq)

    def _close(self, entry: Entry) -> None:
        campaign = self._campaigns.get(entry.campaign_id)
        if campaign and campaign["state"] is None:
            self._sweep(campaign["campaign_id"])
        else:
            self._end_campaign(entry, CampaignState.CLOSED)

    def _sweep(self, campaign_id: str) -> None:
        """An abandoned launch leaves no trace in the views."""
        self._deliveries.drop(
            [row["delivery_id"] for row in self._deliveries if row["campaign_id"] == campaign_id]
        )
        self._campaigns.drop([campaign_id])
        for table in (deliveries, campaigns):
            self._connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))

    # Deliveries.

    def _enrol(self, entry: Entry) -> None:
        event, fact = entry.event, entry.fact
        campaign = self._campaigns.change(entry.campaign_id)
        if not isinstance(event, ContactEnrolled) or fact is None or campaign is None:
            return
        person = event.private
        phone, name = (person.phone, person.name) if person else ("", "")
        row = self._deliveries.put(
            {
                "delivery_id": event.delivery_id,
                "campaign_id": event.campaign_id,
                "contact_id": event.contact_id,
                "position": event.position,
                "phone": phone,
                "name": name,
                **standings.first(fact),
            }
        )
        campaign[DeliveryStatus.PENDING] += 1
        row["status"] = DeliveryStatus.PENDING
        self._refresh(row, entry, fact)
        self._know_contact(event.contact_id, phone, name)

    def _take_fact(self, entry: Entry) -> None:
        row = self._deliveries.change(entry.delivery_id)
        fact = entry.fact
        if row is None:
            return
        if row["sid"] is None or entry.topic != CallbackReceived.topic:
            row["sid"] = entry.row.columns["sid"] or row["sid"]
        row["changed_seq"] = entry.seq
        if fact is None:
            return
        campaign = self._campaigns.change(row["campaign_id"])
        if campaign is None:
            return
        standings.fold(row, fact, is_frozen=campaign["state"] == CampaignState.ARCHIVED)
        standing = standings.standing_of(row)
        if standing.status != row["status"]:
            campaign[row["status"]] -= 1
            campaign[standing.status] += 1
            campaign["changed_seq"] = entry.seq
            row["status"] = standing.status
        self._refresh(row, entry, fact)

    def _refresh(self, row: dict[str, Any], entry: Entry, fact: Fact) -> None:
        standing = standings.standing_of(row)
        row["turn"] = max(row["turn"] or 0, fact.turn)
        row["changed_seq"] = entry.seq
        row["due_at"] = None
        if standing.awaits_attempt:
            at = standing.next_at
            row["due_at"] = to_microseconds(at) if at else entry.row.recorded_at
        if stage_of(row["late_rank"]) not in IN_DOUBT:  # what is frozen is settled all the same
            row["doubt_since"] = None
        elif row["doubt_since"] is None:
            row["doubt_since"] = entry.row.recorded_at

    # Contacts.

    def _take_contact(self, entry: Entry) -> None:
        event = entry.event
        if not isinstance(event, ContactEvent):
            return
        match event:
            case ContactOptedOut(private=number) | ContactOptedIn(private=number):
                row = self._know_contact(event.contact_id, number.phone if number else "", "")
                is_out = isinstance(event, ContactOptedOut)
                row["is_opted_out"] = is_out
                row["opt_out_source"] = event.source if is_out else None
            case ContactForgotten():
                self._forget(event.contact_id, entry.row.recorded_at)
            case InboundReceived(private=form):
                sender = dict(form.parameters).get("From", "") if form else ""
                self._know_contact(event.contact_id, sender, "")

    def _forget(self, contact_id: str, at: int) -> None:
        """Number and name go from every row; what stays is when they went."""
        blank = {"phone": "", "name": ""}
        self._know_contact(contact_id, "", "").update(blank, forgotten_at=at)
        for row in self._deliveries:
            if row["contact_id"] == contact_id:
                row.update(blank)
        self._connection.execute(
            sa.update(deliveries).where(deliveries.c.contact_id == contact_id).values(blank)
        )

    def _know_contact(self, contact_id: str, phone: str, name: str) -> dict[str, Any]:
        row = self._contacts.change(contact_id)
        if row is None:
            return self._contacts.put(
                {
                    "contact_id": contact_id,
                    "phone": phone,
                    "name": name,
                    "is_opted_out": False,
                }
            )
        row["phone"] = phone or row["phone"]
        row["name"] = name or row["name"]
        return row
