"""What statuses, states, reasons and error codes mean, as the page Statuses has them."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.error_codes import FailureClass
from ledger.domain.vocabulary import (
    CampaignState,
    DeliveryStatus,
    MessageStatus,
    Reason,
    Scope,
)
from webapp.api.models.base import AnswerModel


class _Entry(AnswerModel, frozen=True):
    label: Annotated[str, Meta(description="What staff read.")]
    meaning: str
    to_do: Annotated[str, Meta(description="What staff can do about it.")]


class DeliveryStatusEntry(_Entry, frozen=True, kw_only=True):
    """A status of a contact in a campaign."""

    status: DeliveryStatus


class MessageStatusEntry(_Entry, frozen=True, kw_only=True):
    """A status of a text."""

    status: MessageStatus


class CampaignStateEntry(_Entry, frozen=True, kw_only=True):
    """A state of a campaign."""

    state: CampaignState


class ReasonEntry(AnswerModel, frozen=True):
    """Why a contact failed, or a campaign paused."""

    reason: Reason
    label: str
    sentence: str


class CodeEntry(AnswerModel, frozen=True):
    """An error code of Twilio."""

    code: Annotated[str, Meta(examples=["30003"])]
    title: Annotated[str, Meta(description="For those who know Twilio.")]
    sentence: Annotated[str, Meta(description="What happened, for staff.")]
    reason: Reason
    failure_class: FailureClass
    scope: Annotated[Scope, Meta(description="Whose side it concerns.")]
    retryable: bool


class ReferenceData(AnswerModel, frozen=True):
    """All of these. It changes only with the version of the program."""

    delivery_statuses: list[DeliveryStatusEntry]
    message_statuses: list[MessageStatusEntry]
    campaign_states: list[CampaignStateEntry]
    reasons: list[ReasonEntry]
    codes: list[CodeEntry]


EXAMPLE = ReferenceData(
    delivery_statuses=[
        DeliveryStatusEntry(
            status=DeliveryStatus.DELIVERED,
            label="Delivered",
            meaning="A delivery report came: the phone has the text.",
            to_do="Nothing.",
        )
    ],
    message_statuses=[
        MessageStatusEntry(
            status=MessageStatus.SENT,
            label="Sent",
            meaning="Twilio has taken the text.",
            to_do="Nothing.",
        )
    ],
    campaign_states=[
        CampaignStateEntry(
            state=CampaignState.SENDING,
            label="Sending",
            meaning="What is due is sent.",
            to_do="Nothing.",
        )
    ],
    reasons=[
        ReasonEntry(
            reason=Reason.CANCELED,
            label="Canceled",
            sentence="The text was canceled before it left Twilio.",
        )
    ],
    codes=[
        CodeEntry(
            code="30003",
            title="Unreachable destination handset",
            sentence="The phone is switched off or out of reach.",
            reason=Reason.UNREACHABLE_NUMBER,
            failure_class=FailureClass.SOFT,
            scope=Scope.CONTACT,
            retryable=True,
        )
    ],
)
