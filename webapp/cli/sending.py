"""`delivery-ledger sending …`: stop all sending at once, let it go on, and see the account."""

import sys

import click

from ledger.commands.repository import sending_switch
from ledger.commands.sending_account import ChangeAccount, check_changeable
from ledger.commands.sending_switch import AllowSending, StopSending
from ledger.domain.sending_switch import SendingAccount
from ledger.errors import BadSetting
from webapp.acts import SWITCH_SENDING
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    open_caught_up,
    print_json,
    shown_reason_option,
)
from webapp.cli.ledger_option import named
from webapp.documents import sending_document
from webapp.explain.accounts import account_sentence
from webapp.explain.reasons import code_words
from webapp.explain.sending import missing_texts
from webapp.explain.times import full_text
from webapp.sound_aggregates import SoundAggregates


@click.group()
def sending() -> None:
    """Stop all sending at once, let it go on, and see the account that sends."""


@sending.command("show")
@json_option
def show_command(*, as_json: bool) -> None:
    """Whether anything is sent."""
    app = open_application()
    switch = sending_switch(SoundAggregates(app.ledger.reader))
    now = app.clock.now()
    if as_json:
        print_json(sending_document(switch, now))
        return
    click.echo("Sending is off." if switch.is_off else "Sending is on.")
    if switch.is_off and switch.stated_reason:
        click.echo(f"Reason: “{switch.stated_reason}”")
    if switch.is_sender_held(now) and switch.held_until and switch.held_code:
        limit = code_words(switch.held_code, app.codes)
        click.echo(
            f"The sender reached a limit, {limit}: no text goes out before "
            f"{full_text(switch.held_until)}. Then sending goes on by itself."
        )
    if switch.needs_reconciliation:
        click.echo(named("The ledger lost its end; run `delivery-ledger reconcile` first."))
    if switch.missing:
        click.echo(missing_texts(switch))


@sending.command("stop")
@shown_reason_option
@by_option
def stop_command(*, reason: str | None, by: str | None) -> None:
    """Start no more attempts, in any campaign."""
    app = open_application()
    stop = StopSending(actor(app, by, SWITCH_SENDING), stated_reason=reason)
    app.ledger.execute(stop).result()
    click.echo("Sending is off.", err=True)


@sending.command("allow")
@click.option(
    "--despite-missing",
    is_flag=True,
    help="Although Twilio lists no text of some lost attempts: somebody may be texted twice.",
)
@shown_reason_option
@by_option
def allow_command(*, despite_missing: bool, reason: str | None, by: str | None) -> None:
    """Let attempts start again."""
    app = open_application()
    who = actor(app, by, SWITCH_SENDING)
    app.ledger.execute(AllowSending(who, despite_missing, stated_reason=reason)).result()
    click.echo("Sending is on.", err=True)


@sending.command("account")
@click.option(
    "--change", "is_change", is_flag=True, help="Send from TWILIO_ACCOUNT_SID from now on."
)
@click.option("--yes", "is_certain", is_flag=True, help="Do not ask.")
@by_option
@json_option
def account_command(*, is_change: bool, is_certain: bool, by: str | None, as_json: bool) -> None:
    """The Twilio account that this ledger sends from."""
    app = open_caught_up() if is_change else open_application()
    if is_change:
        _change_account(app, by, is_certain=is_certain)
    account = sending_switch(SoundAggregates(app.ledger.reader)).account
    if as_json:
        print_json(
            {
                "account_sid": account.account_sid if account else None,
                "demonstration": account.is_demonstration if account else False,
            }
        )
        return
    click.echo(account_sentence(account))


def _change_account(app: Application, by: str | None, *, is_certain: bool) -> None:
    account = app.settings.twilio.sending_account
    if not account.account_sid:
        raise BadSetting("Set TWILIO_ACCOUNT_SID to the account that the ledger is to send from.")
    change = ChangeAccount(account, actor(app, by, SWITCH_SENDING))
    check_changeable(
        app.ledger.reader,
        account,
        [a.delivery_id for a in app.sending.worklist.unsettled_attempts()],
    )
    if not is_certain:
        _ask(account)
    app.ledger.execute(change).result()


def _ask(account: SendingAccount) -> None:
    """Ask on the terminal; end the program if the answer is no."""
    if not sys.stdin.isatty():
        raise click.UsageError("Without a terminal, give --yes to change the account.")
    click.echo(
        "Twilio can then no longer be asked about texts that were sent before, and callbacks about "
        "them are refused unless their auth token stays set.",
        err=True,
    )
    click.confirm(f"Send from {account.account_sid} from now on?", abort=True, err=True)
