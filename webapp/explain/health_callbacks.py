"""What the Health page says about callbacks, recording and signing in."""

from collections.abc import Iterable, Iterator

from webapp.explain.callback_problems import PROBLEM_TITLES, problem_sentence
from webapp.explain.health_checks import Check, good, sum_of, wait
from webapp.explain.numbers import counted, number, plural
from webapp.explain.verifications import Tone
from webapp.metrics.collecting import Readings
from webapp.metrics.processes import Process


def callback_checks(readings: Readings, public_url: str | None) -> Iterator[Check]:
    """Say what came in since the processes started, and what of it went wrong."""
    running = [process for process in readings.processes if process.is_running(readings.at)]
    yield _callbacks(running)
    for problem in readings.sending.callback_problems if readings.sending else ():
        name = PROBLEM_TITLES[problem.problem].rstrip(".")
        sentence = problem_sentence(problem, public_url)
        yield Check(name=name, tone=Tone.WAIT, words=sentence)
    if readings.ledger and readings.ledger.strays:
        strays = counted(readings.ledger.strays, "callback")
        words = f"{strays} in the ledger {plural(readings.ledger.strays, 'is', 'are')} of no "
        yield good("Strays", f"{words}delivery that is known here.")
    yield from _commits(running)
    yield _sign_ins(running)


def _callbacks(running: Iterable[Process]) -> Check:
    counts = sum_of(running, "callbacks")
    recorded, repeated = counts.get("recorded", 0), counts.get("repeated", 0)
    words = (
        f"Since its processes started, {counted(recorded, 'callback')} "
        f"{plural(recorded, 'was', 'were')} recorded, and {number(repeated)} came again. "
    )
    if late := counts.get("unavailable", 0):
        return wait(
            "Callbacks",
            f"{words}{number(late)} could not be recorded in time; Twilio posts those again, and "
            "is asked about the rest.",
        )
    return good("Callbacks", f"{words}All were recorded in time.")


def _sign_ins(running: Iterable[Process]) -> Check:
    failed = sum_of(running, "sign_ins")
    tried = counted(failed.get("failed", 0), "sign-in")
    words = f"Since its processes started, {tried} failed"
    if failed.get("waited", 0):
        waits = counted(failed["waited"], "person", "people")
        return wait("Signing in", f"{words}, and {waits} had to wait after too many.")
    return good("Signing in", f"{words}.")


def _commits(running: Iterable[Process]) -> Iterator[Check]:
    """Say how long a command took until it was durable, on average over all processes."""
    waits = [process.numbers.commit_waits for process in running]
    commands = sum(sum(each.counts) for each in waits)
    if commands:
        average = 1000 * sum(each.total for each in waits) / commands
        yield good(
            "Recording",
            f"It took {number(max(round(average), 1))} ms on average until a command was durable.",
        )
