"""`delivery-ledger simulate`: the stand-in for Twilio; `up --simulate` starts it as a child."""

from contextlib import ExitStack
from dataclasses import replace

import click

from webapp.cli.ledger_option import chosen_settings
from webapp.cli.listening import named_listen_errors, port_option
from webapp.processes import until_stopped
from webapp.settings import Settings
from webapp.standin import ListOrder, StandIn, StandInSettings, StoredBody
from webapp.standin_account import simulated

_PORT = 5100


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
