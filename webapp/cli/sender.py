"""`delivery-ledger send`: send texts."""

import sys

import click

from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.commands.repository import sending_switch
from ledger.domain.sending_switch import SendingSwitch
from ledger.sending.sending_pass import LeftCause, SendingPass
from webapp.bootstrap import build
from webapp.explain.numbers import counted, plural
from webapp.explain.sending import why_sending_is_off
from webapp.processes import in_thread, until_stopped
from webapp.reachability import check_reachability
from webapp.settings import read_settings

_CAUSES = {
    LeftCause.RATE_LIMIT: (
        "Twilio asked for a pause, or LEDGER_SEGMENTS_PER_SECOND allows no text within half a "
        "minute. Nobody was texted twice; run the command again later."
    ),
    LeftCause.SENDER_CAP: (
        "The school's sender reached a limit; `delivery-ledger sending show` says until when. Run "
        "the command again after that."
    ),
    LeftCause.NO_ANSWERS: (
        "Twilio gave no readable answer several times in a row, so that it may have those texts "
        "or not. Check that this machine reaches Twilio, then run the command again."
    ),
}


@click.command()
@click.option("--once", is_flag=True, help="Make one pass over what is due, and end.")
def send(*, once: bool) -> None:
    """Send what is due, and go on doing so."""
    settings = read_settings()
    check_reachability(settings)
    app = build(settings)
    with until_stopped() as stop:
        sender, maintenance = app.sending.sender(stop), app.sending.maintenance(stop)
        sweep_abandoned(app.ledger)
        if once:
            maintenance.run_once()
            _report(sender.run_once(), sending_switch(app.ledger.reader))
        else:
            with in_thread(maintenance.run, stop):
                sender.run()


def _report(done: SendingPass, switch: SendingSwitch) -> None:
    """Say what the pass did; exit with 1 where it left texts that were due."""
    click.echo(f"{counted(done.attempts, 'attempt')} made.", err=True)
    if switch.is_off:
        click.echo(why_sending_is_off(switch), err=True)
    if done.cause is not None:
        are = plural(done.left, "is", "are")
        click.echo(
            f"{counted(done.left, 'text')} {are} due and not sent: {_CAUSES[done.cause]}", err=True
        )
        sys.exit(1)
