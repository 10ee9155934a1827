"""What the Health page says: each part of the program in a sentence, and what to do about it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from webapp.explain.callback_problems import PROBLEM_TITLES, problem_sentence
from webapp.explain.numbers import counted, duration, number, plural
from webapp.explain.sending import sending_problem
from webapp.explain.sentences import Sentence, capitalized, joined
from webapp.explain.verifications import Tone
from webapp.metrics.collecting import LedgerReadings, Readings, SendingReadings, ViewReadings
from webapp.metrics.processes import Process
from webapp.metrics.roles import Role
from webapp.store_checks import Place
from webapp.verifications import Verification

_LATE = timedelta(minutes=1)
_LONG = timedelta(minutes=15)
"""From then on what waits is worth a look."""
_OLD = timedelta(hours=2)
"""The age of a checkpoint; docs/deploy/alerts.yaml has it too."""
_RESTS = 12
"""A verification is old after that many times the time that it took."""

_PLACES = {
    Place.LEDGER: ("Ledger", "Nothing can be recorded or sent; callbacks are answered 503."),
    Place.VIEWS: ("Views", "Pages cannot be shown, and nothing is sent. Callbacks are recorded."),
    Place.SENDING: ("Senders' database", "Nothing is sent. Callbacks are recorded."),
    Place.ACCOUNTS: ("Accounts", "Nobody can sign in. Callbacks are recorded, and texts are sent."),
    Place.UPLOADS: ("Uploaded files", ""),
}
_ROLES = {
    Role.PAGES: "shows pages",
    Role.CALLBACKS: "takes callbacks",
    Role.SENDING: "sends texts",
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One part of the program: how good the news is, what is the case, and what helps."""

    name: str
    tone: Tone
    words: Sentence
    endpoint: str | None = None
    """The page where something can be done."""


@dataclass(frozen=True)
class CheckGroup:
    """Checks under one heading."""

    title: str
    checks: Sequence[Check]


@dataclass(frozen=True)
class HealthReport:
    """Everything that the page shows."""

    groups: Sequence[CheckGroup]

    @property
    def attention(self) -> Sequence[Check]:
        """What is wrong, then what should be looked at."""
        checks = [check for group in self.groups for check in group.checks]
        wrong = [check for check in checks if check.tone is Tone.BAD]
        return [*wrong, *(check for check in checks if check.tone is Tone.WAIT)]


def health_report(readings: Readings, *, public_url: str | None) -> HealthReport:
    """Return the report; `public_url` is shown to staff and has no password."""
    now = readings.at
    groups = [CheckGroup("Databases", list(_databases(readings)))]
    if readings.ledger:
        verified = readings.sending.verification if readings.sending else None
        groups.append(CheckGroup("The record", list(_record(readings.ledger, verified, now))))
    if readings.views:
        groups.append(CheckGroup("Pages", list(_pages(readings.views, now))))
        groups.append(CheckGroup("Texts", list(_texts(readings, readings.views))))
    callbacks = list(_callbacks(readings, public_url))
    groups.append(CheckGroup("Callbacks and signing in", callbacks))
    processes = [_process(process, now) for process in readings.processes]
    groups.append(CheckGroup("Processes", processes))
    return HealthReport([group for group in groups if group.checks])


# Databases.


def _databases(readings: Readings) -> Iterator[Check]:
    for place, is_up in readings.is_up.items():
        name, effect = _PLACES[place]
        if not is_up:
            cure = "Check its server, or its disk; nothing needs a restart afterwards."
            yield _bad(name, f"It cannot be read. {effect} {cure}")
    for problem in readings.store_problems:
        yield _bad(_PLACES[problem.place][0], problem.words)
    if all(readings.is_up.values()) and not readings.store_problems:
        yield _good("All databases", "They can be read, and their disks can be written.")


# The record.


def _record(
    ledger: LedgerReadings, verified: Verification | None, now: datetime
) -> Iterator[Check]:
    yield _good("Ledger", f"It has {counted(ledger.head, 'event')}.")
    yield _checkpoint(ledger, now)
    yield _verification(verified, now)


def _checkpoint(ledger: LedgerReadings, now: datetime) -> Check:
    name, added = "Checkpoint", ledger.head - ledger.checkpoint_size
    if ledger.checkpoint_at is None:
        if not ledger.head:
            return _good(name, "There is nothing to sign yet.")
        return _wait(
            name,
            "No checkpoint was made yet. The first follows soon, if LEDGER_SIGNING_KEY is set and "
            "a process shows pages; the log says why where it cannot be made.",
        )
    age = now - ledger.checkpoint_at
    more = f"; {counted(added, 'event')} came after it" if added > 0 else ""
    covers = counted(ledger.checkpoint_size, "event")
    words = f"The newest one is {duration(age.total_seconds())} old and covers {covers}{more}."
    if added > 0 and age > _OLD:
        return _wait(name, f"{words} The log says why none was made since.")
    return _good(name, words)


def _verification(verified: Verification | None, now: datetime) -> Check:
    name = "Verification"
    if verified is None:
        return _wait(name, "The ledger was not verified yet. A process that shows pages does it.")
    age = now - verified.began_at
    when = f"{duration(age.total_seconds())} ago"
    if verified.fault_count:
        faults = counted(verified.fault_count, "fault")
        cure = "Keep the database as it is, and run `delivery-ledger verify`."
        return _bad(name, f"{capitalized(faults)} found {when}: {verified.first_fault}. {cure}")
    words = f"All {counted(verified.size, 'event')} were as they were recorded, {when}."
    is_old = age > max(_LONG, timedelta(seconds=_RESTS * verified.seconds))
    return _wait(name, f"{words} That is long ago.") if is_old else _good(name, words)


# Pages and texts.


def _pages(views: ViewReadings, now: datetime) -> Iterator[Check]:
    name, behind = "Views", counted(views.behind, "event")
    if not views.behind:
        yield _good(name, "Pages show everything that is recorded.")
    elif views.unread_since and now - views.unread_since > _LATE:
        since = duration((now - views.unread_since).total_seconds())
        yield _bad(
            name,
            f"Pages lack {behind}, the oldest for {since}, and nothing is sent meanwhile. The log "
            "of the processes says why.",
        )
    else:
        yield _good(name, f"Pages read {behind} at this moment.")
    if views.parked:
        cannot = plural(views.parked, "It was", "They were")
        yield _bad(
            "Parked events",
            f"{counted(views.parked, 'event')} could not be read. {cannot} left out of the pages "
            "that show them. Install the newest version of the program; where an event was "
            "altered, `delivery-ledger verify` names it.",
        )


def _texts(readings: Readings, views: ViewReadings) -> Iterator[Check]:
    totals, now = views.totals, readings.at
    yield _good("Deliveries", _deliveries(views))
    if readings.sending:
        yield from _sending(readings, readings.sending, views)
    if totals.unsettled:
        since = totals.unsettled_since
        words = f"{counted(totals.unsettled, 'attempt')} {plural(totals.unsettled, 'has', 'have')}"
        age = duration((now - since).total_seconds()) if since else ""
        sentence = f"{words} no outcome yet, the oldest for {age}. Twilio is asked about it."
        is_late = since is not None and now - since > _LONG
        yield (_wait if is_late else _good)("Outcomes", sentence)
    if totals.undecided:
        texts = counted(totals.undecided, "text")
        words = f"Staff must decide about {texts} whose outcome Twilio's records leave open."
        yield _wait("Texts to decide", words, endpoint="decisions.index")
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


def _deliveries(views: ViewReadings) -> str:
    deliveries, states = views.totals.deliveries, views.totals.campaigns
    parts = ", ".join(f"{number(deliveries[status])} {status}" for status in DeliveryStatus)
    sending = counted(states[CampaignState.SENDING], "campaign")
    return f"{counted(sum(deliveries.values()), 'delivery')}: {parts}. {sending} may send."


def _sending(readings: Readings, sending: SendingReadings, views: ViewReadings) -> Iterator[Check]:
    name, now = "Sending", readings.at
    senders = [p for p in readings.processes if p.is_running(now) and Role.SENDING in p.roles]
    is_needed = bool(views.totals.campaigns[CampaignState.SENDING])
    if sending.is_off:
        yield _wait(name, "It is off: no attempt of any campaign starts.", endpoint="sending.show")
    elif problems := _sending_problems(readings):
        for part, problem in problems.items():
            yield _bad(name, sending_problem(part, problem))
    elif not senders:
        words = "No process sends texts. Start `delivery-ledger send`, or `delivery-ledger up`."
        yield (_bad if is_needed else _wait)(name, words)
    elif any(sender.numbers.is_breaker_open for sender in senders):
        yield _bad(
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
    answers = _sum(senders, "answers")
    if answers:
        asked = counted(sum(answers.values()), "text")
        busy = number(answers.get("too_many_requests", 0))
        yield _good(
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
        return _good(name, "Everything that is due was sent.")
    waited = f"Texts are due, the oldest for {duration((now - since).total_seconds())}."
    if now - since < _LONG:
        return _good(name, waited)
    return _wait(
        name,
        f"{waited} With a low LEDGER_SEGMENTS_PER_SECOND a campaign takes its time; otherwise the "
        "log of the process that sends says why.",
    )


# Callbacks and signing in.


def _callbacks(readings: Readings, public_url: str | None) -> Iterator[Check]:
    running = [process for process in readings.processes if process.is_running(readings.at)]
    counts = _sum(running, "callbacks")
    recorded, repeated = counts.get("recorded", 0), counts.get("repeated", 0)
    late = counts.get("unavailable", 0)
    words = (
        f"Since its processes started, {counted(recorded, 'callback')} "
        f"{plural(recorded, 'was', 'were')} recorded, and {number(repeated)} came again. "
    )
    if late:
        yield _wait(
            "Callbacks",
            f"{words}{number(late)} could not be recorded in time; Twilio posts those again, and "
            "is asked about the rest.",
        )
    else:
        yield _good("Callbacks", f"{words}All were recorded in time.")
    problems = readings.sending.callback_problems if readings.sending else ()
    for problem in problems:
        name = PROBLEM_TITLES[problem.problem].rstrip(".")
        sentence = problem_sentence(problem, public_url)
        yield Check(name=name, tone=Tone.WAIT, words=sentence)
    if readings.ledger and readings.ledger.strays:
        strays = counted(readings.ledger.strays, "callback")
        words = f"{strays} in the ledger {plural(readings.ledger.strays, 'is', 'are')} of no "
        yield _good("Strays", f"{words}delivery that is known here.")
    yield from _commits(running)
    failed = _sum(running, "sign_ins")
    tried = counted(failed.get("failed", 0), "sign-in")
    words = f"Since its processes started, {tried} failed"
    if failed.get("waited", 0):
        waits = counted(failed["waited"], "person", "people")
        yield _wait("Signing in", f"{words}, and {waits} had to wait after too many.")
    else:
        yield _good("Signing in", f"{words}.")


def _commits(running: Iterable[Process]) -> Iterator[Check]:
    """Say how long a command took until it was durable, on average over all processes."""
    waits = [process.numbers.commit_waits for process in running]
    commands = sum(sum(each.counts) for each in waits)
    if commands:
        average = 1000 * sum(each.total for each in waits) / commands
        yield _good(
            "Recording",
            f"It took {number(max(round(average), 1))} ms on average until a command was durable.",
        )


def _sum(processes: Iterable[Process], name: str) -> dict[str, int]:
    totals: dict[str, int] = {}
    for process in processes:
        for key, count in getattr(process.numbers, name).items():
            totals[key] = totals.get(key, 0) + count
    return totals


# Processes.


def _process(process: Process, now: datetime) -> Check:
    name = f"{process.host}, process {process.number}"
    does = _and([_ROLES[role] for role in process.roles]) or "prepares to serve"
    if process.is_running(now):
        words = joined(f"It {does}, since ", process.started_at, ".")
        unrecorded = process.numbers.unrecorded_accesses
        if unrecorded:
            accesses = counted(unrecorded, "access", "accesses")
            more = f" {capitalized(accesses)} could not be recorded; its log has them."
            return Check(name=name, tone=Tone.WAIT, words=joined(words, more))
        return Check(name=name, tone=Tone.GOOD, words=words)
    words = joined(
        f"It {does}, and has said nothing since ",
        process.seen_at,
        ". It was killed, hangs, or cannot reach the senders' database. Where another one took "
        "its place there is nothing to do; this line goes away an hour after that.",
    )
    return Check(name=name, tone=Tone.WAIT, words=words)


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _good(name: str, words: str) -> Check:
    return Check(name=name, tone=Tone.GOOD, words=(words,))


def _wait(name: str, words: str, endpoint: str | None = None) -> Check:
    return Check(name=name, tone=Tone.WAIT, words=(words,), endpoint=endpoint)


def _bad(name: str, words: str) -> Check:
    return Check(name=name, tone=Tone.BAD, words=(words,))
