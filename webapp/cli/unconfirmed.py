"""`delivery-ledger campaign account-for`: texts that were sent and that no carrier confirms."""

import click

from ledger.domain.unconfirmed import unconfirmed_before
from webapp.acts import ACCOUNT_FOR
from webapp.cli.common import actor, by_option, json_option, open_caught_up, print_json
from webapp.explain.numbers import number
from webapp.explain.unconfirmed import accounted_sentence
from webapp.unconfirmed import account_for_unconfirmed


@click.command("account-for")
@click.argument("campaign_id", metavar="ID")
@click.option("--dry-run", is_flag=True, help="Only say how many texts there are.")
@by_option
@json_option
def account_for_command(*, campaign_id: str, dry_run: bool, by: str | None, as_json: bool) -> None:
    """Account for texts that were sent three days ago and that no carrier confirmed.

    The campaign no longer waits for them. The contacts stay pending; a later report still counts.
    """
    app = open_caught_up()
    campaign = app.status.campaign(campaign_id)
    if dry_run:
        count = app.unconfirmed.count(campaign_id, unconfirmed_before(app.clock.now()))
        texts, is_complete = count, campaign.is_complete
        sentence = f"{number(count)} sent and never confirmed."
    else:
        done = account_for_unconfirmed(app, campaign_id, actor(app, by, ACCOUNT_FOR))
        texts, is_complete = done.texts, done.is_complete
        sentence = accounted_sentence(texts, is_complete=is_complete)
    if as_json:
        print_json({"texts": texts, "complete": is_complete})
    else:
        click.echo(sentence)
