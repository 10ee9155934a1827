"""Retention: the rule of the admins, and the forgetting of contacts that it asks for.

Who is due is found outside of the ledger; what may stop a forgetting is checked again here, under
the writer's lock. So a changed rule, a new campaign, a text or a legal hold always counts, and two
processes that do the same forget nobody twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ledger.commands.consequences import withdraw_waiting
from ledger.commands.legal_holds import held_campaigns_in
from ledger.commands.same_phone import contacts_with_data
from ledger.domain.actors import RETENTION
from ledger.domain.campaign_legal_holds import STREAM as CAMPAIGN_HOLDS
from ledger.domain.contact import Contact
from ledger.domain.contact_file import ContactFile
from ledger.domain.contact_list import ContactList
from ledger.domain.delivery import Delivery
from ledger.domain.draft import Draft
from ledger.domain.retention import STREAM, Retention, kept_because
from ledger.domain.vocabulary import Reason
from ledger.errors import Refused
from ledger.unit_of_work import Command, UnitOfWork

MOST_AT_ONCE = 10
"""Contacts in one commit, so that callbacks do not wait long for it."""


@dataclass(frozen=True)
class SetRetention(Command[None]):
    """Set after how many days contacts are forgotten; None turns it off.

    With a `request` it is done once. Raises `BadInput` and `Refused`.
    """

    days: int | None
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        retention = work.load(Retention, STREAM)
        if self.request not in retention.requests:
            changed = retention.set(self.by, self.days, work.now)
            work.append(replace(changed, request=self.request))


@dataclass(frozen=True)
class ConfirmRetention(Command[None]):
    """Let the rule with this number begin at once, as its report was read. Raises `Refused`."""

    rule: int
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        work.append(work.load(Retention, STREAM).confirm(self.by, self.rule, work.now))


@dataclass(frozen=True)
class ForgetByRetention(Command[list[str]]):
    """Forget contacts that are due; returns the ids of those that were forgotten.

    Left out are contacts about whom something was recorded after `seen_seq`, who sent a text that
    staff must decide about, or who have a legal hold in force, also one on a campaign. Raises
    `Refused` where the rule was changed.
    """

    is_alone: ClassVar[bool] = True

    contact_ids: Sequence[str]
    rule: int
    seen_seq: int
    """The seq up to which it was known that they are due."""
    last_seq: int
    """The last seq before the time of the rule, for other contacts of the same phones."""

    @property
    def streams(self) -> Collection[str]:
        return [STREAM, CAMPAIGN_HOLDS, *self.contact_ids]

    def decide(self, work: UnitOfWork) -> list[str]:
        retention = _running(work, self.rule)
        forgotten: list[str] = []
        for contact_id in self.contact_ids:
            contacts = contacts_with_data(work, contact_id)
            if work.has_key(contact_id) and all(self._is_due(work, each) for each in contacts):
                for each in contacts:
                    _forget(work, each, retention)
                forgotten.append(contact_id)
        return forgotten

    def _is_due(self, work: UnitOfWork, contact: Contact) -> bool:
        is_campaign_held = bool(held_campaigns_in(work, [contact.contact_id]))
        if kept_because(contact, is_campaign_held=is_campaign_held):
            return False
        is_planned = contact.contact_id in self.contact_ids
        until = self.seen_seq if is_planned else self.last_seq
        deliveries = work.deliveries_of(contact.contact_id)
        streams = [contact.contact_id, *deliveries] if contact.exists else deliveries
        if any((work.last_seq(stream) or until + 1) > until for stream in streams):
            return False
        return is_planned or not _has_waiting(work, deliveries)


def _has_waiting(work: UnitOfWork, deliveries: Sequence[str]) -> bool:
    return any(
        delivery.standing.awaits_attempt
        for delivery in work.load_all(Delivery, deliveries).values()
    )


def _running(work: UnitOfWork, rule: int) -> Retention:
    retention = work.load(Retention, STREAM)
    if retention.rule != rule or not retention.is_running(work.now):
        raise Refused("The retention rule was changed, so that nobody was forgotten.")
    return retention


def _forget(work: UnitOfWork, contact: Contact, retention: Retention) -> None:
    work.append(contact.forget_by_rule(RETENTION, retention.rule, retention.days or 0))
    work.destroy_key(contact.contact_id)
    withdraw_waiting(work, contact.contact_id, RETENTION, Reason.FORGOTTEN)


@dataclass(frozen=True)
class DiscardOldDrafts(Command[list[str]]):
    """Discard drafts that nobody saved since, and destroy their names and messages.

    Returns the ids of those that were discarded. Raises `Refused` where the rule was changed.
    """

    is_alone: ClassVar[bool] = True

    draft_ids: Sequence[str]
    rule: int
    seen_seq: int

    @property
    def streams(self) -> Collection[str]:
        return [STREAM, *self.draft_ids]

    def decide(self, work: UnitOfWork) -> list[str]:
        _running(work, self.rule)
        drafts = work.load_all(Draft, self.draft_ids)
        old = [
            draft
            for draft in drafts.values()
            if not draft.is_closed and (work.last_seq(draft.draft_id) or 0) <= self.seen_seq
        ]
        for draft in old:
            work.append(draft.close(RETENTION))
            work.destroy_key(draft.draft_id)
        return [draft.draft_id for draft in old]


@dataclass(frozen=True)
class DeleteOldLists(Command[list[str]]):
    """Delete contact lists that nobody used since, and destroy their keys.

    Returns the ids of those that were deleted. Raises `Refused` where the rule was changed.
    """

    is_alone: ClassVar[bool] = True

    list_ids: Sequence[str]
    rule: int
    seen_seq: int

    @property
    def streams(self) -> Collection[str]:
        return [STREAM, *self.list_ids]

    def decide(self, work: UnitOfWork) -> list[str]:
        _running(work, self.rule)
        lists = work.load_all(ContactList, self.list_ids)
        old = [
            each
            for each in lists.values()
            if not each.is_deleted and (work.last_seq(each.list_id) or 0) <= self.seen_seq
        ]
        for each in old:
            work.append(each.delete(RETENTION, self.rule))
            work.destroy_key(each.list_id)
        return [each.list_id for each in old]


@dataclass(frozen=True)
class DestroyContactFiles(Command[int]):
    """Destroy the rows that contact files left out; returns the number of files.

    `file_ids` are those whose campaigns ended long enough ago. Raises `Refused` where the rule was
    changed.
    """

    is_alone: ClassVar[bool] = True

    file_ids: Sequence[str]
    rule: int

    @property
    def streams(self) -> Collection[str]:
        return [STREAM, *self.file_ids]

    def decide(self, work: UnitOfWork) -> int:
        _running(work, self.rule)
        files = work.load_all(ContactFile, self.file_ids)
        kept = [file for file in files.values() if not file.is_destroyed]
        for file in kept:
            work.append(file.destroy(RETENTION, self.rule))
            work.destroy_key(file.stream_id)
        return len(kept)
