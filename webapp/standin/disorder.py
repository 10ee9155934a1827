"""The seeded disorder: callbacks lost, doubled, late, shuffled, or posted before the answer.

Pure functions on the callbacks of one text: the same seed, number and attempt always give the same
disorder.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from webapp.standin.behaviour import Course, Step

LOST = 0.03
"""Share of callbacks that are never posted."""
DOUBLED = 0.15
"""Share of callbacks that are posted twice, up to two paces apart."""
LATE = 0.10
"""Share of callbacks that are ten to thirty paces late."""
SHUFFLED = 0.10
"""Share of texts whose callbacks are reordered."""
EARLY = 0.05
"""Share of texts whose first callback is posted before the create request is answered."""


def dice(seed: int | None, number: str, attempt: int) -> Random:
    """Return the random numbers of one attempt to one number under one seed."""
    return Random(f"{seed}/{number}/{attempt}")  # noqa: S311 - repeatable, and no secret


def tempo(pace_seconds: float, random: Random) -> float:
    """Return the seconds of a pace for one text: half to one and a half times the mean."""
    return pace_seconds * random.uniform(0.5, 1.5)


def disturb(reports: Course, random: Random) -> Course:
    """Return the callbacks of one text as they are posted, each with its time in paces."""
    kept = [step for step in reports if random.random() >= LOST]
    doubled = [twin for step in kept for twin in _twins(step, random)]
    delayed = [_perhaps_late(step, random) for step in doubled]
    shuffled = _shuffle(delayed, random) if random.random() < SHUFFLED else delayed
    timely = sorted(shuffled, key=lambda step: step.paces)
    return _hasten(timely) if random.random() < EARLY else tuple(timely)


def _twins(step: Step, random: Random) -> list[Step]:
    if random.random() >= DOUBLED:
        return [step]
    again = replace(step, paces=step.paces + random.uniform(0, 2), is_before_answer=False)
    return [step, again]


def _perhaps_late(step: Step, random: Random) -> Step:
    if step.is_before_answer or random.random() >= LATE:
        return step
    return replace(step, paces=step.paces + random.uniform(10, 30))


def _shuffle(steps: Sequence[Step], random: Random) -> list[Step]:
    times = [step.paces for step in steps]
    random.shuffle(times)
    return [replace(step, paces=paces) for step, paces in zip(steps, times, strict=True)]


def _hasten(steps: Sequence[Step]) -> Course:
    return tuple(
        replace(step, is_before_answer=step.is_before_answer or index == 0)
        for index, step in enumerate(steps)
    )
