"""How a benchmark measures: the thing and its yardsticks in turn, and medians as ratios."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """One line of the report."""

    what: str
    yardstick: str
    reach: str
    found: str
    spread: str
    """The least and the greatest of the rounds."""
    detail: str = ""


@dataclass
class Rounds:
    """Seconds per round, by name."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """The middle one, in seconds."""
        return statistics.median(self.seconds[name])

    def speed_against(self, name: str, yardstick: str) -> tuple[float, str]:
        """How many times as fast as the yardstick, and the spread over the rounds."""
        ratios = [b / a for a, b in zip(self.seconds[name], self.seconds[yardstick], strict=True)]
        ratio = self.median(yardstick) / self.median(name)
        return ratio, f"{min(ratios):.2f}–{max(ratios):.2f}"


def in_turn(works: Mapping[str, Callable[[int], None]], rounds: int = ROUNDS) -> Rounds:
    """Run all works once a round, in turn, so that a busy machine is busy for all of them."""
    found = Rounds({name: [] for name in works})
    for number in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            work(number)
            found.seconds[name].append(time.perf_counter() - started)
    return found


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    heads = ("What", "Yardstick", "Reach", "Found", "Spread", "Detail")
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(vars(figure).values())} |" for figure in figures]
    return "\n".join(lines)
