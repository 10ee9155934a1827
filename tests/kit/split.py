"""The two servers of a program, in this process: one has the port, the other serves the pages."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from webapp.app import create_app, create_pages_server
from webapp.bootstrap import Application
from webapp.door import create_receiver, create_server
from webapp.serving.limits import Limits
from webapp.serving.listener import listen
from webapp.serving.pages_link import PagesLink, pages_socket
from webapp.serving.server import Server


@contextmanager
def split_server(application: Application, limits: Limits | None = None) -> Iterator[Server]:
    """Yield the server that has the port."""
    with ExitStack() as opened:
        sock = opened.enter_context(pages_socket())
        link = PagesLink(sock.address)
        door = create_server(
            application,
            create_receiver(application, link),
            listener=listen("127.0.0.1", 0),
            limits=limits,
            pages=link,
        )
        pages = create_pages_server(application, create_app(application), sock.listener)
        for server in (pages, door):
            server.start()
            opened.callback(server.stop)
        yield door
