"""Texts that were sent and never confirmed: which they are, and accounting for them.

For its page and the command.
"""

from dataclasses import dataclass

from ledger.commands.unconfirmed import account_for
from ledger.domain.unconfirmed import unconfirmed_before
from webapp.bootstrap import Application

_PART = 1000


@dataclass(frozen=True)
class AccountedFor:
    """What came of accounting: how many texts are new, and whether the campaign is complete."""

    texts: int
    is_complete: bool


def account_for_unconfirmed(app: Application, campaign_id: str, by: str) -> AccountedFor:
    """Account for every text of a campaign that was sent and that no carrier will confirm.

    Raises `NotFound`, and `Refused` for an archived campaign. A repeat does what is left.
    """
    app.views.catch_up()
    app.status.campaign(campaign_id)
    before, texts = unconfirmed_before(app.clock.now()), 0
    while part := app.unconfirmed.texts(campaign_id, before, _PART):
        new = account_for(app.ledger, ((text.delivery_id, text.turn) for text in part), by)
        app.views.catch_up()
        texts += new
        if not new:
            break
    return AccountedFor(texts, app.status.campaign(campaign_id).is_complete)
