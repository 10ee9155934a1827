"""The public JSON and CSV shapes of campaigns, contacts, events and the sending switch."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.domain.error_codes import CodeTable
from ledger.domain.events import FollowUp, ListVersion
from ledger.domain.sending_switch import SendingSwitch
from ledger.messages.contact_cells import guarded
from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import CampaignRow, ContactRow
from webapp.explain.event_fields import data_of
from webapp.explain.event_problems import EventProblem, problem_of
from webapp.explain.reasons import REASON_LABELS, state_reason
from webapp.explain.shown_summaries import shown_summary
from webapp.explain.statuses import detail_of
from webapp.explain.times import iso as iso
from webapp.named_templates import TemplateRow

if TYPE_CHECKING:  # a command shows one of these
    from projections.contact_lists import ContactListRow
    from projections.conversations.rows import MessageRow
    from projections.numbers_to_fix.queries import NumberToFix
    from projections.opt_outs import OptOutEntry
    from projections.possible_opt_outs import PossibleOptOut

CONTACT_FIELDS = (
    "delivery_id",
    "phone",
    "name",
    "status",
    "detail",
    "failed_reason",
    "error_code",
    "attempts",
    "next_attempt_at",
    "message_status",
    "conflict",
    "after_archive",
    "opted_out",
    "forgotten_at",
    "needs_decision",
    "consent_source",
    "consent_given_at",
)
"""The fields of a contact's document, in their order."""

OPT_OUT_FIELDS = (
    "contact_id",
    "phone",
    "name",
    "source",
    "means",
    "opted_out_at",
    "recorded_at",
    "forgotten_at",
)
"""The fields of an opt-out's document, in their order; `opt_out_file.py` reads these columns."""

NUMBER_TO_FIX_FIELDS = (
    "contact_id",
    "phone",
    "name",
    "student_ids",
    "household_ids",
    "fault",
    "reason",
    "code",
    "since",
    "last_failure",
    "failures",
    "campaigns",
    "since_seq",
    "last_failure_seq",
)
"""The fields of a number to fix, in their order."""

_FREE_TEXTS = (
    "name",
    "student_ids",
    "household_ids",
    "consent_source",
    "what_happened",
    "person",
    "campaign",
    "actor",
    "sid",
)
"""Fields that anybody may have written."""


def campaign_document(row: CampaignRow, codes: CodeTable) -> dict[str, Any]:
    """Return a campaign as `campaign show --json` prints it."""
    return {
        "id": row.campaign_id,
        "name": row.name,
        "state": row.state,
        "complete": row.is_complete,
        "counts": asdict(row.counts),
        "accounted_for": row.accounted_for,
        "launched_at": iso(row.launched_at),
        "state_reason": state_reason(row.state_cause, codes),
        "stated_reason": row.stated_reason,
        "follow_up": follow_up_document(row.follow_up),
        "contact_list": list_version_document(row.contact_list),
        "timing": {
            "starts_at": iso(row.timing.starts_at),
            "send_before": iso(row.timing.send_before),
            "window": str(row.timing.window) if row.timing.window else None,
        },
        "urgent": row.is_urgent,
        "office_id": row.office_id,
    }


def contact_list_document(row: "ContactListRow") -> dict[str, Any]:
    """Return a contact list with its versions, the newest first."""
    return {
        "id": row.list_id,
        "name": row.name,
        "office_id": row.office_id,
        "versions": [
            {
                "number": each.number,
                "contacts": each.contacts,
                "rows": each.rows,
                "left_out": each.left_out,
                "uploaded_at": iso(each.at),
                "uploaded_by": each.by,
            }
            for each in row.versions
        ],
    }


def template_document(row: TemplateRow) -> dict[str, Any]:
    """Return a named template; `wordings` is null where it has one wording only."""
    template = row.template
    return {
        "id": template.template_id,
        "name": row.name,
        "message": row.text.message,
        "wordings": asdict(row.text.variants) if row.text.variants else None,
        "office_id": template.office_id,
        "archived": template.is_archived,
        "changed_at": iso(row.changed_at),
        "changed_by": template.changed_by,
    }


def list_version_document(contact_list: ListVersion | None) -> dict[str, Any] | None:
    """Return to which version of a contact list a campaign went; None for a file."""
    if contact_list is None:
        return None
    return {"id": contact_list.list_id, "version": contact_list.number}


def follow_up_document(follow_up: FollowUp | None) -> dict[str, Any] | None:
    """Return which contacts of an earlier campaign a campaign or draft goes to; None without."""
    if follow_up is None:
        return None
    return {
        "campaign_id": follow_up.campaign_id,
        "part": follow_up.part,
        "seq": follow_up.seq,
        "at": iso(follow_up.at),
    }


def contact_document(row: ContactRow, codes: CodeTable) -> dict[str, Any]:
    """Return a contact as `campaign contacts --json` prints it."""
    values = (
        row.delivery_id,
        None if row.forgotten_at else row.phone,
        None if row.forgotten_at else row.name,
        row.status,
        detail_of(row, codes),
        REASON_LABELS[row.failed_reason] if row.failed_reason else None,
        row.error_code,
        row.attempts,
        iso(row.next_attempt_at),
        row.message_status,
        row.is_conflict,
        row.after_archive,
        row.is_opted_out,
        iso(row.forgotten_at),
        row.needs_decision,
        row.consent.source if row.consent else None,
        iso(row.consent.given_at) if row.consent else None,
    )
    return dict(zip(CONTACT_FIELDS, values, strict=True))


def possible_opt_out_document(text: "PossibleOptOut") -> dict[str, Any]:
    """Return a text as `contact possible-opt-outs --json` prints it."""
    return {
        "contact_id": text.contact_id,
        "phone": None if text.forgotten_at else text.phone,
        "name": None if text.forgotten_at else text.name,
        "text": text.text,
        "received_at": iso(text.received_at),
        "due_by": iso(text.due_by),
        "message_sid": text.message_sid,
    }


def opt_out_document(entry: "OptOutEntry") -> dict[str, Any]:
    """Return an opt-out as `contact opt-outs --json` prints it."""
    values = (
        entry.contact_id,
        None if entry.forgotten_at else entry.phone,
        None if entry.forgotten_at else entry.name,
        entry.source,
        entry.means,
        iso(entry.opted_out_at),
        iso(entry.recorded_at),
        iso(entry.forgotten_at),
    )
    return dict(zip(OPT_OUT_FIELDS, values, strict=True))


def number_to_fix_document(row: "NumberToFix") -> dict[str, Any]:
    """Return a number to fix as `numbers list --json` prints it."""
    values = (
        *(row.contact_id, row.phone, row.name),
        *(list(row.school_ids.students), list(row.school_ids.households)),
        *(row.fault.value, row.reason, row.code),
        *(iso(row.since_at), iso(row.proven_at), row.proofs, row.campaigns),
        *(row.since_seq, row.proven_seq),
    )
    return dict(zip(NUMBER_TO_FIX_FIELDS, values, strict=True))


def number_to_fix_line(row: "NumberToFix") -> dict[str, Any]:
    """Return a number to fix as a line of a CSV file, with several ids in one cell."""
    document = number_to_fix_document(row)
    for name in ("student_ids", "household_ids"):
        document[name] = ", ".join(document[name])
    return harmless(document)


def event_document(recorded: RecordedEvent, names: Mapping[str, str]) -> dict[str, Any]:
    """Return an event as `audit --json` prints it; `names` is actor id → name.

    Of an altered event only the seq is shown, and of one that cannot be read all but its data.
    """
    problem = problem_of(recorded)
    actor = recorded.columns["actor"]
    is_altered = problem is EventProblem.ALTERED
    return {
        "seq": recorded.seq,
        "recorded_at": None if is_altered else recorded.recorded_at.isoformat(),
        "type": None if is_altered else recorded.topic,
        "campaign_id": None if is_altered else recorded.campaign_id,
        "delivery_id": None if is_altered else recorded.delivery_id,
        "contact_id": None if is_altered else recorded.contact_id,
        "actor": None if is_altered else names.get(actor, actor),
        "request_id": None if problem else recorded.event.request_id,
        "summary": shown_summary(recorded),
        "data": None if problem else data_of(recorded.event),
        "problem": problem,
    }


def message_document(text: "MessageRow", times: Mapping[int, datetime | None]) -> dict[str, Any]:
    """Return a text to or from a person, for `contact show --json` and `contact file --json`.

    `times` is the seq of an event → when it was recorded; None for one that was altered.
    """
    return {
        "at": iso(times.get(text.seq)),
        "last_at": iso(times.get(text.last_seq)),
        "direction": "in" if text.is_inbound else "out",
        "delivery_id": None if text.is_inbound else text.message_id,
        "campaign_id": text.campaign_id,
        "campaign": text.campaign_name,
        "message_status": text.status,
        "delivery_status": text.standing.status if text.standing else None,
        "text": None if text.forgotten_at or text.is_of_other_office else text.body,
        "of_other_office": text.is_of_other_office,
    }


def sending_document(switch: SendingSwitch, now: datetime) -> dict[str, Any]:
    """Return the switch for all sending as `sending show --json` prints it."""
    is_held = switch.is_sender_held(now)
    return {
        "off": switch.is_off,
        "cause": switch.cause,
        "stated_reason": switch.stated_reason,
        "reconcile_first": switch.needs_reconciliation,
        "lost_since": iso(switch.lost_since),
        "lost_attempts": switch.lost_attempts,
        "missing": switch.missing,
        "held_until": iso(switch.held_until) if is_held else None,
        "held_code": switch.held_code if is_held else None,
    }


def harmless(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document for a spreadsheet: an apostrophe keeps words from running as a formula.

    Phone numbers stay as they are: "+14155550101" as a formula is only itself.
    """
    texts = {name: document[name] or "" for name in _FREE_TEXTS if name in document}
    return document | {name: guarded(text) for name, text in texts.items()}
