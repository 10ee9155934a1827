"""`delivery-ledger up | serve | receive`: their options, their signals and their port.

`serve-pages` is for the first two alone, which start it.

The port is taken first, before the program is imported, which takes seconds: a port that is taken
is refused at once.
"""

import pkgutil
from collections.abc import Callable
from typing import Any

import click

from webapp import tracing
from webapp.cli.ledger_option import all_ledgers
from webapp.cli.listening import from_make_option, host_option, listening, port_option
from webapp.processes import StopEvent, stop_at_hangup, until_stopped
from webapp.serving.listener import Listener

_server_port = port_option(default=5000, lowest=1)


@click.command()
@host_option
@_server_port
def serve(*, host: str, port: int) -> None:
    """Serve the pages and take Twilio's callbacks."""
    with until_stopped() as stop, listening(host, port) as listener:
        _run("serve", listener, host, stop)


@click.command()
@host_option
@_server_port
def receive(*, host: str, port: int) -> None:
    """Take Twilio's callbacks without the pages, at a higher rate."""
    with until_stopped() as stop, listening(host, port) as listener:
        _run("receive", listener, host, stop)


@click.command()
@host_option
@_server_port
@click.option("--simulate", "is_simulated", is_flag=True, help="Text nobody: use the stand-in.")
@from_make_option
def up(*, host: str, port: int, is_simulated: bool, from_make: bool) -> None:
    """Run everything in one command: pages, callbacks, sender and projections."""
    with until_stopped() as stop, listening(host, port) as listener:
        if from_make:
            stop_at_hangup(stop)
        if is_simulated:
            _server("webapp.cli.demonstration:up_simulated")(listener, host, stop)
        else:
            _run("up", listener, host, stop)


def _run(name: str, listener: Listener, host: str, stop: StopEvent) -> None:
    """Run a server of the ledger that the command names, or of all ledgers of the directory."""
    directory = all_ledgers()
    if directory is None:
        _server(f"webapp.cli.servers:{name}")(listener, host, stop)
    else:
        _server(f"webapp.cli.installations:{name}")(directory, listener, host, stop)


@click.command("serve-pages", hidden=True)
@click.option("--socket", "descriptor", type=int, required=True)
def serve_pages(*, descriptor: int) -> None:
    """Answer what another process of this program forwards to the socket."""
    with until_stopped() as stop:
        _server("webapp.cli.pages_process:serve_pages")(descriptor, stop)


def _server(name: str) -> Callable[..., Any]:
    """Import a server, whose process has many connections, each with pages in memory."""
    tracing.begin()
    pkgutil.resolve_name("ledger.store.sqlite:limit_page_caches")()
    server: Callable[..., Any] = pkgutil.resolve_name(name)
    return server
