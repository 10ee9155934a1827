"""Legal holds: while one is in force, a contact, or no contact of a campaign, can be forgotten.

A legal hold on a contact is on the phone, so it is recorded for every contact of it. A phone may
have several, such as for two lawsuits, each with a number, and so may a campaign; a forgetting
waits for the last of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ledger.commands.same_phone import UNKNOWN_CONTACT, contacts_with_data, phone_of
from ledger.domain.campaign import Campaign
from ledger.domain.campaign_legal_holds import STREAM as CAMPAIGN_HOLDS
from ledger.domain.campaign_legal_holds import CampaignLegalHolds
from ledger.domain.contact import Contact
from ledger.domain.events import LegalHoldWords
from ledger.domain.legal_holds import chosen_legal_hold
from ledger.errors import BadInput, NotFound, Refused
from ledger.identity import Identity
from ledger.reader import LedgerReader
from ledger.unit_of_work import Command, UnitOfWork

LONGEST_REASON = 500
"""Characters."""


@dataclass(frozen=True)
class PlaceLegalHold(Command[int]):
    """Keep a contact from being forgotten; returns the number of the legal hold.

    Raises `BadInput` for a reason that is blank or too long, `NotFound` for an unknown contact, and
    `Refused` where nothing that a forgetting could destroy is stored. With a `request` it is done
    once: a repeat returns the number that it placed.
    """

    contact_id: str
    reason: str
    by: str
    request: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> int:
        reason = _checked_reason(self.reason)
        contact = work.load(Contact, self.contact_id)
        if (done := contact.legal_holds.done.get(self.request or "")) is not None:
            return done
        if not work.has_key(self.contact_id):
            raise _nothing_to_hold(contact)
        words = LegalHoldWords(phone=phone_of(work, self.contact_id) or "", reason=reason)
        contacts = [
            each
            for each in contacts_with_data(work, self.contact_id)
            if work.has_key(each.contact_id)
        ]
        number = max(each.legal_holds.last for each in contacts) + 1
        for each in contacts:
            work.append(each.place_legal_hold(self.by, number, words, request=self.request))
        return number


@dataclass(frozen=True)
class ReleaseLegalHold(Command[int]):
    """End a legal hold; returns its number. Without `number`, the only one in force.

    Raises `BadInput` where several are in force and none is named, and `Refused` where the legal
    hold is not in force.
    """

    contact_id: str
    by: str
    number: int | None = None
    request: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> int:
        contacts = contacts_with_data(work, self.contact_id)
        for each in contacts:
            if (done := each.legal_holds.done.get(self.request or "")) is not None:
                return done
        in_force = sorted({number for each in contacts for number in each.legal_holds.in_force})
        number = chosen_legal_hold(self.number, in_force, "contact")
        for each in contacts:
            if number in each.legal_holds.in_force:
                work.append(each.release_legal_hold(self.by, number, request=self.request))
        return number


def _checked_reason(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise BadInput("Say why the data must be kept, such as the name of the case.")
    if len(words) > LONGEST_REASON:
        raise BadInput(f"The reason may have {LONGEST_REASON} characters.")
    return words


def _nothing_to_hold(contact: Contact) -> NotFound | Refused:
    if contact.was_forgotten:
        return Refused(
            "This contact has been forgotten and nothing was stored since, so that a legal hold "
            "would keep nothing."
        )
    return NotFound(UNKNOWN_CONTACT)


@dataclass(frozen=True)
class PlaceCampaignLegalHold(Command[int]):
    """Keep all contacts of a campaign from being forgotten; returns the number of the legal hold.

    Raises `BadInput` for a reason that is blank or too long, and `NotFound` for an unknown
    campaign. With a `request` it is done once.
    """

    campaign_id: str
    reason: str
    by: str
    request: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id, CAMPAIGN_HOLDS]

    def decide(self, work: UnitOfWork) -> int:
        reason = _checked_reason(self.reason)
        campaign = work.load(Campaign, self.campaign_id)
        if not campaign.exists or not campaign.is_listed:
            raise NotFound(f"There is no campaign {self.campaign_id}.")
        holds = work.load(CampaignLegalHolds, CAMPAIGN_HOLDS)
        if (done := holds.of(self.campaign_id).done.get(self.request or "")) is not None:
            return done
        placed = holds.place(self.by, self.campaign_id, reason, request=self.request)
        work.append(placed)
        return placed.number


@dataclass(frozen=True)
class ReleaseCampaignLegalHold(Command[int]):
    """End a legal hold on a campaign; returns its number. Else as `ReleaseLegalHold`."""

    campaign_id: str
    by: str
    number: int | None = None
    request: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [CAMPAIGN_HOLDS]

    def decide(self, work: UnitOfWork) -> int:
        holds = work.load(CampaignLegalHolds, CAMPAIGN_HOLDS)
        of_campaign = holds.of(self.campaign_id)
        if (done := of_campaign.done.get(self.request or "")) is not None:
            return done
        number = chosen_legal_hold(self.number, of_campaign.in_force, "campaign")
        work.append(holds.release(self.by, self.campaign_id, number, request=self.request))
        return number


def held_campaigns_in(work: UnitOfWork, contact_ids: Collection[str]) -> list[str]:
    """Return the campaigns with a legal hold that any of these contacts is in."""
    holds = work.load(CampaignLegalHolds, CAMPAIGN_HOLDS)
    deliveries = {each: work.deliveries_of(each) for each in contact_ids} if holds.held else {}
    return list(_contacts_by_campaign(holds, work.identity, deliveries))


def held_campaigns(
    reader: LedgerReader, identity: Identity, contact_ids: Collection[str]
) -> list[str]:
    """Return the same as it is now, without the writer's lock."""
    return list(_held(reader, identity, contact_ids))


def contacts_of_held_campaigns(
    reader: LedgerReader, identity: Identity, contact_ids: Collection[str]
) -> set[str]:
    """Return those of the contacts who are in a campaign with a legal hold."""
    return {each for contacts in _held(reader, identity, contact_ids).values() for each in contacts}


def _held(
    reader: LedgerReader, identity: Identity, contact_ids: Collection[str]
) -> dict[str, list[str]]:
    holds = reader.load(CampaignLegalHolds, CAMPAIGN_HOLDS)
    deliveries = reader.deliveries_of_all(contact_ids) if holds.held else {}
    return _contacts_by_campaign(holds, identity, deliveries)


def _contacts_by_campaign(
    holds: CampaignLegalHolds, identity: Identity, deliveries: Mapping[str, Collection[str]]
) -> dict[str, list[str]]:
    """Return campaign with a legal hold → its contacts; `deliveries` are those of each contact.

    The id of a delivery is made from campaign and contact, so nothing of it has to be read.
    """
    found: dict[str, list[str]] = {}
    for campaign_id in holds.held:
        for contact_id, delivery_ids in deliveries.items():
            if identity.delivery_id(campaign_id, contact_id) in delivery_ids:
                found.setdefault(campaign_id, []).append(contact_id)
    return found
