"""`delivery-ledger reconcile`: ask Twilio about every text without a final status."""

import re
import threading
from datetime import timedelta
from typing import Any

import click

from ledger.commands.repository import sending_switch
from ledger.domain.sending_switch import ReconciliationCounts
from webapp.bootstrap import Application
from webapp.cli.common import json_option, open_caught_up, print_json, progress
from webapp.cli.ledger_option import named
from webapp.explain.numbers import counted, number
from webapp.explain.sending import missing_texts

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class _Duration(click.ParamType[timedelta]):
    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,5})([mhd])", value)
        if match is None:
            self.fail("give minutes, hours or days, such as 90m, 12h or 2d", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.command()
@click.option("--campaign", "campaign_id", metavar="ID", help="Only this campaign.")
@click.option(
    "--older-than",
    type=_Duration(),
    default="0m",
    show_default=True,
    help="Only texts that Twilio has had for at least this long.",
)
@json_option
def reconcile(*, campaign_id: str | None, older_than: timedelta, as_json: bool) -> None:
    """Ask Twilio about every text that is neither delivered nor failed."""
    app = open_caught_up()
    app.settings.twilio.check_for_sending()
    app.sending.check_account()
    recovered = _recover(app)
    if campaign_id is not None:
        app.status.campaign(campaign_id)
    total = app.status.carried(campaign_id, app.clock.now() - older_than)
    with progress("Asking Twilio") as report:
        done = app.sending.reconciler(threading.Event()).reconcile(
            campaign_id=campaign_id,
            older_than=older_than,
            progress=lambda asked: report(asked, max(asked, total)),
        )
    if as_json:
        print_json(vars(done) | {"recovered": vars(recovered) if recovered else None})
        return
    if recovered:
        _print_recovered(app, recovered)
    asked, news = counted(done.asked, "text"), number(done.news)
    click.echo(f"Asked Twilio about {asked}; of {news} there was something new.")
    if done.unknown:
        click.echo(f"Of {number(done.unknown)} Twilio has no record, or none any more.")


def _print_recovered(app: Application, recovered: ReconciliationCounts) -> None:
    click.echo(
        "The ledger lost its end. It was compared with "
        f"{counted(recovered.texts, 'text')} in Twilio's records. {number(recovered.attached)} of "
        "them went to contacts who waited here: they count as sent, and are not sent again. "
        f"{number(recovered.unplaced)} belong to nothing in this ledger."
    )
    if recovered.undecided:
        click.echo(
            f"{counted(recovered.undecided, 'text')} may have gone to contacts who waited here, "
            "but with other words, or more than one contact fits. These contacts are texted only "
            'if staff decide so, on the page "Texts to decide" or by '
            + named("`delivery-ledger decision list`.")
        )
    if recovered.missing:
        click.echo(f"Warning: {missing_texts(sending_switch(app.ledger.reader))}")
        cure = "If they were not sent, run `delivery-ledger sending allow --despite-missing`."
    else:
        cure = "Read the audit trail, then run `delivery-ledger sending allow`."
    click.echo(named(cure))


def _recover(app: Application) -> ReconciliationCounts | None:
    """Find what was sent since the ledger lost its end; None when it did not lose it."""
    app.sending.check_for_loss()
    switch = sending_switch(app.ledger.reader)
    if not switch.needs_reconciliation or switch.lost_since is None:
        return None
    with progress("Going through Twilio's records") as report:
        return app.sending.reconciler(threading.Event()).recover(
            switch.lost_since, lambda texts: report(texts, texts + 1)
        )
