"""The columns that a report adds to those of the uploaded file, and what stands in them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from ledger.domain.error_codes import CodeTable
from ledger.domain.vocabulary import DeliveryStatus
from projections.campaigns.rows import ContactRow
from projections.costs.queries import Cost
from projections.report_facts import TextFacts
from webapp.explain.costs import all_money, decimal_text
from webapp.explain.reasons import REASON_LABELS, failure_sentence
from webapp.explain.statuses import STATUS_LABELS, detail_of

Cell = str | int | Decimal | datetime | None

OUTCOME_COLUMNS = (
    *("Status", "Reason", "Explanation", "Code", "Attempts"),
    *("Sent at", "Delivered at", "Next attempt at", "SID", "Segments", "Cost", "Currency"),
)
"""The columns of every report, after those of the file. Times are UTC."""

FALLBACK_HEADINGS = ("Contact", "Number")
"""In place of the columns of the file, where none are recorded."""

NOT_TEXTED = "Not texted"
FORGOTTEN = "Forgotten"


def fallback_cells(contact: ContactRow) -> tuple[str, ...]:
    """Return name and number; of a contact that was forgotten, that it was."""
    return (FORGOTTEN, "") if contact.forgotten_at else (contact.name, contact.phone)


def outcome_cells(
    contact: ContactRow, facts: TextFacts, costs: Sequence[Cost], codes: CodeTable
) -> Sequence[Cell]:
    """Return what became of the text, and what all attempts cost by Twilio's records."""
    is_delivered = contact.status is DeliveryStatus.DELIVERED
    reason = contact.failed_reason
    return (
        STATUS_LABELS[contact.status],
        REASON_LABELS[reason] if reason else "",
        failure_sentence(reason, contact.error_code, contact.attempts, codes)
        if reason
        else _details(contact, codes),
        contact.error_code or "",
        contact.attempts,
        facts.sent_at,
        facts.delivered_at if is_delivered else None,
        contact.next_attempt_at,
        facts.sid or "",
        *_cost_cells(costs),
    )


def _cost_cells(costs: Sequence[Cost]) -> Sequence[Cell]:
    """Return segments, cost and currency of the texts with a price; two currencies in words."""
    if not costs:
        return (None, None, "")
    segments = sum(cost.segments for cost in costs)
    if len(costs) > 1:
        return (segments, all_money((c.cost_millionths, c.currency) for c in costs), "")
    return (segments, Decimal(decimal_text(costs[0].cost_millionths)), costs[0].currency)


def _details(contact: ContactRow, codes: CodeTable) -> str:
    return "" if contact.status is DeliveryStatus.DELIVERED else detail_of(contact, codes)


def left_out_cells(reason: str) -> Sequence[Cell]:
    """Return that a row was not texted, and why."""
    return (NOT_TEXTED, "Left out", reason, *([None] * (len(OUTCOME_COLUMNS) - 3)))
