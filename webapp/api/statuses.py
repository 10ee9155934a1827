"""What statuses, states, reasons and error codes mean: the same for everybody, so it is cached."""

from typing import Any

from flask import Blueprint

from ledger.domain.error_codes import ErrorCode
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, MessageStatus
from webapp.api.fitting import fitted
from webapp.api.models import statuses as models
from webapp.api.operations import Answer, operation
from webapp.current import application
from webapp.explain.glossary import (
    CAMPAIGN_ENTRIES,
    CONTACT_ENTRIES,
    MESSAGE_ENTRIES,
    STATE_ENTRIES,
    GlossaryEntry,
    reasons_by_label,
)
from webapp.explain.reasons import REASON_LABELS, REASON_SENTENCES
from webapp.explain.statuses import STATE_LABELS, STATUS_LABELS
from webapp.permissions import Permission, needs

blueprint = Blueprint("statuses", __name__, url_prefix="/statuses")

_TAG = "Reference data"
_MESSAGE_KEYS = {MessageStatus.PENDING: "waiting"}
"""The keys of the glossary that are not those of the statuses."""


@blueprint.get("")
@operation(
    "getStatuses",
    tag=_TAG,
    answer=models.ReferenceData,
    example=models.EXAMPLE,
)
@needs(Permission.SEE_STATUS)
def show() -> Answer[models.ReferenceData]:
    """Return what each status, state, reason and error code means.

    It changes only with the version of the program, and may be kept for an hour.
    """
    contacts, messages = _by_key(CONTACT_ENTRIES), _by_key(MESSAGE_ENTRIES)
    states = _by_key((*STATE_ENTRIES, *CAMPAIGN_ENTRIES))
    document = {
        "delivery_statuses": [
            _entry(STATUS_LABELS[each], contacts[each]) | {"status": each}
            for each in DeliveryStatus
        ],
        "message_statuses": [
            _entry(STATUS_LABELS[each], messages[_MESSAGE_KEYS.get(each, each)]) | {"status": each}
            for each in MessageStatus
        ],
        "campaign_states": [
            _entry(STATE_LABELS[each], states[each]) | {"state": each} for each in CampaignState
        ],
        "reasons": [
            {"reason": each, "label": REASON_LABELS[each], "sentence": REASON_SENTENCES[each]}
            for each in reasons_by_label()
        ],
        "codes": [_code(code) for code in application().codes],
    }
    return fitted(document, models.ReferenceData)


def _by_key(entries: tuple[GlossaryEntry, ...]) -> dict[str, GlossaryEntry]:
    return {entry.key: entry for entry in entries}


def _entry(label: str, entry: GlossaryEntry) -> dict[str, Any]:
    return {"label": label, "meaning": entry.meaning, "to_do": entry.to_do}


def _code(code: ErrorCode) -> dict[str, Any]:
    return {
        "code": code.code,
        "title": code.title,
        "sentence": code.sentence,
        "reason": code.reason,
        "failure_class": code.failure_class,
        "scope": code.scope,
        "retryable": code.is_retryable,
    }
