"""Webhooks: what consumers cost the callbacks, and the memory of the process that tells them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from bench.building import build
from bench.fates import form_of
from bench.ledgers import family
from bench.load import load, request
from bench.measuring import Figure, Reach, figure
from bench.receiving import Accepted, accepted
from bench.setting import Setting, opened
from kit.processes import School, reserve_port, signature
from kit.world import PUBLIC_URL, environment

_CONNECTIONS = 4
"""Far more than 10,000 changes a minute come over these."""
_DONE_SECONDS = 600.0
_CONSUMER = """
import http.server, sys, time
wait, port = float(sys.argv[1]), int(sys.argv[2])
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(wait)
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
_SLOW_SECONDS = 0.5
_KIB = 1024


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    without = _told(setting, None)
    fast = _told(setting, 0.0)
    slow = _told(setting, _SLOW_SECONDS)
    changes = f"{setting.scale.callbacks:,} status changes, `serve`, SQLite"
    yardstick = "the same without a consumer"
    for name, found in (("a fast consumer", fast), (f"one that takes {_SLOW_SECONDS} s", slow)):
        detail = f"p99 {found.p99:.1f} ms against {without.p99:.1f}"
        ratio = [found.p99 / without.p99]
        what = f"p99 of callbacks with {name}, {changes}"
        yield figure(what, yardstick, Reach(2, is_most=True), ratio, detail)
        more = [found.memory - without.memory]
        what = f"memory of the pages' process with {name}"
        detail = f"{found.memory:.0f} MB against {without.memory:.0f}, the most that was resident"
        yield figure(what, yardstick, Reach(30, "MB", is_most=True), more, detail)
    rate = [setting.scale.callbacks / fast.seconds]
    yield figure(
        "messages a second to one fast consumer", "–", Reach(170, "/s"), rate, "10,000 in a minute"
    )


class _Found:
    """What was measured with one consumer, or without."""

    def __init__(self, p99: float, memory: float, seconds: float) -> None:
        self.p99, self.memory, self.seconds = p99, memory, seconds


def _told(setting: Setting, wait: float | None) -> _Found:
    url, count = setting.new_url("SQLite"), setting.scale.callbacks
    build(url, count, with_callbacks=False)
    settings = environment(url) | {"LEDGER_WEBHOOKS_ALLOW_PRIVATE": "on"}
    school = School(setting.new_folder(), reserve_port(), settings=settings)
    with _consumer(wait) as address:
        with opened(url) as world:
            texts = accepted(world)
        if address:
            added = ["webhook", "add", address, "--name", "bench"]
            if (done := school.run(*added)).returncode:
                raise RuntimeError(done.stderr)
        with school.running("serve", "--port", str(school.port)) as process:
            began = time.monotonic()
            found = load(school.url, _CONNECTIONS, [_delivered(text) for text in texts])
            if found.statuses != {"204": count}:
                raise RuntimeError(f"Not every callback was taken: {found.statuses}")
            if wait == 0.0:
                _wait_until_told(url)
            seconds = time.monotonic() - began
            memory = _peak(family(process.pid)[1])
    return _Found(1000 * found.quantile(0.99), memory, seconds)


def _delivered(text: Accepted) -> bytes:
    form = form_of(text.sid, "delivered")
    return request(
        text.path,
        urlencode(form).encode(),
        Content_Type="application/x-www-form-urlencoded",
        X_Twilio_Signature=signature(PUBLIC_URL + text.path, form),
    )


def _wait_until_told(url: str) -> None:
    deadline = time.monotonic() + _DONE_SECONDS
    with opened(url) as world:
        head, leases = world.app.ledger.reader.head(), world.app.webhook_sending.leases
        while any(each.seq < head for each in leases.all().values()) or not leases.all():
            if time.monotonic() > deadline:
                raise RuntimeError("The consumer was not told everything.")
            time.sleep(0.1)


def _peak(pid: int) -> float:
    """The most that a process had in memory, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return peak / _KIB


@contextmanager
def _consumer(wait: float | None) -> Iterator[str]:
    if wait is None:
        yield ""
        return
    port = reserve_port()
    process = subprocess.Popen([sys.executable, "-c", _CONSUMER, str(wait), str(port)])
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()
