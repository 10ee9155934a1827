"""The axis of a bar chart: round numbers from zero to at least the greatest."""

from webapp.charts.time_axis import Tick, short_number

_STEPS = (1, 2, 5)
_MOST_STEPS = 5


def rounded_top(greatest: int) -> tuple[int, int]:
    """Return the top of the axis and its step: 1, 2 or 5 times a power of ten, at most five steps.

    The top is the first step at or above `greatest`; without any number it is 1.
    """
    power = 1
    while True:
        for factor in _STEPS:
            step = factor * power
            if step * _MOST_STEPS >= greatest:
                return max(-(-greatest // step), 1) * step, step
        power *= 10


def rounded_ticks(greatest: int) -> list[Tick]:
    """Return the ticks of that axis, the lowest first; `percent` is from the top."""
    top, step = rounded_top(greatest)
    return [
        Tick(round(100 - 100 * value / top, 2), short_number(value))
        for value in range(0, top + 1, step)
    ]
