"""`delivery-ledger up | serve | receive | send | simulate`: the long-running parts."""

import gc
import getpass
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

import click
from flask import Flask

from ledger.commands.launch import sweep_abandoned
from ledger.errors import BadSetting
from webapp.app import create_app, create_receiver
from webapp.background import keep_checkpoints, keep_views
from webapp.bootstrap import Application, build
from webapp.callbacks import CALLBACKS
from webapp.cli.common import application
from webapp.demo import launch_demo
from webapp.server import Server
from webapp.settings import Settings, read_settings
from webapp.standin import StandIn, StandInSettings

_STANDIN_PORT = 5100
_STANDIN_ACCOUNT = "AC" + "5" * 32
_STANDIN_TOKEN = "stand-in-for-twilio"  # noqa: S105 - opens nothing but the stand-in
_STANDIN_NUMBER = "+15005550006"

_GARBAGE_AFTER = (5000, 20, 50)
"""Objects, and collections of each younger generation, after which the next is collected."""

host_option = click.option("--host", default="127.0.0.1", show_default=True)
port_option = click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))


@click.command()
@host_option
@port_option
def serve(*, host: str, port: int) -> None:
    """Serve the pages and take Twilio's callbacks."""
    found = application()
    with ExitStack() as running:
        stop = running.enter_context(_until_stopped())
        _serve(running, found, stop, host=host, port=port)
        stop.wait()


@click.command()
@host_option
@port_option
def receive(*, host: str, port: int) -> None:
    """Take Twilio's callbacks, apart from the pages and at a greater rate."""
    found = application()
    with ExitStack() as running:
        stop = running.enter_context(_until_stopped())
        url = _listen(running, create_receiver(found), host=host, port=port)
        click.echo(f"Callbacks are taken at {url}/twilio")
        _warn_without_public_url(found)
        stop.wait()


@click.command()
@click.option("--once", is_flag=True, help="Make one pass over what is due, and end.")
def send(*, once: bool) -> None:
    """Send what is due, and go on doing so."""
    found = application()
    with _until_stopped() as stop:
        sender, upkeep = found.sending.sender(stop), found.sending.upkeep(stop)
        sweep_abandoned(found.ledger)
        if once:
            upkeep.run_once()
            made = sender.run_once()
            click.echo(f"{made} attempts made.", err=True)
        else:
            with _thread(upkeep.run, stop):
                sender.run()


@click.command()
@click.option("--port", default=_STANDIN_PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option("--seed", type=int, help="Disorder: double, shuffle, delay and lose callbacks.")
@click.option("--until-stdin-ends", is_flag=True, hidden=True)
def simulate(*, port: int, seed: int | None, until_stdin_ends: bool) -> None:
    """Stand in for Twilio on this machine; see docs/reference/stand-in.md."""
    standin = StandIn(_standin_settings(simulated(read_settings()), seed), port=port)
    with _until_stopped() as stop:
        if until_stdin_ends:
            threading.Thread(target=_stop_at_end_of_input, args=[stop], daemon=True).start()
        with _clear_when_taken(f"127.0.0.1 port {port}"), standin:
            click.echo(standin.url)
            stop.wait()


@click.command()
@host_option
@port_option
@click.option("--simulate", "is_simulated", is_flag=True, help="Text nobody: use the stand-in.")
def up(*, host: str, port: int, is_simulated: bool) -> None:
    """Everything in one command: pages, callbacks, sender and projections."""
    settings = read_settings()
    with ExitStack() as running:
        stop = running.enter_context(_until_stopped())
        if is_simulated:
            own_url = f"http://{host}:{port}"
            settings = simulated(replace(settings, public_url=own_url))
            twilio = replace(
                settings.twilio, api_url=running.enter_context(_standin_process(own_url))
            )
            settings = replace(settings, twilio=twilio)
        found = build(settings)
        sender, upkeep = found.sending.sender(stop), found.sending.upkeep(stop)
        _serve(running, found, stop, host=host, port=port, is_demo=is_simulated)
        for work in (sender.run, upkeep.run):
            running.enter_context(_thread(work, stop))
        sweep_abandoned(found.ledger)
        if is_simulated:
            launch_demo(found, getpass.getuser())
        stop.wait()
        click.echo("Stopping.", err=True)


def simulated(settings: Settings) -> Settings:
    """The settings with the stand-in's account where none of our own is set; it sleeps never."""
    given = settings.twilio
    twilio = replace(
        given,
        account_sid=given.account_sid or _STANDIN_ACCOUNT,
        auth_tokens=given.auth_tokens or (_STANDIN_TOKEN,),
        phone_number=given.phone_number or _STANDIN_NUMBER,
    )
    return replace(settings, twilio=twilio, window=None)


def _standin_settings(settings: Settings, seed: int | None) -> StandInSettings:
    state_path = settings.databases.file("stand-in.sqlite3")
    state_path.parent.mkdir(parents=True, exist_ok=True)
    public_url = settings.public_url
    return StandInSettings(
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_tokens[0],
        seed=seed,
        state_path=state_path,
        inbound_url=f"{public_url}/twilio/inbound" if public_url else None,
    )


@contextmanager
def _standin_process(public_url: str) -> Iterator[str]:
    """The stand-in in a process of its own, which ends with this one; gives its address."""
    command = [sys.executable, "-m", "webapp", "simulate", "--port", "0", "--until-stdin-ends"]
    environment = os.environ | {"LEDGER_PUBLIC_URL": public_url}
    with subprocess.Popen(  # noqa: S603 - our own program
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise BadSetting("The Twilio stand-in did not start; its own message stands above.")
        try:
            yield url
        finally:
            process.terminate()


def _serve(
    running: ExitStack,
    found: Application,
    stop: threading.Event,
    *,
    host: str,
    port: int,
    is_demo: bool = False,
) -> None:
    """Start the web server and the projector, to be ended with the stack, and say where."""
    url = _listen(running, create_app(found, is_demo=is_demo), host=host, port=port)
    for work in (keep_views, keep_checkpoints):
        running.enter_context(_thread(partial(work, found, stop), stop))
    click.echo(f"Delivery Ledger is at {url}")
    if is_demo or not found.accounts.has_anyone_with_password():
        token = found.accounts.new_sign_in_link_token(getpass.getuser())
        click.echo(f"Sign in, once, with {url}/sign-in/{token}")
    _warn_without_public_url(found)


def _listen(running: ExitStack, app: Flask, *, host: str, port: int) -> str:
    """Start the web server, to be ended with the stack; gives its address.

    Callbacks are called on the event loop: they wait for nothing but their commit.
    """
    with _clear_when_taken(f"{host} port {port}"):
        server = Server(app, host=host, port=port, inline=CALLBACKS)
    _spare_the_collector()
    server.start()
    running.callback(server.stop)
    return server.url


def _spare_the_collector() -> None:
    """Let it never walk the program itself, made by now of over 100,000 objects.

    Otherwise it takes a tenth of a receiver's time, and keeps some callbacks waiting for 50 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_AFTER)


def _warn_without_public_url(found: Application) -> None:
    if found.settings.public_url is None:
        click.echo("LEDGER_PUBLIC_URL is not set: every callback is refused.", err=True)


@contextmanager
def _thread(work: Callable[[], None], stop: threading.Event) -> Iterator[None]:
    """A thread that watches `stop`; one that fails ends the whole program loudly."""

    def run() -> None:
        try:
            work()
        except BaseException:
            stop.set()
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the program at once.

    A handler that sets an event can wait for ever for a lock that its own thread holds. So the
    handler does nothing: Python writes the signal's number to a pipe, and a thread reads it there.
    """
    stop = threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    threading.Thread(target=_stop_at_signal, args=[reader, stop], daemon=True).start()
    try:
        yield stop
    finally:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the end has begun, and is not to be cut short


def _stop_at_signal(reader: int, stop: threading.Event) -> None:
    while number := os.read(reader, 1):
        if stop.is_set() and number[0] == signal.SIGINT:
            os._exit(130)
        stop.set()


@contextmanager
def _clear_when_taken(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadSetting(
            f"Cannot listen on {place}: {os.strerror(error.errno or 0)}. Another program may be "
            "using it; end that one, or choose another port with --port."
        ) from error


def _stop_at_end_of_input(stop: threading.Event) -> None:
    """The process that started us is gone when its end of the pipe is."""
    sys.stdin.read()
    stop.set()
