"""A small server that takes callbacks, and the account that the stand-in's tests use."""

from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from urllib.parse import parse_qsl

ACCOUNT = "AC" + "a" * 32
TOKEN = "the-token"


@dataclass(frozen=True)
class Taken:
    """One callback as it arrived."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]


class Receiver:
    """Takes callbacks, and answers with the statuses it was told to, then with 204."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.answers: list[int] = []
        self._changed = Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"
        self._thread = Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.taken) >= count, timeout=5)

    def of(self, sid: str) -> list[Taken]:
        return [one for one in self.taken if one.form["MessageSid"] == sid]

    def to(self, number: str) -> list[Taken]:
        return [one for one in self.taken if one.form["To"] == number]

    def take(self, taken: Taken) -> int:
        with self._changed:
            self.taken.append(taken)
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(parse_qsl(body, keep_blank_values=True))
                taken = Taken(self.path, form, dict(self.headers.items()))
                self.send_response(receiver.take(taken))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def statuses(taken: list[Taken]) -> list[str]:
    """Status and code of callbacks, in the order they arrived: `["sent", "undelivered 30006"]`."""
    return [f"{one.form['MessageStatus']} {one.form.get('ErrorCode', '')}".strip() for one in taken]
