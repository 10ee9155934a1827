"""One line of the Health page: what it says of a part of the program, and how good the news is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from webapp.explain.sentences import Sentence
from webapp.explain.verifications import Tone
from webapp.metrics.processes import Process

LONG = timedelta(minutes=15)
"""From then on what waits is worth a look."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One part of the program: how good the news is, what is the case, and what helps."""

    name: str
    tone: Tone
    words: Sentence
    endpoint: str | None = None
    """The page where something can be done."""


def good(name: str, words: str) -> Check:
    """Return a check that found nothing to do."""
    return Check(name=name, tone=Tone.GOOD, words=(words,))


def wait(name: str, words: str, endpoint: str | None = None) -> Check:
    """Return a check that is worth a look."""
    return Check(name=name, tone=Tone.WAIT, words=(words,), endpoint=endpoint)


def bad(name: str, words: str) -> Check:
    """Return a check that found something wrong."""
    return Check(name=name, tone=Tone.BAD, words=(words,))


def sum_of(processes: Iterable[Process], name: str) -> dict[str, int]:
    """Return the counts of this name of all these processes, added."""
    totals: dict[str, int] = {}
    for process in processes:
        for key, count in getattr(process.numbers, name).items():
            totals[key] = totals.get(key, 0) + count
    return totals
