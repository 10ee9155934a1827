"""The servers for browsers and for Twilio, each at a listener until it is stopped.

This process takes callbacks, and sends. Where pages are served, another one answers for them, and
does what belongs to them in the background.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial

import click

from ledger.errors import StoreUnavailable
from ledger.messages.opt_out_wordings import load_wordings
from webapp import key_backups
from webapp.background.records import keep_callback_problems, keep_process_numbers
from webapp.bootstrap import Application
from webapp.cli.common import open_with
from webapp.cli.installations import say_stopping
from webapp.cli.ledger_option import chosen_settings
from webapp.cli.pages_child import PagesChild, pages_child
from webapp.cli.start_checks import check_files
from webapp.cli.start_link import offer_link
from webapp.cli.waiting import when_available
from webapp.door import create_receiver, create_server
from webapp.explain.key_backups import NO_KEY_BACKUP
from webapp.memory import (
    limit_garbage_collection,
    limit_memory_of_threads,
    return_freed_memory,
)
from webapp.processes import StopEvent, in_thread, raise_file_limit
from webapp.reachability import check_reachability
from webapp.sender_supervisor import supervisors
from webapp.serving.listener import Listener
from webapp.serving.pages_link import PagesLink


def serve(listener: Listener, host: str, stop: StopEvent) -> None:
    """Serve the pages and take Twilio's callbacks until `stop` is set."""
    with ExitStack() as running:
        pages = running.enter_context(pages_child(stop))
        app = _open_reachable(host)
        start_serving(running, app, stop, listener, pages)
        stop.wait()


def receive(listener: Listener, host: str, stop: StopEvent) -> None:
    """Take Twilio's callbacks until `stop` is set."""
    app = _open_reachable(host)
    with ExitStack() as running:
        _start(running, app, listener, stop)
        click.echo(f"Callbacks are taken at {listener.url}/twilio")
        _warn_without_public_url(app)
        warn_without_key_backup(app)
        stop.wait()


def up(listener: Listener, host: str, stop: StopEvent) -> None:
    """Run everything until `stop` is set."""
    with ExitStack() as running:
        pages = running.enter_context(pages_child(stop))
        app = _open_reachable(host)
        senders = senders_of(app, stop)
        start_serving(running, app, stop, listener, pages, senders=senders)
        stop.wait()
        say_stopping()


def _open_reachable(host: str) -> Application:
    """Open the application for a server that takes Twilio's callbacks at that host."""
    settings = chosen_settings()
    check_reachability(settings, host=host)
    check_files(settings)
    return when_available(partial(open_with, settings))


def start_serving(
    running: ExitStack,
    app: Application,
    stop: StopEvent,
    listener: Listener,
    pages: PagesChild,
    *,
    is_demo: bool = False,
    senders: Sequence[Callable[[], None]] = (),
) -> None:
    """Start the web server and the senders, which `running` ends; print the address."""
    pages.begin(app.settings, is_demo=is_demo)
    _start(running, app, listener, stop, pages.link)
    for send in senders:
        running.enter_context(in_thread(send, stop))
    pages.wait(stop)
    click.echo(f"Delivery Ledger is at {listener.url}")
    with suppress(StoreUnavailable):  # callbacks are taken without accounts
        if is_demo or not app.accounts.has_admin_with_lasting_way_in():
            offer_link(app, listener.url)
    _warn_without_public_url(app)
    warn_without_key_backup(app)


def _start(
    running: ExitStack,
    app: Application,
    listener: Listener,
    stop: StopEvent,
    pages: PagesLink | None = None,
) -> None:
    """Start the web server, which `running` ends; see `create_server`."""
    raise_file_limit()
    limit_memory_of_threads()
    server = create_server(app, create_receiver(app, pages), listener=listener, pages=pages)
    app.build_all()
    load_wordings()
    limit_garbage_collection()
    stop.started()
    server.start()
    running.callback(server.stop)
    running.enter_context(in_thread(partial(return_freed_memory, stop), stop))
    for work in (keep_callback_problems, keep_process_numbers):
        running.enter_context(in_thread(partial(work, app, stop), stop))


def senders_of(app: Application, stop: StopEvent) -> Sequence[Callable[[], None]]:
    """Return what sends, and what runs beside it, each until `stop` is set.

    The program does not start where they cannot be made; once it runs, it does not end with them.
    """
    made = supervisors(app, stop)
    for supervisor in made:
        supervisor.prepare()
    return [supervisor.run for supervisor in made]


def _warn_without_public_url(app: Application) -> None:
    if app.settings.public_url is None:
        click.echo("LEDGER_PUBLIC_URL is not set: every callback is refused.", err=True)


def warn_without_key_backup(app: Application) -> None:
    """Say on stderr that there is no backup of the master key, unless there is one."""
    with suppress(StoreUnavailable):
        if key_backups.is_missing(app.ledger):
            click.echo(f"Warning: {NO_KEY_BACKUP}", err=True)
