"""The servers for browsers and for Twilio, each at a listener until it is stopped."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial

import click
from flask import Flask

from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.commands.repository import sending_switch
from ledger.commands.sending_account import MarkDemonstration
from ledger.domain.actors import SENDER
from ledger.errors import StoreUnavailable
from ledger.messages.opt_out_wordings import load_wordings
from webapp import key_backups
from webapp.app import create_app, create_receiver, create_server
from webapp.background import (
    keep_access_record,
    keep_callback_problems,
    keep_checkpoints,
    keep_verified,
    keep_views,
    keep_workbooks,
    remove_workbooks,
)
from webapp.bootstrap import Application
from webapp.cli.common import login_name, open_with
from webapp.cli.ledger_option import chosen_settings
from webapp.cli.simulating import simulated, standin_process
from webapp.cli.start_checks import check_files
from webapp.cli.start_link import offer_link
from webapp.cli.waiting import when_available
from webapp.demo import is_earlier_demonstration, launch_demo
from webapp.explain.key_backups import NO_KEY_BACKUP
from webapp.processes import StopEvent, in_thread, limit_garbage_collection, raise_file_limit
from webapp.reachability import check_reachability, check_token
from webapp.serving.listener import Listener

BACKGROUND_WORK = (
    keep_views,
    keep_checkpoints,
    keep_callback_problems,
    keep_access_record,
    keep_verified,
    keep_workbooks,
    remove_workbooks,
)


def serve(listener: Listener, host: str, stop: StopEvent) -> None:
    """Serve the pages and take Twilio's callbacks until `stop` is set."""
    app = _open_reachable(host)
    with ExitStack() as running:
        _serve(running, app, stop, listener)
        stop.wait()


def receive(listener: Listener, host: str, stop: StopEvent) -> None:
    """Take Twilio's callbacks until `stop` is set."""
    app = _open_reachable(host)
    with ExitStack() as running:
        _start(running, app, create_receiver(app), listener, stop)
        running.enter_context(in_thread(partial(keep_callback_problems, app, stop), stop))
        click.echo(f"Callbacks are taken at {listener.url}/twilio")
        _warn_without_public_url(app)
        warn_without_key_backup(app)
        stop.wait()


def up(listener: Listener, host: str, stop: StopEvent) -> None:
    """Run everything until `stop` is set."""
    app = _open_reachable(host)
    with ExitStack() as running:
        senders = _senders(app, stop)
        _serve(running, app, stop, listener, senders=senders)
        sweep_abandoned(app.ledger)
        stop.wait()
        _say_stopping()


def up_simulated(listener: Listener, host: str, stop: StopEvent) -> None:
    """Run everything with the stand-in until `stop` is set, and launch the demo campaign."""
    settings = simulated(replace(chosen_settings(must_be_named=True), public_url=listener.url))
    check_token(settings, host)
    check_files(settings)
    with ExitStack() as running:
        api_url = running.enter_context(standin_process(settings, stop))
        twilio = replace(settings.twilio, api_url=api_url, is_demonstration=True)
        app = when_available(partial(open_with, replace(settings, twilio=twilio)))
        _mark_demonstration(app)
        senders = _senders(app, stop)
        _serve(running, app, stop, listener, is_demo=True, senders=senders)
        sweep_abandoned(app.ledger)
        launch_demo(app, login_name())
        stop.wait()
        _say_stopping()


def _open_reachable(host: str) -> Application:
    """Open the application for a server that takes Twilio's callbacks at that host."""
    settings = chosen_settings()
    check_reachability(settings, host=host)
    check_files(settings)
    return when_available(partial(open_with, settings))


def _mark_demonstration(app: Application) -> None:
    """Record that the ledger is a demonstration. Raises `Refused` for a ledger in use."""
    reader = app.ledger.reader
    is_earlier = sending_switch(reader).account is None and is_earlier_demonstration(reader)
    account = app.settings.twilio.sending_account
    app.ledger.execute(MarkDemonstration(account, SENDER, is_earlier)).result()


def _serve(
    running: ExitStack,
    app: Application,
    stop: StopEvent,
    listener: Listener,
    *,
    is_demo: bool = False,
    senders: Sequence[Callable[[], None]] = (),
) -> None:
    """Start the web server and the background threads, which `running` ends; print the address."""
    _start(running, app, create_app(app, is_demo=is_demo), listener, stop)
    for work in BACKGROUND_WORK:
        running.enter_context(in_thread(partial(work, app, stop), stop))
    for send in senders:
        running.enter_context(in_thread(send, stop))
    click.echo(f"Delivery Ledger is at {listener.url}")
    with suppress(StoreUnavailable):  # callbacks are taken without accounts
        if is_demo or not app.accounts.has_anyone_with_password():
            offer_link(app, listener.url)
    _warn_without_public_url(app)
    warn_without_key_backup(app)


def _start(
    running: ExitStack, app: Application, web: Flask, listener: Listener, stop: StopEvent
) -> None:
    """Start the web server, which `running` ends."""
    raise_file_limit()
    server = create_server(app, web, listener=listener)
    app.build_all()
    load_wordings()
    limit_garbage_collection()
    stop.started()
    server.start()
    running.callback(server.stop)


def _senders(app: Application, stop: StopEvent) -> Sequence[Callable[[], None]]:
    """What sends, and what runs beside it, each until `stop` is set."""
    return [app.sending.sender(stop).run, app.sending.maintenance(stop).run]


def _say_stopping() -> None:
    with suppress(OSError):  # the terminal may be closed
        click.echo("Stopping.", err=True)


def _warn_without_public_url(app: Application) -> None:
    if app.settings.public_url is None:
        click.echo("LEDGER_PUBLIC_URL is not set: every callback is refused.", err=True)


def warn_without_key_backup(app: Application) -> None:
    """Say on stderr that there is no backup of the master key, unless there is one."""
    with suppress(StoreUnavailable):
        if key_backups.is_missing(app.ledger):
            click.echo(f"Warning: {NO_KEY_BACKUP}", err=True)
