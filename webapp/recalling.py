"""Recalls a campaign, for its page and its command: closes it, then asks Twilio to cancel texts."""

import math
from dataclasses import dataclass
from datetime import datetime

from ledger.commands.recall import RecallCampaign
from ledger.errors import BadInput
from ledger.sending.recall import Canceling
from ledger.sending.worklist import TextCursor
from webapp.bootstrap import Application


@dataclass(frozen=True)
class Recalled:
    """How many contacts are not texted any more, and what Twilio did about the others."""

    waiting: int
    canceling: Canceling


def recall(
    app: Application,
    campaign_id: str,
    by: str,
    *,
    before: TextCursor | None = None,
    seconds: float = math.inf,
    request: str | None = None,
    stated_reason: str | None = None,
) -> Recalled:
    """Close the campaign, then ask Twilio to cancel its texts, for at most `seconds`.

    With a `request` the campaign is closed once. `stated_reason` as in `CampaignCommand`.

    Raises `NotFound`, `Refused` in an archived campaign, `BadInput` for a reason that is too long,
    and `BadSetting` or `Refused` where Twilio could not be asked from this ledger; then nothing was
    done.
    """
    asking = app.sending.recall()
    command = RecallCampaign(campaign_id, by, request=request, stated_reason=stated_reason)
    app.ledger.execute(command).result()
    app.views.catch_up()
    waiting = app.status.recall_numbers(campaign_id).waiting
    canceling = asking.cancel(
        lambda cursor, limit: app.status.cancelable(campaign_id, cursor, limit),
        before=before,
        seconds=seconds,
    )
    return Recalled(waiting, canceling)


def written_cursor(cursor: TextCursor | None) -> str:
    """Return a cursor as a field of a form, "2026-11-23T09:31:00+00:00|del_…"; blank for none."""
    return f"{cursor.since.isoformat()}|{cursor.delivery_id}" if cursor else ""


def cursor_in(text: str) -> TextCursor | None:
    """Read such a field. Raises `BadInput`."""
    since, _, delivery_id = text.partition("|")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput("This page is damaged. Open the campaign and recall it again.")
    return TextCursor(moment, delivery_id)
