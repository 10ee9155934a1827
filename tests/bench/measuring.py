"""How a benchmark measures: a thing and its yardsticks in turn, and medians as ratios."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

Seconds = dict[str, list[float]]
"""Name → one figure a round."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of a table."""

    what: str
    yardstick: str
    reach: str
    found: str
    spread: str
    """The least and the greatest of the rounds."""
    reached: str
    detail: str


@dataclass(frozen=True)
class Reach:
    """What a figure should come to: at least so much of a speed, at most of anything else."""

    number: float
    unit: str = "×"
    is_most: bool = False

    def __str__(self) -> str:
        sign = "≤" if self.is_most else "≥"
        return f"{sign} {in_unit(self.number, self.unit)}"

    def judged(self, found: float) -> str:
        """Whether the figure reaches it."""
        return "yes" if (found <= self.number if self.is_most else found >= self.number) else "no"


def in_turn(works: Mapping[str, Callable[[int], float | None]], rounds: int) -> Seconds:
    """Run all works once a round, in turn, so that a busy machine is busy for all of them.

    A work that gives a number has measured itself; any other is timed.
    """
    found: Seconds = {name: [] for name in works}
    for number in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            measured = work(number)
            found[name].append(time.perf_counter() - started if measured is None else measured)
    return found


def times(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """How many times the second the first is, round by round."""
    return [a / b for a, b in zip(above, below, strict=True)]


def figure(
    what: str, yardstick: str, reach: Reach | None, rounds: Sequence[float], detail: str
) -> Figure:
    """The median of the rounds beside its reach; without a reach it is only told."""
    unit = reach.unit if reach else "×"
    middle = statistics.median(rounds)
    return Figure(
        what=what,
        yardstick=yardstick,
        reach=str(reach or "–"),
        found=in_unit(middle, unit),
        spread=f"{in_unit(min(rounds), unit)} – {in_unit(max(rounds), unit)}",
        reached=reach.judged(middle) if reach else "–",
        detail=detail,
    )


def not_run(what: str, yardstick: str, why: str) -> Figure:
    """A line without a figure, and the reason."""
    return Figure(
        what=what,
        yardstick=yardstick,
        reach="–",
        found="not run",
        spread="–",
        reached="–",
        detail=why,
    )


def middle(rounds: Sequence[float]) -> float:
    """The median."""
    return statistics.median(rounds)


def in_unit(number: float, unit: str) -> str:
    """Three digits that count, and the unit."""
    digits = 0 if number >= 100 else 1 if number >= 10 else 2
    return f"{number:,.{digits}f} {unit}"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    heads = ("what", "against", "reach", "found", "spread", "reached", "how")
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(asdict(each).values())} |" for each in figures]
    return "\n".join(lines)
