"""`delivery-ledger campaign recall`: make no further attempts, and ask Twilio to cancel texts."""

import click

from webapp.acts import RECALL
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_caught_up,
    print_json,
    reason_option,
)
from webapp.explain.recalls import canceling_sentence, not_sent_sentence
from webapp.recalling import recall


@click.command("recall")
@click.argument("campaign_id", metavar="ID")
@reason_option
@by_option
@json_option
def recall_command(*, campaign_id: str, reason: str | None, by: str | None, as_json: bool) -> None:
    """Make no further attempts, and ask Twilio to cancel what it has not sent yet."""
    app = open_caught_up()
    done = recall(app, campaign_id, actor(app, by, RECALL), stated_reason=reason)
    if as_json:
        canceling = done.canceling
        print_json(
            {
                "not_texted": done.waiting,
                "canceled": canceling.canceled,
                "too_late": canceling.too_late,
                "unanswered": canceling.unanswered,
            }
        )
        return
    click.echo(not_sent_sentence(done.waiting))
    click.echo(canceling_sentence(done.canceling))
