"""`delivery-ledger simulate`: the stand-in for Twilio, alone or as a child of `up --simulate`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event

import click

from ledger.errors import BadSetting
from ledger.sending.price_settings import PriceSettings
from webapp.cli.ledger_option import chosen_settings
from webapp.cli.listening import named_listen_errors, port_option
from webapp.processes import child, until_stopped
from webapp.settings import Settings
from webapp.standin import ListOrder, StandIn, StandInSettings, StoredBody
from webapp.standin_account import ACCOUNT_SID, AUTH_TOKEN, PHONE_NUMBER

_PORT = 5100
_PRICES = PriceSettings(every=timedelta(minutes=1), pages_per_minute=60)
"""The stand-in has prices after half a minute, and nobody pays for its answers."""


@click.command()
@port_option(default=_PORT, lowest=0)
@click.option("--seed", type=int, help="Disorder: double, shuffle, delay and lose callbacks.")
@click.option(
    "--list-order",
    type=click.Choice([order.value for order in ListOrder]),
    help="The order of the list of texts. Default: created, with a seed shuffled.",
)
@click.option(
    "--stored-body",
    type=click.Choice([body.value for body in StoredBody]),
    default=StoredBody.WHOLE.value,
    show_default=True,
    help="What is kept of the body of a text.",
)
@click.option(
    "--clock-ahead",
    "clock_ahead_seconds",
    type=float,
    default=0.0,
    metavar="SECONDS",
    help="How far its clock is ahead of this machine's; a negative number for behind.",
)
@click.option("--public-url", hidden=True, help="Where it posts texts, for `up --simulate`.")
def simulate(
    *,
    port: int,
    public_url: str | None,
    seed: int | None,
    list_order: str | None,
    stored_body: str,
    clock_ahead_seconds: float,
) -> None:
    """Stand in for Twilio on this machine; see docs/reference/stand-in.md."""
    chosen = chosen_settings()
    settings = replace(
        _standin_settings(simulated(chosen), public_url or chosen.public_url, seed),
        list_order=ListOrder(list_order) if list_order else None,
        stored_body=StoredBody(stored_body),
        clock_ahead_seconds=clock_ahead_seconds,
    )
    with until_stopped() as stop, ExitStack() as running:
        stop.started()
        with named_listen_errors("127.0.0.1", port):
            standin = running.enter_context(StandIn(settings, port=port))
        click.echo(standin.url)
        stop.wait()


def simulated(settings: Settings) -> Settings:
    """Return the settings with the stand-in's account, unless one is set, and without hours."""
    account = settings.twilio
    twilio = replace(
        account,
        account_sid=account.account_sid or ACCOUNT_SID,
        auth_tokens=account.auth_tokens or (AUTH_TOKEN,),
        phone_number=account.phone_number or PHONE_NUMBER,
    )
    prices = settings.price_collection and _PRICES
    return replace(settings, twilio=twilio, window=None, price_collection=prices)


@contextmanager
def standin_process(settings: Settings, stop: Event) -> Iterator[str]:
    """Run the stand-in in a child process; yield its address. See `child`."""
    options = ["--port", "0", "--public-url", str(settings.public_url), *settings.ledger_options]
    with child(["simulate", *options], stop) as standin:
        url = standin.first_line(stop)
        if not url:
            raise BadSetting("The Twilio stand-in did not start; read its message above.")
        yield url


def _standin_settings(
    settings: Settings, public_url: str | None, seed: int | None
) -> StandInSettings:
    state_path = settings.databases.file("stand-in.sqlite3")
    state_path.parent.mkdir(parents=True, exist_ok=True)
    return StandInSettings(
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_tokens[0],
        seed=seed,
        state_path=state_path,
        inbound_url=f"{public_url}/twilio/inbound" if public_url else None,
    )
