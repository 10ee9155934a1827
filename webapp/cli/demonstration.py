"""`delivery-ledger up --simulate`: everything, with the stand-in for Twilio and a demo campaign.

The stand-in is a process of its own. This module is apart from `servers.py`, whose processes need
nothing of a demonstration.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from threading import Event

from ledger.commands.repository import sending_switch
from ledger.commands.sending_account import MarkDemonstration
from ledger.domain.actors import SENDER
from ledger.errors import BadSetting
from webapp.bootstrap import Application
from webapp.cli.common import login_name, open_with
from webapp.cli.installations import say_stopping
from webapp.cli.ledger_option import chosen_settings
from webapp.cli.pages_child import pages_child
from webapp.cli.servers import senders_of, start_serving
from webapp.cli.start_checks import check_files
from webapp.cli.waiting import when_available
from webapp.demo import is_earlier_demonstration, launch_demo
from webapp.processes import StopEvent, child
from webapp.reachability import check_token
from webapp.serving.listener import Listener
from webapp.settings import Settings
from webapp.standin_account import simulated


def up_simulated(listener: Listener, host: str, stop: StopEvent) -> None:
    """Run everything with the stand-in until `stop` is set, and launch the demo campaign."""
    with ExitStack() as running:
        pages = running.enter_context(pages_child(stop))
        settings = simulated(replace(chosen_settings(must_be_named=True), public_url=listener.url))
        check_token(settings, host)
        check_files(settings)
        api_url = running.enter_context(_standin_process(settings, stop))
        twilio = replace(settings.twilio, api_url=api_url, is_demonstration=True)
        app = when_available(partial(open_with, replace(settings, twilio=twilio)))
        _mark_demonstration(app)
        senders = senders_of(app, stop)
        start_serving(running, app, stop, listener, pages, is_demo=True, senders=senders)
        launch_demo(app, login_name())
        stop.wait()
        say_stopping()


@contextmanager
def _standin_process(settings: Settings, stop: Event) -> Iterator[str]:
    """Run the stand-in in a child process; yield its address. See `child`."""
    options = ["--port", "0", "--public-url", str(settings.public_url), *settings.ledger_options]
    with child(["simulate", *options], stop) as standin:
        url = standin.first_line(stop)
        if not url:
            raise BadSetting("The Twilio stand-in did not start; read its message above.")
        yield url


def _mark_demonstration(app: Application) -> None:
    """Record that the ledger is a demonstration. Raises `Refused` for a ledger in use."""
    reader = app.ledger.reader
    is_earlier = sending_switch(reader).account is None and is_earlier_demonstration(reader)
    account = app.settings.twilio.sending_account
    app.ledger.execute(MarkDemonstration(account, SENDER, is_earlier)).result()
