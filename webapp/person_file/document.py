"""A person's file as JSON."""

from collections.abc import Mapping
from typing import Any

from projections.conversations.rows import MessageRow
from webapp.documents import event_document, iso, message_document
from webapp.explain.reasons import REASON_LABELS
from webapp.person_file.content import Enrolment, PersonFile


def person_file_document(file: PersonFile, staff: Mapping[str, str]) -> dict[str, Any]:
    """Return the file as `contact file --json` prints it; `staff` is user id → name."""
    return {
        "made_at": iso(file.made_at),
        "up_to_seq": file.until,
        "contact_ids": list(file.contact_ids),
        "phones": list(file.phones),
        "names": list(file.names),
        "forgotten_at": iso(file.forgotten_at),
        "opted_out": file.is_opted_out,
        "consent": file.has_consent,
        "legal_holds": [
            {
                "hold": hold.number,
                "reason": hold.reason,
                "placed_at": iso(hold.placed_at),
                "by": hold.by,
            }
            for hold in file.legal_holds
        ],
        "texts": [_text(file, text) for text in file.texts],
        "enrolments": [_enrolment(enrolment) for enrolment in file.enrolments],
        "events": [event_document(held.recorded, staff) for held in file.events],
    }


def _text(file: PersonFile, text: MessageRow) -> dict[str, Any]:
    standing = text.standing
    return message_document(text, file.times) | {
        "failed_reason": REASON_LABELS[standing.reason] if standing and standing.reason else None,
        "error_code": standing.code if standing else None,
        "attempts": text.attempts,
    }


def _enrolment(enrolment: Enrolment) -> dict[str, Any]:
    return {
        "seq": enrolment.seq,
        "campaign_id": enrolment.campaign_id,
        "campaign": enrolment.campaign,
        "delivery_id": enrolment.delivery_id,
        "enrolled_at": iso(enrolment.at),
        "phone": enrolment.phone,
        "name": enrolment.name,
        "fields": dict(enrolment.fields),
    }
