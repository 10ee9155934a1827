"""The port and the senders of all ledgers of a directory, in one process, until it is stopped.

Nothing of a page is imported here: this process is to stay small, and to start soon.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import click

from ledger.messages.opt_out_wordings import load_wordings
from webapp.background.loops import RARER, keep_together
from webapp.background.records import keep_callback_problems, keep_process_numbers
from webapp.bootstrap import Application, build
from webapp.callback_retries import PATIENCE_SECONDS
from webapp.cli.pages_child import PagesChild, pages_child
from webapp.cli.start_checks import check_files
from webapp.door import PROOF, create_receiver, create_site
from webapp.ledgers.directory import Directory
from webapp.ledgers.installation import Installation
from webapp.ledgers.named_ledger import NamedLedger
from webapp.memory import return_freed_memory
from webapp.processes import (
    StopEvent,
    in_thread,
    limit_process,
    raise_file_limit,
)
from webapp.reachability import check_reachability
from webapp.sender_supervisor import supervisors
from webapp.serving.hosts import Hosts
from webapp.serving.limits import Limits, default_limits
from webapp.serving.listener import Listener
from webapp.serving.liveness import Liveness
from webapp.serving.pages_link import PagesLink
from webapp.serving.room import Rooms
from webapp.serving.server import Server
from webapp.serving.site import Site


def serve(directory: Directory, listener: Listener, host: str, stop: StopEvent) -> None:
    """Serve the pages and take the callbacks of all ledgers, each at the host of its address."""
    raise_file_limit()  # on which the limits of the door depend
    with pages_child(stop) as pages:
        _serve(directory, Door(host, pages.link), listener, stop, pages)


def receive(directory: Directory, listener: Listener, host: str, stop: StopEvent) -> None:
    """Take the callbacks of all ledgers."""
    raise_file_limit()
    _serve(directory, Door(host), listener, stop)


def up(directory: Directory, listener: Listener, host: str, stop: StopEvent) -> None:
    """Run everything for all ledgers."""
    raise_file_limit()
    with pages_child(stop) as pages:
        _serve(directory, Door(host, pages.link, is_sending=True), listener, stop, pages)
        say_stopping()


def send(directory: Directory, stop: StopEvent) -> None:
    """Send what is due in all ledgers, each by a sender of its own."""
    installation = Installation(directory, _send, opens_all=True)
    load_wordings()
    limit_process()
    stop.started()
    installation.look()
    installation.keep(stop)
    installation.end()


def say_stopping() -> None:
    """Tell the terminal that the program is about to end."""
    with suppress(OSError):  # the terminal may be closed
        click.echo("Stopping.", err=True)


@dataclass(frozen=True)
class Door:
    """How the process that has the port runs each ledger."""

    host: str
    """Where it listens."""
    pages: PagesLink | None = None
    """The way to the process of the pages; None: there are none."""
    is_sending: bool = False
    limits: Limits = field(default_factory=default_limits)

    def run(
        self, rooms: Rooms, ledger: NamedLedger, running: ExitStack, stop: threading.Event
    ) -> Site:
        """Open a ledger and start what runs for it; see `Run`."""
        app = _opened(ledger, running, self.host)
        room = running.enter_context(rooms.joined(ledger.settings.databases.server))
        web = create_receiver(app, self.pages)
        site = create_site(app, web, limits=self.limits, pages=self.pages, room=room)
        app.build_all()
        works = [keep_callback_problems, keep_process_numbers]
        work = partial(keep_together, works, app, stop, rarer=RARER)
        running.enter_context(in_thread(work, stop))
        if self.is_sending:
            _start_sending(app, running, stop)
        running.callback(site.close)  # first of all: what was asked for is still answered
        return site


def _serve(
    directory: Directory,
    door: Door,
    listener: Listener,
    stop: StopEvent,
    pages: PagesChild | None = None,
) -> None:
    if pages:
        pages.begin(directory)
    load_wordings()
    limit_process()
    stop.started()
    returning = in_thread(partial(return_freed_memory, stop), stop)
    with returning, serving(directory, door, listener) as installation:
        if pages:
            pages.wait(stop)
        click.echo(f"Delivery Ledger is at {listener.url}, for the hosts of all ledgers")
        installation.keep(stop)


@contextmanager
def serving(directory: Directory, door: Door, listener: Listener) -> Iterator[Installation]:
    """Serve all ledgers at a port within the block, which has to keep the installation."""
    run = partial(door.run, Rooms(door.limits))
    installation = Installation(directory, run, opens_all=door.is_sending)
    hosts = Hosts(installation.site_of, door.limits, patience_seconds=PATIENCE_SECONDS)
    server = Server(Liveness(hosts, PROOF, door.limits), listener=listener, limits=door.limits)
    with installation.served_by(server):
        yield installation


def _send(ledger: NamedLedger, running: ExitStack, stop: threading.Event) -> None:
    app = _opened(ledger, running)
    work = partial(keep_together, [keep_process_numbers], app, stop, rarer=RARER)
    running.enter_context(in_thread(work, stop))
    _start_sending(app, running, stop)


def _opened(ledger: NamedLedger, running: ExitStack, host: str = "127.0.0.1") -> Application:
    """Open a ledger that takes callbacks, and close it when `running` ends."""
    check_reachability(ledger.settings, host=host)
    check_files(ledger.settings)
    app = build(ledger.settings)
    running.callback(app.close)
    return app


def _start_sending(app: Application, running: ExitStack, stop: threading.Event) -> None:
    """Send for a ledger, whose callbacks and pages do not depend on it."""
    for supervisor in supervisors(app, stop):
        running.enter_context(in_thread(supervisor.run, stop))
