"""`delivery-ledger up | serve | receive`: the servers for browsers and for Twilio."""

import threading
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import click
from flask import Flask

from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.commands.repository import sending_switch
from ledger.commands.sending_account import MarkDemonstration
from ledger.domain.actors import SENDER
from ledger.messages.opt_out_wordings import load_wordings
from webapp.app import create_app, create_receiver, create_server
from webapp.background import (
    keep_access_record,
    keep_callback_problems,
    keep_checkpoints,
    keep_verified,
    keep_views,
    keep_workbooks,
)
from webapp.bootstrap import Application, build
from webapp.cli.common import login_name
from webapp.cli.ledger_option import chosen_settings
from webapp.cli.simulating import simulated, standin_process
from webapp.cli.start_link import offer_link
from webapp.demo import is_earlier_demonstration, launch_demo
from webapp.processes import (
    in_thread,
    limit_garbage_collection,
    listening_at,
    raise_file_limit,
    until_stopped,
)
from webapp.reachability import check_reachability, check_token
from webapp.settings import Settings

_BACKGROUND_WORK = (
    keep_views,
    keep_checkpoints,
    keep_callback_problems,
    keep_access_record,
    keep_verified,
    keep_workbooks,
)

host_option = click.option("--host", default="127.0.0.1", show_default=True)
port_option = click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))


@click.command()
@host_option
@port_option
def serve(*, host: str, port: int) -> None:
    """Serve the pages and take Twilio's callbacks."""
    app = _open_reachable(host)
    with ExitStack() as running:
        stop = running.enter_context(until_stopped())
        _serve(running, app, stop, host=host, port=port)
        stop.wait()


@click.command()
@host_option
@port_option
def receive(*, host: str, port: int) -> None:
    """Take Twilio's callbacks without the pages, at a higher rate."""
    app = _open_reachable(host)
    with ExitStack() as running:
        stop = running.enter_context(until_stopped())
        url = _listen(running, app, create_receiver(app), host=host, port=port)
        running.enter_context(in_thread(partial(keep_callback_problems, app, stop), stop))
        click.echo(f"Callbacks are taken at {url}/twilio")
        _warn_without_public_url(app)
        stop.wait()


@click.command()
@host_option
@port_option
@click.option("--simulate", "is_simulated", is_flag=True, help="Text nobody: use the stand-in.")
def up(*, host: str, port: int, is_simulated: bool) -> None:
    """Run everything in one command: pages, callbacks, sender and projections."""
    settings = chosen_settings()
    with ExitStack() as running:
        stop = running.enter_context(until_stopped())
        if is_simulated:
            settings = _with_standin(running, settings, host=host, port=port)
        else:
            check_reachability(settings, host=host)
        app = build(settings)
        if is_simulated:
            _mark_demonstration(app)
        sender, maintenance = app.sending.sender(stop), app.sending.maintenance(stop)
        _serve(running, app, stop, host=host, port=port, is_demo=is_simulated)
        for work in (sender.run, maintenance.run):
            running.enter_context(in_thread(work, stop))
        sweep_abandoned(app.ledger)
        if is_simulated:
            launch_demo(app, login_name())
        stop.wait()
        click.echo("Stopping.", err=True)


def _open_reachable(host: str) -> Application:
    """Open the application for a server that takes Twilio's callbacks at that host."""
    settings = chosen_settings()
    check_reachability(settings, host=host)
    return build(settings)


def _with_standin(running: ExitStack, settings: Settings, *, host: str, port: int) -> Settings:
    """Start the stand-in, which `running` ends, and return the settings with its account."""
    own_url = f"http://{host}:{port}"
    settings = simulated(replace(settings, public_url=own_url))
    check_token(settings, host)
    api_url = running.enter_context(standin_process(own_url))
    twilio = replace(settings.twilio, api_url=api_url, is_demonstration=True)
    return replace(settings, twilio=twilio)


def _mark_demonstration(app: Application) -> None:
    """Record that the ledger is a demonstration. Raises `Refused` for a ledger in use."""
    reader = app.ledger.reader
    is_earlier = sending_switch(reader).account is None and is_earlier_demonstration(reader)
    account = app.settings.twilio.sending_account
    app.ledger.execute(MarkDemonstration(account, SENDER, is_earlier)).result()


def _serve(
    running: ExitStack,
    app: Application,
    stop: threading.Event,
    *,
    host: str,
    port: int,
    is_demo: bool = False,
) -> None:
    """Start the web server and the background threads, which `running` ends; print the address."""
    url = _listen(running, app, create_app(app, is_demo=is_demo), host=host, port=port)
    for work in _BACKGROUND_WORK:
        running.enter_context(in_thread(partial(work, app, stop), stop))
    click.echo(f"Delivery Ledger is at {url}")
    if is_demo or not app.accounts.has_anyone_with_password():
        offer_link(app, url)
    _warn_without_public_url(app)


def _listen(running: ExitStack, app: Application, web: Flask, *, host: str, port: int) -> str:
    """Start the web server and return its address; `running` ends it."""
    raise_file_limit()
    with listening_at(f"{host} port {port}"):
        server = create_server(app, web, host=host, port=port)
    app.build_all()
    load_wordings()
    limit_garbage_collection()
    server.start()
    running.callback(server.stop)
    return server.url


def _warn_without_public_url(app: Application) -> None:
    if app.settings.public_url is None:
        click.echo("LEDGER_PUBLIC_URL is not set: every callback is refused.", err=True)
