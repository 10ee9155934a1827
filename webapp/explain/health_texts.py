"""What the Health page says about sending, and about texts that wait for something."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from webapp.explain.health_checks import LONG, Check, bad, good, sum_of, wait
from webapp.explain.numbers import counted, duration, number, plural
from webapp.explain.sending import sending_problem
from webapp.explain.sentences import joined
from webapp.explain.verifications import Tone
from webapp.metrics.collecting import Readings, SendingReadings, ViewReadings
from webapp.metrics.processes import Process
from webapp.metrics.roles import Role


def text_checks(readings: Readings, views: ViewReadings) -> Iterator[Check]:
    """Say what became of texts, whether any are sent, and what staff must decide."""
    yield good("Deliveries", _deliveries(views))
    if readings.sending:
        yield from _sending(readings, readings.sending, views)
    yield from _outcomes(views, readings.at)
    if undecided := views.totals.undecided:
        texts = counted(undecided, "text")
        words = f"Staff must decide about {texts} whose outcome Twilio's records leave open."
        yield wait("Texts to decide", words, endpoint="decisions.index")
    yield from _possible_opt_outs(views, readings.at)


def _deliveries(views: ViewReadings) -> str:
    deliveries, states = views.totals.deliveries, views.totals.campaigns
    parts = ", ".join(f"{number(deliveries[status])} {status}" for status in DeliveryStatus)
    sending = counted(states[CampaignState.SENDING], "campaign")
    return f"{counted(sum(deliveries.values()), 'delivery')}: {parts}. {sending} may send."


def _outcomes(views: ViewReadings, now: datetime) -> Iterator[Check]:
    """Say how many attempts have no outcome yet, if any."""
    totals = views.totals
    if totals.unsettled:
        since = totals.unsettled_since
        words = f"{counted(totals.unsettled, 'attempt')} {plural(totals.unsettled, 'has', 'have')}"
        age = duration((now - since).total_seconds()) if since else ""
        sentence = f"{words} no outcome yet, the oldest for {age}. Twilio is asked about it."
        is_late = since is not None and now - since > LONG
        yield (wait if is_late else good)("Outcomes", sentence)


def _possible_opt_outs(views: ViewReadings, now: datetime) -> Iterator[Check]:
    """Say how many texts may ask for an opt-out, if any."""
    if oldest := views.oldest_possible_opt_out:
        texts = counted(views.possible_opt_outs, "text")
        may = plural(views.possible_opt_outs, "asks", "ask")
        yield Check(
            name="Possible opt-outs",
            tone=Tone.BAD if oldest.due_by < now else Tone.WAIT,
            words=joined(
                f"{texts} possibly {may} for an opt-out. The oldest came at ",
                oldest.received_at,
                " and must be decided by ",
                oldest.due_by,
                ".",
            ),
            endpoint="possible_opt_outs.index",
        )


def _sending(readings: Readings, sending: SendingReadings, views: ViewReadings) -> Iterator[Check]:
    name, now = "Sending", readings.at
    senders = [p for p in readings.processes if p.is_running(now) and Role.SENDING in p.roles]
    is_needed = bool(views.totals.campaigns[CampaignState.SENDING])
    if sending.is_off:
        yield wait(name, "It is off: no attempt of any campaign starts.", endpoint="sending.show")
    elif problems := _sending_problems(readings):
        for part, problem in problems.items():
            yield bad(name, sending_problem(part, problem))
    elif not senders:
        words = "No process sends texts. Start `delivery-ledger send`, or `delivery-ledger up`."
        yield (bad if is_needed else wait)(name, words)
    elif any(sender.numbers.is_breaker_open for sender in senders):
        yield bad(
            name,
            "Twilio cannot be reached, refuses requests, or gives no readable answer. One attempt "
            "is made at a time until it answers. Check the network, and Twilio's status page.",
        )
    elif sending.limited_until:
        yield Check(
            name=name,
            tone=Tone.WAIT,
            words=joined("Twilio asked for a pause until ", sending.limited_until, "."),
        )
    else:
        yield _due(views.totals.due_since, now)
    yield from _answers(senders)


def _answers(senders: Sequence[Process]) -> Iterator[Check]:
    """Say what Twilio answered to texts, if it was asked to send any."""
    answers = sum_of(senders, "answers")
    if answers:
        asked = counted(sum(answers.values()), "text")
        busy = number(answers.get("too_many_requests", 0))
        yield good(
            "Twilio's answers",
            f"Since its processes started, Twilio was asked to send {asked}: it took "
            f"{number(answers.get('accepted', 0))}, refused {number(answers.get('refused', 0))}, "
            f"said {busy} times that there were too many requests, was not reached "
            f"{number(answers.get('not_reached', 0))} times, and left the outcome of "
            f"{number(answers.get('unknown', 0))} open.",
        )


def _sending_problems(readings: Readings) -> dict[str, str]:
    """Return why parts of the sending do not run, of all processes that run."""
    running = [process for process in readings.processes if process.is_running(readings.at)]
    return {part: why for each in running for part, why in each.numbers.sending_problems.items()}


def _due(since: datetime | None, now: datetime) -> Check:
    name = "Sending"
    if since is None:
        return good(name, "Everything that is due was sent.")
    waited = f"Texts are due, the oldest for {duration((now - since).total_seconds())}."
    if now - since < LONG:
        return good(name, waited)
    return wait(
        name,
        f"{waited} With a low LEDGER_SEGMENTS_PER_SECOND a campaign takes its time; otherwise the "
        "log of the process that sends says why.",
    )
