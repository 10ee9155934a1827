"""Pausing a campaign whose answers show a fault of the school's own side (R19)."""

from ledger.commands.repository import campaign_of_delivery
from ledger.domain.actors import SENDER
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.outcome_classifier import LOCKED_OUT, Classification
from ledger.domain.shared_faults import ANSWERS_NOT_FROM_TWILIO, are_not_from_twilio
from ledger.domain.vocabulary import Outcome, Reason
from ledger.providers.contract import Refusal
from ledger.unit_of_work import UnitOfWork


def may_be_ours(work: UnitOfWork, delivery: Delivery, refusal: Refusal, codes: CodeTable) -> bool:
    """Whether the error can be either's fault, and no attempt has shown yet that it is not ours."""
    if not refusal.is_from_provider or not codes.may_be_ours(refusal.code):
        return False
    first = work.first_attempts(delivery.campaign_id)
    return first.may_show_our_fault(delivery.delivery_id, refusal.code)


def pause_after_refusal(
    work: UnitOfWork,
    delivery: Delivery,
    refusal: Refusal,
    outcome: Classification,
    codes: CodeTable,
) -> None:
    """Pause the campaign if this refusal, which is appended already, shows our fault.

    A fault of the account shows it at once; so does a gateway that locks everybody out. Other
    answers that are not Twilio's, and codes that may be either's fault, show it when they are
    repeated.
    """
    if outcome.outcome is not Outcome.PUT_BACK:
        return
    if outcome.reason is Reason.ACCOUNT:
        _pause(work, delivery, Reason.ACCOUNT, outcome.code)
    elif outcome.reason is Reason.NOT_FROM_TWILIO and refusal.http_status in LOCKED_OUT:
        _pause(work, delivery, Reason.NOT_FROM_TWILIO)
    elif outcome.reason is Reason.NOT_FROM_TWILIO:
        pause_after_foreign_answer(work, delivery)
    elif refusal.http_status != 429 and codes.may_be_ours(outcome.code):
        first = work.first_attempts(delivery.campaign_id)
        if first.show_our_fault(outcome.code):
            _pause(work, delivery, Reason.FIRST_ATTEMPTS_REFUSED, outcome.code)


def pause_after_foreign_answer(work: UnitOfWork, delivery: Delivery) -> None:
    """Pause the campaign if the last answers, with one appended already, were not Twilio's."""
    if are_not_from_twilio(work.last_answers(ANSWERS_NOT_FROM_TWILIO)):
        _pause(work, delivery, Reason.NOT_FROM_TWILIO)


def pause_after_report(work: UnitOfWork, delivery: Delivery, outcome: Classification) -> None:
    """Pause the campaign if this report, which is appended already, shows a fault of the account.

    The contacts have failed. The pause keeps the rest of the campaign from failing as they did.
    """
    if outcome.outcome is not Outcome.HARD_FAILURE or outcome.reason is not Reason.ACCOUNT:
        return
    if outcome.code is None or not campaign_of_delivery(work, delivery).is_sending:
        return
    if work.first_reports(delivery.campaign_id).show_our_fault(outcome.code):
        _pause(work, delivery, Reason.FIRST_TEXTS_FAILED, outcome.code)


def _pause(work: UnitOfWork, delivery: Delivery, reason: Reason, code: str | None = None) -> None:
    campaign = campaign_of_delivery(work, delivery)
    if campaign.is_sending:
        work.append(campaign.pause(SENDER, reason=reason, code=code))
