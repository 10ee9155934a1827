"""The process of the pages: what `serve` and `up` start beside the process that has the port.

It gets its settings from that process, over its standard input, once the ledger was opened there.
"""

import pickle
import sys
from contextlib import ExitStack
from functools import partial
from socket import socket

import click

from webapp.app import create_app, create_pages_server
from webapp.background.work import BACKGROUND_WORK
from webapp.cli.common import open_with
from webapp.cli.pages_of_all import serve_pages_of_all
from webapp.ledgers.directory import Directory
from webapp.memory import (
    limit_garbage_collection,
    limit_memory_of_threads,
    return_freed_memory,
)
from webapp.processes import StopEvent, in_thread, raise_file_limit


def serve_pages(descriptor: int, stop: StopEvent) -> None:
    """Answer what comes to the socket until `stop` is set; print a line when that has begun."""
    given = sys.stdin.buffer.read()
    if not given:
        return  # the other process did not come as far
    settings, is_demo = pickle.loads(given)  # noqa: S301 - from the process that started this one
    if isinstance(settings, Directory):
        serve_pages_of_all(settings, socket(fileno=descriptor), stop)
        return
    app = open_with(settings)
    with ExitStack() as running:
        raise_file_limit()
        limit_memory_of_threads()
        web = create_app(app, is_demo=is_demo)
        server = create_pages_server(app, web, socket(fileno=descriptor))
        app.build_all()
        limit_garbage_collection()
        stop.started()
        server.start()
        running.callback(server.stop)
        running.enter_context(in_thread(partial(return_freed_memory, stop), stop))
        for work in BACKGROUND_WORK:
            running.enter_context(in_thread(partial(work, app, stop), stop))
        click.echo("The pages are served.")
        stop.wait()
