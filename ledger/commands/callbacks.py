"""The callback command: a callback is recorded once, in any order, however late it comes."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.commands.consequences import append_with_consequences
from ledger.commands.repository import campaign_of_delivery
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import CallbackReceived, Form, Parameters
from ledger.domain.outcome_classifier import (
    Classification,
    OutcomeClassifier,
    classify_progress,
)
from ledger.domain.stray import StrayText
from ledger.errors import BadInput
from ledger.identity import Identity
from ledger.lazy_property import lazy_property
from ledger.messages.phone_numbers import from_provider
from ledger.messages.report_fields import code_of, last_of, status_of, word_of
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class CallbackAddress:
    """The parts of an attempt's callback address."""

    delivery_id: str
    turn: int
    token: str


@dataclass(frozen=True)
class ReceiveCallback(Command[None]):
    """Record one callback whose signature is genuine.

    A callback with a wrong token, or about an unknown delivery, is recorded as a stray. A repeat is
    refused with `AlreadyRecorded`. Raises `BadInput` without MessageSid or MessageStatus.
    """

    identity: Identity
    codes: CodeTable
    address: CallbackAddress
    parameters: Parameters

    def __post_init__(self) -> None:
        if not self._sid or not self._status:
            raise BadInput("A status callback needs MessageSid and MessageStatus.")

    @lazy_property
    def _sid(self) -> str:
        return last_of(self.parameters, "MessageSid", word_of) or ""

    @lazy_property
    def _status(self) -> str:
        return last_of(self.parameters, "MessageStatus", status_of) or ""

    @lazy_property
    def _is_token_right(self) -> bool:
        address = self.address
        return self.identity.is_callback_token(address.token, address.delivery_id, address.turn)

    @lazy_property
    def _dedupe(self) -> str:
        attempt = f"{self.address.delivery_id}/{self.address.turn}"
        return self.identity.dedupe("callback", attempt, self.parameters)

    @lazy_property
    def _stray_id(self) -> str:
        return self.identity.stray_id(self._sid)

    @lazy_property
    def _stray_dedupe(self) -> str:
        address = self.address
        path = f"{address.delivery_id}/{address.turn}/{address.token}"
        return self.identity.dedupe("stray", path, self.parameters)

    @lazy_property
    def _progress(self) -> Classification | None:
        """How a report is classified that says that the text is on its way or has arrived.

        None for a report of anything else, and for one with a wrong token.
        """
        if not self._is_token_right:
            return None
        return classify_progress(self._status, self.address.turn)

    @property
    def streams(self) -> Collection[str]:
        if not self._is_token_right:
            return [self._stray_id]
        return [] if self._progress else [self.address.delivery_id]

    @property
    def outlined(self) -> Collection[str]:
        return [self.address.delivery_id] if self._progress else []

    @property
    def dedupes(self) -> Collection[str]:
        return [self._dedupe if self._is_token_right else self._stray_dedupe]

    def decide(self, work: UnitOfWork) -> None:
        if not self._is_token_right:
            self._record_stray(work, "wrong token")
            return
        if self._is_progress_recorded(work):
            return
        delivery = work.load(Delivery, self.address.delivery_id)
        if delivery.exists:
            self._record(work, delivery)
        else:
            self._record_stray(work, "no such delivery")

    def _is_progress_recorded(self, work: UnitOfWork) -> bool:
        """Record a report of progress, from which nothing follows; False where that is not so."""
        outline = work.outline_of(self.address.delivery_id)
        if self._progress is None or self._progress.rank is None or outline is None:
            return False
        delivery = outline.for_report(self.address.turn, self._progress.rank)
        if delivery is None:
            return False
        work.append(self._event(delivery, self._progress))
        return True

    def _record(self, work: UnitOfWork, delivery: Delivery) -> None:
        code = last_of(self.parameters, "ErrorCode", code_of)
        classifier = OutcomeClassifier(campaign_of_delivery(work, delivery).policy, self.codes)
        outcome = classifier.classify_report(
            self._status, code, delivery.context_of(self.address.turn), work.now
        )
        append_with_consequences(work, delivery, self._event(delivery, outcome), outcome)

    def _event(self, delivery: Delivery, outcome: Classification) -> CallbackReceived:
        return delivery.receive(
            self.address.turn,
            outcome,
            sid=self._sid,
            status=self._status,
            dedupe=self._dedupe,
            form=Form(parameters=self.parameters),
        )

    def _record_stray(self, work: UnitOfWork, cause: str) -> None:
        to = dict(self.parameters).get("To")
        contact_id = self.identity.contact_id(from_provider(to)) if to else None
        is_forgotten = self._is_forgotten(work, contact_id)
        stray = work.load(StrayText, self._stray_id)
        work.append(
            stray.receive(
                cause=cause,
                sid=self._sid,
                status=self._status,
                dedupe=self._stray_dedupe,
                contact_id=contact_id,
                form=None if is_forgotten else Form(parameters=self.parameters),
            )
        )

    def _is_forgotten(self, work: UnitOfWork, contact_id: str | None) -> bool:
        """Whether a stray about this contact must be recorded without its form."""
        if contact_id is None or not work.load(Contact, contact_id).was_forgotten:
            return False
        return not work.has_key(contact_id)
