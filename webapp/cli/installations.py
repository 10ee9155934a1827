"""Servers and senders of all ledgers of a directory, in one process, until they are stopped."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import click
from flask import Flask

from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.errors import BadSetting, Refused
from ledger.messages.opt_out_wordings import load_wordings
from webapp.app import PROOF, create_app, create_receiver, create_site
from webapp.background import BACKGROUND_WORK, keep_callback_problems
from webapp.bootstrap import Application, build
from webapp.callback_retries import PATIENCE_SECONDS
from webapp.cli.start_checks import check_files
from webapp.ledgers.directory import Directory, NamedLedger
from webapp.ledgers.installation import Installation
from webapp.processes import StopEvent, in_thread, limit_garbage_collection, raise_file_limit
from webapp.reachability import check_reachability
from webapp.serving.hosts import Hosts
from webapp.serving.limits import Limits, default_limits
from webapp.serving.listener import Listener
from webapp.serving.liveness import Liveness
from webapp.serving.room import Rooms
from webapp.serving.server import Server
from webapp.serving.site import Site

Work = Callable[[Application, threading.Event], None]

_log = logging.getLogger(__name__)


def serve(directory: Directory, listener: Listener, host: str, stop: StopEvent) -> None:
    """Serve the pages and take the callbacks of all ledgers, each at the host of its address."""
    _serve(directory, Served(host, create_app, BACKGROUND_WORK), listener, stop)


def receive(directory: Directory, listener: Listener, host: str, stop: StopEvent) -> None:
    """Take the callbacks of all ledgers."""
    _serve(directory, Served(host, create_receiver, [keep_callback_problems]), listener, stop)


def up(directory: Directory, listener: Listener, host: str, stop: StopEvent) -> None:
    """Run everything for all ledgers."""
    served = Served(host, create_app, BACKGROUND_WORK, is_sending=True)
    _serve(directory, served, listener, stop)
    say_stopping()


def send(directory: Directory, stop: StopEvent) -> None:
    """Send what is due in all ledgers, each by a sender of its own."""
    installation = Installation(directory, _send, opens_all=True)
    load_wordings()
    stop.started()
    installation.look()
    installation.keep(stop)


def say_stopping() -> None:
    """Tell the terminal that the program is about to end."""
    with suppress(OSError):  # the terminal may be closed
        click.echo("Stopping.", err=True)


@dataclass(frozen=True)
class Served:
    """How each ledger of a server is run."""

    host: str
    """Where the server listens."""
    web: Callable[[Application], Flask]
    work: Sequence[Work]
    is_sending: bool = False
    limits: Limits = field(default_factory=default_limits)

    def run(
        self, rooms: Rooms, ledger: NamedLedger, running: ExitStack, stop: threading.Event
    ) -> Site:
        """Open a ledger and start what runs for it; see `Run`."""
        app = _opened(ledger, running, self.host)
        room = running.enter_context(rooms.joined(ledger.settings.databases.server))
        site = create_site(app, self.web(app), limits=self.limits, room=room)
        running.callback(site.close)
        app.build_all()
        for work in self.work:
            running.enter_context(in_thread(partial(work, app, stop), stop))
        if self.is_sending:
            with _mistakes_logged():
                _start_sending(app, running, stop)
        return site


@contextmanager
def serving(directory: Directory, served: Served, listener: Listener) -> Iterator[Installation]:
    """Serve all ledgers within the block; the installation is still to be kept."""
    run = partial(served.run, Rooms(served.limits))
    installation = Installation(directory, run, opens_all=served.is_sending)
    hosts = Hosts(installation.site_of, patience_seconds=PATIENCE_SECONDS)
    server = Server(Liveness(hosts, PROOF), listener=listener, limits=served.limits)
    installation.look()
    server.start()
    try:
        yield installation
    finally:
        server.stop()


def _serve(directory: Directory, served: Served, listener: Listener, stop: StopEvent) -> None:
    raise_file_limit()
    load_wordings()
    limit_garbage_collection()
    stop.started()
    with serving(directory, served, listener) as installation:
        click.echo(f"Delivery Ledger is at {listener.url}, for the hosts of all ledgers")
        installation.keep(stop)


def _send(ledger: NamedLedger, running: ExitStack, stop: threading.Event) -> None:
    _start_sending(_opened(ledger, running), running, stop)


def _opened(ledger: NamedLedger, running: ExitStack, host: str = "127.0.0.1") -> Application:
    """Open a ledger that takes callbacks, and close it when `running` ends."""
    check_reachability(ledger.settings, host=host)
    check_files(ledger.settings)
    app = build(ledger.settings)
    running.callback(app.close)
    return app


def _start_sending(app: Application, running: ExitStack, stop: threading.Event) -> None:
    sender, maintenance = app.sending.sender(stop), app.sending.maintenance(stop)
    sweep_abandoned(app.ledger)
    for run in (sender.run, maintenance.run):
        running.enter_context(in_thread(run, stop))


@contextmanager
def _mistakes_logged() -> Iterator[None]:
    """Log why nothing is sent; callbacks are taken all the same."""
    try:
        yield
    except (BadSetting, Refused) as error:
        _log.error("Nothing is sent. %s", error)
