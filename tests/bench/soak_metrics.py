"""What `/metrics` says at the end of a soak: each figure that operators need is there, and sane."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import requests
from prometheus_client.parser import text_string_to_metric_families

_PREFIX = "delivery_ledger_"
_MOST_LAG_EVENTS = 2_000
_MOST_LAG_SECONDS = 5.0
_MOST_COMMIT_WAIT_SECONDS = 2.4
"""After so long a callback is answered 503."""
_HOUR = 3600.0


@dataclass(frozen=True)
class Sample:
    """One line of the answer."""

    labels: Mapping[str, str]
    value: float


Samples = Mapping[str, list[Sample]]
"""Name without its beginning → all lines with that name."""


@dataclass(frozen=True)
class Figure:
    """A figure that operators need."""

    words: str
    read: Callable[[Samples], float]
    """Raises `LookupError` where it is not there."""
    is_sane: Callable[[float], bool]


def _sum(name: str, **labels: str) -> Callable[[Samples], float]:
    """Return what adds up the lines of a name that have these labels."""

    def read(samples: Samples) -> float:
        fitting = [each for each in samples[name] if labels.items() <= each.labels.items()]
        if not fitting:
            raise LookupError(name)
        return sum(each.value for each in fitting)

    return read


def _mean(name: str) -> Callable[[Samples], float]:
    """Return what reads the mean of a histogram over all processes."""
    total, count = _sum(f"{name}_sum"), _sum(f"{name}_count")
    return lambda samples: total(samples) / max(count(samples), 1)


def _is_none(value: float) -> bool:
    return value == 0


def _is_some(value: float) -> bool:
    return value > 0


def figures(acknowledged: int, sent: int) -> tuple[Figure, ...]:
    """Return all figures; the counts are those that the clients saw, as lower limits."""
    return (
        Figure("head", _sum("events_total"), lambda head: head > acknowledged),
        Figure("lag in events", _sum("views_lag_events"), lambda n: 0 <= n < _MOST_LAG_EVENTS),
        Figure("lag in seconds", _sum("views_lag_seconds"), lambda n: 0 <= n < _MOST_LAG_SECONDS),
        Figure("oldest pending, s", _sum("oldest_due_seconds"), lambda n: 0 <= n < _HOUR),
        Figure("strays", _sum("stray_callbacks_total"), _is_none),
        Figure("parked events", _sum("parked_events"), _is_none),
        Figure(
            "callbacks recorded",
            _sum("callbacks_total", outcome="recorded"),
            lambda count: count >= acknowledged,
        ),
        Figure("callbacks repeated", _sum("callbacks_total", outcome="repeated"), _is_some),
        Figure("callbacks refused", _sum("callbacks_total", outcome="refused"), _is_some),
        Figure(
            "texts accepted",
            _sum("send_answers_total", answer="accepted"),
            lambda count: count >= sent,
        ),
        Figure("answers 429", _sum("send_answers_total", answer="too_many_requests"), _is_none),
        Figure("circuit breakers open", _sum("circuit_breaker_open"), _is_none),
        Figure("commands in a commit, mean", _mean("commit_commands"), lambda n: 1 <= n <= 200),
        Figure(
            "wait for a commit, mean s",
            _mean("commit_wait_seconds"),
            lambda seconds: 0 < seconds < _MOST_COMMIT_WAIT_SECONDS,
        ),
        Figure("checkpoint age, s", _sum("checkpoint_age_seconds"), lambda n: 0 <= n < _HOUR),
        Figure("possible opt-outs", _sum("possible_opt_outs"), lambda count: count == 1),
        Figure("sign-ins failed", _sum("sign_in_failures_total", outcome="failed"), _is_some),
    )


def read_metrics(url: str) -> Samples:
    """Return what the process at that address says of all processes."""
    answer = requests.get(f"{url}/metrics", timeout=15)
    answer.raise_for_status()
    samples: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(answer.text):
        for each in family.samples:
            name = each.name.removeprefix(_PREFIX)
            samples.setdefault(name, []).append(Sample(each.labels, each.value))
    return samples


def problems(samples: Samples, wanted: tuple[Figure, ...]) -> Iterator[str]:
    """Yield what is wrong: a figure that is not there, or has a value that cannot be right."""
    for figure in wanted:
        try:
            value = figure.read(samples)
        except LookupError:
            yield f"{figure.words} is not there"
        else:
            if not figure.is_sane(value):
                yield f"{figure.words} is {value:g}"


def told(samples: Samples, wanted: tuple[Figure, ...]) -> str:
    """Return all figures in one line, or what is wrong with them."""
    wrong = list(problems(samples, wanted))
    if wrong:
        return f"`/metrics` at the end: {'; '.join(wrong)} (not reached)"
    values = ", ".join(f"{figure.words} {figure.read(samples):,.4g}" for figure in wanted)
    return f"`/metrics` at the end has every figure (reached): {values}"
