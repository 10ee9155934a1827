"""Everything is killed at random moments, again and again, while callbacks pour in.

Nothing acknowledged is lost, nobody is texted twice, and all of it is sound in the end.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import pytest

from kit.load import Load, check_school
from kit.processes import School, reserve_port

pytestmark = pytest.mark.torture

LATER = [f"L{number},+1415556{number:04}" for number in range(60)]
KILLS = 12


class Crew:
    """The long-running commands of a school; each that is killed is started again."""

    def __init__(self, school: School, stack: ExitStack) -> None:
        receiver, pages = str(school.port), str(reserve_port())
        self._starts: list[Callable[[], AbstractContextManager]] = [
            lambda: school.running("receive", "--port", receiver),
            lambda: school.running("serve", "--port", pages),
            lambda: school.running("send"),
            lambda: school.running("send"),
        ]
        self._stack = stack
        self._running = [stack.enter_context(start()) for start in self._starts]

    def kill(self, which: int) -> None:
        self._running[which].kill()
        self._running[which].wait(timeout=10)

    def start(self, which: int) -> None:
        self._running[which] = self._stack.enter_context(self._starts[which]())

    def __len__(self) -> int:
        return len(self._starts)


def kill_at_random(crew: Crew, load: Load, moment: random.Random) -> None:
    which = moment.randrange(len(crew))
    load.wait_for(moment.randrange(1, 200))
    crew.kill(which)
    time.sleep(moment.uniform(0, 0.5))
    crew.start(which)


def check_texts(school: School, standin, campaign_id: str) -> None:
    """Nobody was texted twice, and whoever was texted has an attempt that says so."""
    texts = Counter(text.to for text in standin.messages())
    assert set(texts.values()) == {1}
    attempts = {r["phone"]: r["attempts"] for r in school.read("campaign", "contacts", campaign_id)}
    assert set(attempts.values()) <= {0, 1}
    assert {phone for phone in attempts if phone in texts} <= {p for p, n in attempts.items() if n}


@pytest.mark.both_databases
def test_programs_killed_at_any_moment_lose_nothing_and_text_nobody_twice(school, standin, seed):
    moment, load = random.Random(seed), Load.about(standin)
    campaign_id = school.launch(*LATER)
    with ExitStack() as stack:
        crew = Crew(school, stack)
        with load.running():
            for _ in range(KILLS):
                kill_at_random(crew, load, moment)
            load.wait_for(20)
    check_school(school, load)
    check_texts(school, standin, campaign_id)


def test_the_server_and_the_programs_killed_together_lose_nothing(
    postgres_school, durable_postgres, standin, seed
):
    moment, load = random.Random(seed), Load.about(standin)
    campaign_id = postgres_school.launch(*LATER)
    with ExitStack() as stack:
        crew = Crew(postgres_school, stack)
        with load.running():
            for _ in range(KILLS // 2):
                kill_at_random(crew, load, moment)
                load.wait_for(moment.randrange(1, 200))
                durable_postgres.kill()
                time.sleep(moment.uniform(0, 1))
                durable_postgres.start()
            load.wait_for(20)
    check_school(postgres_school, load)
    check_texts(postgres_school, standin, campaign_id)
