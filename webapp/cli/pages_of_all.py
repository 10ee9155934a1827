"""The pages of all ledgers of a directory, in the process that `serve` and `up` start for them."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from socket import socket

import click

from webapp.app import create_app, create_pages_site
from webapp.background.loops import RARER, RecurringWork, keep_together
from webapp.background.work import WORK_OF_MANY
from webapp.bootstrap import build
from webapp.callback_retries import PATIENCE_SECONDS
from webapp.ledgers.directory import Directory
from webapp.ledgers.installation import Installation
from webapp.ledgers.named_ledger import NamedLedger
from webapp.memory import return_freed_memory
from webapp.processes import StopEvent, in_thread, limit_process
from webapp.serving.hosts import Hosts
from webapp.serving.limits import limits_behind_door
from webapp.serving.listener import Listener
from webapp.serving.server import Server
from webapp.serving.site import Site


def serve_pages_of_all(directory: Directory, sock: socket, stop: StopEvent) -> None:
    """Answer what the process of the port forwards to that socket, until `stop` is set."""
    limit_process()
    stop.started()
    returning = in_thread(partial(return_freed_memory, stop), stop)
    with returning, serving_pages(directory, Pages(), sock) as installation:
        click.echo("The pages are served.")
        installation.keep(stop)


@dataclass(frozen=True)
class Pages:
    """How the process of the pages runs each ledger."""

    works: Sequence[Sequence[RecurringWork]] = WORK_OF_MANY
    """What runs together in one thread of each ledger."""

    def run(self, ledger: NamedLedger, running: ExitStack, stop: threading.Event) -> Site:
        """Open a ledger and start what runs for it; see `Run`."""
        app = build(ledger.settings)
        running.callback(app.close)
        site = create_pages_site(app, create_app(app))
        site.ledger_name = ledger.name
        app.build_all()
        for together in self.works:
            work = partial(keep_together, together, app, stop, rarer=RARER)
            running.enter_context(in_thread(work, stop))
        running.callback(site.close)
        return site


@contextmanager
def serving_pages(directory: Directory, pages: Pages, sock: socket) -> Iterator[Installation]:
    """Serve what is forwarded to a socket within the block; see `serving`.

    All ledgers are opened, also those that nobody asks for: what is done for them in the background
    is done here.
    """
    installation = Installation(directory, pages.run, opens_all=True)
    limits = limits_behind_door()
    hosts = Hosts(installation.site_of, limits, patience_seconds=PATIENCE_SECONDS)
    server = Server(hosts, listener=Listener(sock, url=""), is_behind_door=True)
    with installation.served_by(server):
        yield installation
