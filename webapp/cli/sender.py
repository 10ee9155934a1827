"""`delivery-ledger send`: send texts."""

import sys
from functools import partial

import click

from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.commands.repository import sending_switch
from ledger.domain.actors import SENDER
from ledger.domain.events import CampaignPaused
from ledger.sending.sending_pass import LeftCause, SendingPass
from ledger.store.search import Search
from webapp import tracing
from webapp.background.records import keep_process_numbers
from webapp.bootstrap import Application
from webapp.cli import installations
from webapp.cli.common import open_with
from webapp.cli.ledger_option import all_ledgers, chosen_settings, named
from webapp.cli.start_checks import check_files
from webapp.cli.waiting import when_available
from webapp.explain.numbers import counted, plural
from webapp.explain.reasons import state_reason
from webapp.explain.sending import why_sending_is_off
from webapp.processes import in_thread, until_stopped
from webapp.reachability import check_reachability
from webapp.sound_aggregates import SoundAggregates

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
    LeftCause.STOPPED: "The command was stopped. Run it again.",
}


@click.command()
@click.option("--once", is_flag=True, help="Make one pass over what is due, and end.")
def send(*, once: bool) -> None:
    """Send what is due, and go on doing so."""
    with until_stopped() as stop:
        tracing.begin()
        if once:
            stop.started()  # or it would end as if the pass was done
        directory = None if once else all_ledgers()
        if directory is not None:
            installations.send(directory, stop)
            return
        settings = chosen_settings()
        check_reachability(settings)
        check_files(settings)
        app = open_with(settings) if once else when_available(partial(open_with, settings))
        sender, maintenance = app.sending.sender(stop), app.sending.maintenance(stop)
        stop.started()
        sweep_abandoned(app.ledger)
        if once:
            before = app.ledger.reader.head()
            maintenance.run_once()
            done = sender.run_once()
            maintenance.collect_prices()
            _report(app, done, before)
        else:
            numbers = partial(keep_process_numbers, app, stop)
            with in_thread(maintenance.run, stop), in_thread(numbers, stop):
                sender.run()


def _report(app: Application, done: SendingPass, before: int) -> None:
    """Say what the pass did since that seq; exit with 1 where it could not send what was due."""
    switch = sending_switch(SoundAggregates(app.ledger.reader))
    reasons = _paused(app, before)
    if switch.is_off:
        reasons.append(why_sending_is_off(switch))
    if done.cause is not None:
        are = plural(done.left, "is", "are")
        left = f"{counted(done.left, 'text')} {are} due and not sent"
        reasons.append(f"{left}: {_CAUSES[done.cause]}")
    for line in (f"{counted(done.attempts, 'attempt')} made.", *reasons):
        click.echo(named(line), err=True)
    if reasons:
        sys.exit(1)


def _paused(app: Application, after: int) -> list[str]:
    """Say which campaigns paused by themselves since that seq, and why."""
    pauses = Search(topics=(CampaignPaused.topic,), actor=SENDER, after=after)
    campaign_ids = dict.fromkeys(event.stream_id for event in app.ledger.reader.search(pauses))
    app.views.catch_up()
    campaigns = [app.status.campaign(campaign_id) for campaign_id in campaign_ids]
    return [
        f"The campaign \u201c{campaign.name}\u201d paused. {reason}"
        for campaign in campaigns
        if (reason := state_reason(campaign.state_cause, app.codes))
    ]
