"""Twilio at rate: several threads post callbacks, and post each again until it is acknowledged."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from kit.processes import School, post
from kit.provider import FakeProvider
from kit.soundness import check_world, marks
from kit.world import World
from ledger.clock import SystemClock
from webapp.bootstrap import build
from webapp.settings import read_settings
from webapp.standin import StandIn

_THREADS = 4
_AGAIN_SECONDS = 0.05


@dataclass
class Load:
    """Posts to these addresses in turn; every callback bears a mark of its own."""

    urls: Sequence[str]
    acknowledged: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Every answer that came, 0 where none did."""
    give_up_seconds: float = 30.0
    _stop: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def about(cls, standin: StandIn) -> "Load":
        """Callbacks about every text that the stand-in was given."""
        return cls([text.status_callback.partition("#")[0] for text in standin.messages()])

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Post within the block; at its end whatever was posted is acknowledged."""
        threads = [threading.Thread(target=self._run, args=[n]) for n in range(_THREADS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop()
            for thread in threads:
                thread.join()

    def stop(self) -> None:
        """Post nothing new."""
        self._stop.set()

    def wait_for(self, more: int) -> None:
        """Return once this number of further callbacks is acknowledged."""
        target = len(self.acknowledged) + more
        self._wait_until(lambda: len(self.acknowledged) >= target)

    def wait_for_answers(self, status: int, count: int = 1) -> None:
        """Return once the newest answers, as many as `count`, have this status."""
        self._wait_until(lambda: self.answers[-count:] == [status] * count)

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.give_up_seconds
        while not is_so():
            assert time.monotonic() < deadline, self.answers[-20:]
            time.sleep(0.01)

    def _run(self, thread: int) -> None:
        number = 0
        while not self._stop.is_set():
            self.deliver(f"{thread}/{number}", self.urls[number % len(self.urls)])
            number += 1

    def deliver(self, mark: str, url: str) -> None:
        """Post one callback until it is acknowledged, as Twilio does within its five tries."""
        form = {"MessageSid": f"SM{mark}", "MessageStatus": "sent", "Mark": mark}
        deadline = time.monotonic() + self.give_up_seconds
        while (answer := post(url, form)) != 204:
            self.answers.append(answer)
            assert time.monotonic() < deadline, f"{mark} was never taken: {self.answers[-20:]}"
            time.sleep(_AGAIN_SECONDS)
        self.answers.append(answer)
        self.acknowledged.append(mark)


def check_school(school: School, load: Load) -> None:
    """All of it is sound, and every acknowledged callback is there exactly once."""
    clock = SystemClock()
    app = build(read_settings(school.environment), clock=clock)
    world = World(
        url=school.environment["LEDGER_DATABASE_URL"],
        clock=clock,
        provider=FakeProvider(),
        app=app,
    )
    try:
        check_world(world)
        kept = marks(app.ledger)
    finally:
        world.close()
    verified = school.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert load.acknowledged
    assert set(load.acknowledged) <= set(kept)
    assert set(kept.values()) == {1}
