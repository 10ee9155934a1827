"""The metrics as Prometheus reads them; docs/reference/metrics.md lists all of them.

delivery_ledger_callbacks_total{process="web1:4242",outcome="recorded"} 1804.0
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.providers.contract import ANSWER_KINDS
from ledger.store.distribution import Distribution
from webapp.callback_problems import Problem
from webapp.explain.webhooks import STATE_TONES
from webapp.metrics.collecting import LedgerReadings, Readings, SendingReadings, ViewReadings
from webapp.metrics.roles import Role
from webapp.store_checks import Place
from webapp.webhooks.readings import WebhookReadings

K = TypeVar("K", bound=str)

_PREFIX = "delivery_ledger_"
CALLBACK_OUTCOMES = ("recorded", "repeated", "refused", "unavailable")
SIGN_IN_OUTCOMES = ("failed", "waited", "busy")


class ReadingsCollector(Collector):
    """Makes the metrics of each reading."""

    def __init__(self, read: Callable[[], Readings]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Read, and return the metrics of what could be read."""
        readings = self._read()
        yield _by_label("up", "Whether a database can be read.", "database", readings.is_up)
        has_problem = dict.fromkeys(Place, 0)
        has_problem |= {problem.place: 1 for problem in readings.store_problems}
        yield _by_label(
            "store_problem",
            "Whether a database or a folder cannot be written, or soon will not be.",
            "place",
            has_problem,
        )
        if readings.ledger:
            yield from _of_ledger(readings.ledger, readings.at)
        if readings.views:
            yield from _of_views(readings.views, readings.at)
        if readings.sending:
            yield from _of_sending(readings.sending, readings.at)
        if readings.webhooks:
            yield from _of_webhooks(readings.webhooks, readings.at)
        yield from _of_processes(readings)


def _of_ledger(ledger: LedgerReadings, now: datetime) -> Iterator[Metric]:
    yield _total("events", "Events in the ledger: its head.", ledger.head)
    yield _total("stray_callbacks", "Callbacks of no known delivery.", ledger.strays)
    yield _gauge("checkpoint_events", "Events that checkpoints cover.", ledger.checkpoint_size)
    if ledger.checkpoint_at:
        yield _gauge(
            "checkpoint_age_seconds",
            "The age of the newest checkpoint.",
            _seconds_since(ledger.checkpoint_at, now),
        )


def _of_views(views: ViewReadings, now: datetime) -> Iterator[Metric]:
    yield _gauge("views_lag_events", "Events that the views have not read.", views.behind)
    yield _gauge(
        "views_lag_seconds",
        "The age of the oldest event that the views have not read.",
        _seconds_since(views.unread_since, now),
    )
    yield _gauge("parked_events", "Events that the views could not read.", views.parked)
    totals = views.totals
    statuses = {status: totals.deliveries.get(status, 0) for status in DeliveryStatus}
    yield _by_label("deliveries", "Deliveries by status.", "status", statuses)
    states = {state: totals.campaigns.get(state, 0) for state in CampaignState}
    yield _by_label("campaigns", "Campaigns by state.", "state", states)
    yield _gauge(
        "oldest_due_seconds",
        "How long the text that has waited longest could have been sent.",
        _seconds_since(totals.due_since, now),
    )
    yield _gauge("unsettled_attempts", "Attempts without an outcome.", totals.unsettled)
    yield _gauge(
        "oldest_unsettled_seconds",
        "The age of the oldest attempt without an outcome.",
        _seconds_since(totals.unsettled_since, now),
    )
    yield _gauge("undecided_texts", "Texts that staff must decide about.", totals.undecided)
    yield _gauge("possible_opt_outs", "Texts that may ask for an opt-out.", views.possible_opt_outs)
    yield _gauge("priced_texts", "Texts of which the price is known.", views.priced_texts)
    yield _gauge(
        "unpriced_texts",
        "Texts that Twilio accepted and has named no price of.",
        max(views.accepted_texts - views.priced_texts, 0),
    )
    oldest = views.oldest_possible_opt_out
    yield _gauge(
        "oldest_possible_opt_out_seconds",
        "The age of the oldest of these texts.",
        _seconds_since(oldest.received_at if oldest else None, now),
    )


def _of_sending(sending: SendingReadings, now: datetime) -> Iterator[Metric]:
    yield _gauge("sending_on", "Whether attempts may start.", not sending.is_off)
    yield _gauge(
        "rate_limit_pause_seconds",
        "How long no text goes out, because Twilio asked for it.",
        _seconds_since(now, sending.limited_until) if sending.limited_until else 0.0,
    )
    if sending.prices_read_at:
        yield _gauge(
            "price_page_age_seconds",
            "How long ago a page of Twilio's list was last read for prices.",
            _seconds_since(sending.prices_read_at, now),
        )
    problems = dict.fromkeys(Problem, 0)
    problems |= {each.problem: each.count for each in sending.callback_problems}
    yield _by_label(
        "callback_problems",
        "Requests of the last day that were refused or came to a wrong address.",
        "problem",
        problems,
    )
    if last := sending.verification:
        yield _gauge(
            "verification_age_seconds",
            "How long ago the ledger was last verified.",
            _seconds_since(last.began_at, now),
        )
        yield _gauge("verification_faults", "Faults that were then found.", last.fault_count)


def _of_webhooks(webhooks: WebhookReadings, now: datetime) -> Iterator[Metric]:
    states = {state: webhooks.states.get(state, 0) for state in STATE_TONES}
    yield _by_label("webhook_endpoints", "Webhook endpoints by state.", "state", states)
    yield _gauge(
        "webhook_lag_events", "Events of which an endpoint has no message yet.", webhooks.behind
    )
    yield _gauge(
        "oldest_webhook_seconds",
        "The age of the oldest of these events.",
        _seconds_since(webhooks.waiting_since, now),
    )
    yield _gauge("webhook_failures", "Tries in a row that failed.", webhooks.failures)


def _of_processes(readings: Readings) -> Iterator[Metric]:
    running = [each for each in readings.processes if each.is_running(readings.at)]
    roles = {role: sum(role in process.roles for process in running) for role in Role}
    yield _by_label("processes", "Processes that run, by what they do.", "role", roles)
    yield _of_each(
        CounterMetricFamily,
        "callbacks",
        "Requests of Twilio, by what became of them.",
        "outcome",
        {process.name: _all(CALLBACK_OUTCOMES, process.numbers.callbacks) for process in running},
    )
    yield _of_each(
        CounterMetricFamily,
        "sign_in_failures",
        "Sign-ins that failed, had to wait, or came at a busy moment.",
        "outcome",
        {process.name: _all(SIGN_IN_OUTCOMES, process.numbers.sign_ins) for process in running},
    )
    senders = [process for process in running if Role.SENDING in process.roles]
    yield _of_each(
        CounterMetricFamily,
        "send_answers",
        "Twilio's answers to texts.",
        "answer",
        {process.name: _all(ANSWER_KINDS, process.numbers.answers) for process in senders},
    )
    yield _by_label(
        "circuit_breaker_open",
        "Whether a sender makes one attempt at a time, after failures.",
        "process",
        {process.name: process.numbers.is_breaker_open for process in senders},
    )
    yield _histogram(
        "commit_commands",
        "Commands in one commit.",
        {process.name: process.numbers.commit_sizes for process in running},
    )
    yield _histogram(
        "commit_wait_seconds",
        "How long a command waited until it was durable.",
        {process.name: process.numbers.commit_waits for process in running},
    )


def _all(names: tuple[str, ...], counts: Mapping[str, int]) -> Mapping[str, int]:
    return {name: counts.get(name, 0) for name in names}


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    """Return how long ago it was; 0 for what was recorded after `now` was read."""
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}{name}", words, value=float(value))


def _total(name: str, words: str, value: int) -> Metric:
    return CounterMetricFamily(f"{_PREFIX}{name}", words, value=value)


def _by_label(name: str, words: str, label: str, values: Mapping[K, float]) -> Metric:
    family = GaugeMetricFamily(f"{_PREFIX}{name}", words, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], float(value))
    return family


def _of_each(
    kind: type[CounterMetricFamily],
    name: str,
    words: str,
    label: str,
    values: Mapping[str, Mapping[str, int]],
) -> Metric:
    family = kind(f"{_PREFIX}{name}", words, labels=["process", label])
    for process, counts in values.items():
        for key, count in counts.items():
            family.add_metric([process, key], count)
    return family


def _histogram(name: str, words: str, values: Mapping[str, Distribution]) -> Metric:
    family = HistogramMetricFamily(f"{_PREFIX}{name}", words, labels=["process"])
    for process, values_of in values.items():
        if values_of.bounds:
            family.add_metric([process], _buckets(values_of), values_of.total)
    return family


def _buckets(values: Distribution) -> list[tuple[str, float]]:
    """Return each bound with how many values are at most as large: ("0.5", 12), ("+Inf", 13)."""
    names = [*(str(float(bound)) for bound in values.bounds), "+Inf"]
    return [
        (name, float(count)) for name, count in zip(names, accumulate(values.counts), strict=True)
    ]
