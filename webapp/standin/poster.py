"""Posts callbacks when they are due: one thread waits for the times, a few others post.

All callbacks of one text use the same posting thread, so that they stay in order. `planning.py`
decides what is posted and when.
"""

import heapq
import time
from collections import Counter
from dataclasses import replace
from itertools import count
from queue import SimpleQueue
from threading import Condition, Thread
from zlib import crc32

import requests

from webapp.standin.notebook import Callback, Notebook
from webapp.standin.retries import retry_rules
from webapp.standin.settings import StandInSettings
from webapp.standin.signature import bare_url, sign

_POSTERS = 12


class Poster:
    """The threads that post; `counts` has the callbacks posted, refused and unreached."""

    def __init__(self, settings: StandInSettings, notebook: Notebook) -> None:
        self._settings = settings
        self._notebook = notebook
        self._wake = Condition()
        self._is_stopping = False
        self._order = count()
        self._waiting: list[tuple[float, int, Callback]] = []
        self._queues: list[SimpleQueue[Callback | None]] = [SimpleQueue() for _ in range(_POSTERS)]
        self._counts: Counter[str] = Counter()
        posters = [Thread(target=self._post_all, args=[q], daemon=True) for q in self._queues]
        self._threads = [Thread(target=self._keep_time, daemon=True), *posters]

    @property
    def counts(self) -> Counter[str]:
        """A copy of the counts."""
        with self._wake:
            return self._counts.copy()

    def start(self) -> None:
        """Start the threads, and post what is left in the notebook."""
        for callback in self._notebook.pending():
            self.post(callback)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Post no more; waits briefly for a request that is under way."""
        with self._wake:
            self._is_stopping = True
            self._wake.notify()
        for queue in self._queues:
            queue.put(None)
        until = time.monotonic() + 0.3
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def post(self, callback: Callback) -> None:
        """Post a callback when it is due."""
        with self._wake:
            heapq.heappush(self._waiting, (callback.due, next(self._order), callback))
            self._wake.notify()

    def post_now(self, callback: Callback) -> None:
        """Post a callback before returning."""
        with _session() as session:
            self._try(session, callback)

    def _keep_time(self) -> None:
        while (callback := self._next_due()) is not None:
            self._queues[crc32(callback.sid.encode()) % _POSTERS].put(callback)

    def _next_due(self) -> Callback | None:
        with self._wake:
            while not self._is_stopping:
                wait = self._waiting[0][0] - time.time() if self._waiting else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._wake.wait(wait)
        return None

    def _post_all(self, queue: "SimpleQueue[Callback | None]") -> None:
        with _session() as session:
            while (callback := queue.get()) is not None and not self._is_stopping:
                self._try(session, callback)

    def _try(self, session: requests.Session, callback: Callback) -> None:
        if not self._notebook.is_pending(callback):
            return
        failure = self._send(session, callback)
        tries = callback.tries + 1
        if failure and retry_rules(callback.url).allow(failure, tries):
            wait = self._settings.pace_seconds * 2 ** (tries - 2)
            self.post(replace(callback, tries=tries, due=time.time() + wait))
            return
        self._count(failure)
        self._notebook.remove(callback)

    def _count(self, failure: str | None) -> None:
        names = {None: "posted", "ct": "unreached", "rt": "unreached"}
        with self._wake:
            self._counts[names.get(failure, "refused")] += 1

    def _send(self, session: requests.Session, callback: Callback) -> str | None:
        """Post once; return the kind of failure in Twilio's words, or None when it was accepted."""
        rules = retry_rules(callback.url)
        waits = (rules.connect_seconds, rules.read_seconds)
        try:
            request = self._request(session, callback)
            response = session.send(request, timeout=waits, allow_redirects=False)
        except requests.ReadTimeout:
            return "rt"
        except requests.RequestException:
            return "ct"
        if response.ok and response.status_code < 300:
            return None
        return f"{response.status_code // 100}xx"

    def _request(self, session: requests.Session, callback: Callback) -> requests.PreparedRequest:
        """Return the signed request; the signature covers the address as it is sent."""
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": callback.token,
        }
        request = session.prepare_request(
            requests.Request(
                "POST", bare_url(callback.url), headers=headers, data=dict(callback.params)
            )
        )
        signature = sign(self._settings.auth_token, request.url or "", callback.params)
        request.headers["X-Twilio-Signature"] = signature
        return request


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session
