"""What the Health page says: each part of the program in a sentence, and what to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.explain.health_callbacks import callback_checks
from webapp.explain.health_checks import LONG, Check, bad, good, wait
from webapp.explain.health_texts import text_checks
from webapp.explain.health_webhooks import webhook_checks
from webapp.explain.numbers import counted, duration, plural
from webapp.explain.sentences import capitalized, joined
from webapp.explain.verifications import Tone
from webapp.metrics.collecting import LedgerReadings, Readings, ViewReadings
from webapp.metrics.processes import Process
from webapp.metrics.roles import Role
from webapp.store_checks import Place
from webapp.verifications import Verification

_LATE = timedelta(minutes=1)
_OLD = timedelta(hours=2)
"""The age of a checkpoint; docs/deploy/alerts.yaml has it too."""
_RESTS = 12
"""A verification is old after that many times the time that it took."""

PLACES = {
    Place.LEDGER: ("Ledger", "Nothing can be recorded or sent; callbacks are answered 503."),
    Place.VIEWS: ("Views", "Pages cannot be shown, and nothing is sent. Callbacks are recorded."),
    Place.SENDING: ("Senders' database", "Nothing is sent. Callbacks are recorded."),
    Place.ACCOUNTS: ("Accounts", "Nobody can sign in. Callbacks are recorded, and texts are sent."),
    Place.UPLOADS: ("Uploaded files", ""),
    Place.SIGNING: ("Signing", ""),
}
_ROLES = {
    Role.PAGES: "shows pages",
    Role.CALLBACKS: "takes callbacks",
    Role.SENDING: "sends texts",
}


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
        groups.append(CheckGroup("Texts", list(text_checks(readings, readings.views))))
    callbacks = list(callback_checks(readings, public_url))
    groups.append(CheckGroup("Callbacks and signing in", callbacks))
    if readings.webhooks:
        groups.append(CheckGroup("Webhooks", list(webhook_checks(readings.webhooks, now))))
    processes = [_process(process, now) for process in readings.processes]
    groups.append(CheckGroup("Processes", processes))
    return HealthReport([group for group in groups if group.checks])


# Databases.


def _databases(readings: Readings) -> Iterator[Check]:
    for place, is_up in readings.is_up.items():
        name, effect = PLACES[place]
        if not is_up:
            cure = "Check its server, or its disk; nothing needs a restart afterwards."
            yield bad(name, f"It cannot be read. {effect} {cure}")
    for problem in readings.store_problems:
        yield bad(PLACES[problem.place][0], problem.words)
    if all(readings.is_up.values()) and not readings.store_problems:
        yield good("All databases", "They can be read, and their disks can be written.")


# The record.


def _record(
    ledger: LedgerReadings, verified: Verification | None, now: datetime
) -> Iterator[Check]:
    yield good("Ledger", f"It has {counted(ledger.head, 'event')}.")
    yield _checkpoint(ledger, now)
    yield _verification(verified, now)


def _checkpoint(ledger: LedgerReadings, now: datetime) -> Check:
    name, added = "Checkpoint", ledger.head - ledger.checkpoint_size
    if ledger.checkpoint_at is None:
        if not ledger.head:
            return good(name, "There is nothing to sign yet.")
        return wait(
            name,
            "No checkpoint was made yet. The first follows soon, if LEDGER_SIGNING_KEY is set and "
            "a process shows pages; the log says why where it cannot be made.",
        )
    age = now - ledger.checkpoint_at
    more = f"; {counted(added, 'event')} came after it" if added > 0 else ""
    covers = counted(ledger.checkpoint_size, "event")
    words = f"The newest one is {duration(age.total_seconds())} old and covers {covers}{more}."
    if added > 0 and age > _OLD:
        return wait(name, f"{words} The log says why none was made since.")
    return good(name, words)


def _verification(verified: Verification | None, now: datetime) -> Check:
    name = "Verification"
    if verified is None:
        return wait(name, "The ledger was not verified yet. A process that shows pages does it.")
    age = now - verified.began_at
    when = f"{duration(age.total_seconds())} ago"
    if verified.fault_count:
        faults = counted(verified.fault_count, "fault")
        cure = "Keep the database as it is, and run `delivery-ledger verify`."
        return bad(name, f"{capitalized(faults)} found {when}: {verified.first_fault}. {cure}")
    words = f"All {counted(verified.size, 'event')} were as they were recorded, {when}."
    is_old = age > max(LONG, timedelta(seconds=_RESTS * verified.seconds))
    return wait(name, f"{words} That is long ago.") if is_old else good(name, words)


# Pages.


def _pages(views: ViewReadings, now: datetime) -> Iterator[Check]:
    name, behind = "Views", counted(views.behind, "event")
    if not views.behind:
        yield good(name, "Pages show everything that is recorded.")
    elif views.unread_since and now - views.unread_since > _LATE:
        since = duration((now - views.unread_since).total_seconds())
        yield bad(
            name,
            f"Pages lack {behind}, the oldest for {since}, and nothing is sent meanwhile. The log "
            "of the processes says why.",
        )
    else:
        yield good(name, f"Pages read {behind} at this moment.")
    if views.parked:
        cannot = plural(views.parked, "It was", "They were")
        yield bad(
            "Parked events",
            f"{counted(views.parked, 'event')} could not be read. {cannot} left out of the pages "
            "that show them. Install the newest version of the program; where an event was "
            "altered, `delivery-ledger verify` names it.",
        )


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
