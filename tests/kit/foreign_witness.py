"""A witness of another program, written from the C2SP page; it shares no code with the ledger's.

It serves in a thread. What it cosigned can be changed by hand, as can its answer.
"""

import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit import tlog

NAME = "foreign.example/w1"
TIME = 1_700_000_000


class ForeignWitness:
    """Knows one log; `answer` replaces its answers by (status, body)."""

    def __init__(self) -> None:
        self.log: tlog.Vkey | None = None
        self.key = Ed25519PrivateKey.generate()
        self.last: tuple[int, bytes] = (0, tlog.sha256(b""))
        self.requests: list[str] = []
        self.answer: tuple[int, str] | None = None
        self.url = ""

    @property
    def _data(self) -> bytes:
        return b"\x04" + self.key.public_key().public_bytes_raw()

    @property
    def _id(self) -> bytes:
        return tlog.sha256(NAME.encode() + b"\n" + self._data)[:4]

    @property
    def vkey(self) -> tlog.Vkey:
        return tlog.Vkey(f"{NAME}+{self._id.hex()}+{b64encode(self._data).decode()}")

    @property
    def setting(self) -> str:
        """The pair of key and address that LEDGER_WITNESSES takes."""
        return f"{self.vkey.text} {self.url}/sub/"

    def add(self, body: str) -> tuple[int, str, str]:
        """The status, the type and the body of the answer to a request."""
        self.requests.append(body)
        if self.answer:
            return (self.answer[0], "text/plain", self.answer[1])
        head, _, note = body.partition("\n\n")
        old, *proof = head.split("\n")
        origin, size, root = note.split("\n")[:3]
        if self.log is None or origin != self.log.name:
            return (404, "text/plain", "")
        if not self.log.signed(note):
            return (403, "text/plain", "")
        if old != f"old {self.last[0]}":
            return (409, "text/x.tlog.size", f"{self.last[0]}\n")
        new = (int(size), b64decode(root))
        nodes = [b64decode(line, validate=True) for line in proof]
        is_first, is_same = self.last[0] == 0, self.last == new
        if not (is_same or (is_first and not nodes) or tlog.is_consistent(self.last, new, nodes)):
            return (422, "text/plain", "")
        self.last = new
        return (200, "text/plain", self.line(note.partition("\n\n")[0] + "\n"))

    def line(self, text: str) -> str:
        """The cosignature of a checkpoint's text, and one by a key that nobody knows."""
        signed = self.key.sign(f"cosignature/v1\ntime {TIME}\n{text}".encode())
        data = b64encode(self._id + TIME.to_bytes(8, "big") + signed).decode()
        unknown = b64encode(bytes(4) + bytes(72)).decode()
        return f"\N{EM DASH} {NAME} {data}\n\N{EM DASH} {NAME} {unknown}\n"


@contextmanager
def foreign_witness() -> Iterator[ForeignWitness]:
    """A foreign witness that listens within the block."""
    witness = ForeignWitness()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            is_known = self.path == "/sub/add-checkpoint"
            status, kind, text = witness.add(body) if is_known else (404, "text/plain", "")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    witness.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield witness
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
