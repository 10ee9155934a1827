"""What the Health page says about webhooks: whether endpoints get their messages."""

from collections.abc import Iterator
from datetime import datetime

from webapp.explain.health_checks import LONG, Check, good, wait
from webapp.explain.numbers import counted, duration, number, plural
from webapp.explain.sentences import capitalized
from webapp.webhooks.readings import WebhookReadings


def webhook_checks(webhooks: WebhookReadings, now: datetime) -> Iterator[Check]:
    """Yield one check about all endpoints; none where there are no endpoints."""
    name, endpoint = "Webhooks", "webhooks.index"
    number_of = sum(webhooks.states.values())
    if not number_of:
        return
    troubled = webhooks.states.get("failing", 0) + webhooks.states.get("off", 0)
    endpoints = counted(number_of, "program")
    if troubled:
        words = f"{number(troubled)} of {endpoints} {plural(troubled, 'takes', 'take')} no messages"
        behind = counted(webhooks.behind, "event")
        sentence = f"{words}. {capitalized(behind)} {plural(webhooks.behind, 'waits', 'wait')}."
        yield wait(name, sentence, endpoint=endpoint)
    elif webhooks.waiting_since and now - webhooks.waiting_since > LONG:
        since = duration((now - webhooks.waiting_since).total_seconds())
        behind = counted(webhooks.behind, "event")
        words = f"An endpoint did not get {behind} yet, the oldest for {since}. It may be slow."
        yield wait(name, words, endpoint=endpoint)
    else:
        yield good(
            name, f"{capitalized(endpoints)} {plural(number_of, 'has', 'have')} got all messages."
        )
