"""How long callbacks, and a launch's commits, take while a large campaign is launched beside them.

    python -m bench launching [--write]                       the whole table, for the page
    python -m bench.launching [--contacts N] [--seconds S]    other sizes; prints the table

It uses the program as its users do: its command line, its HTTP, and a server in Twilio's place. All
that it knows about the inside is the table `ledger_head`, which every commit reads first and
updates last.
"""

import argparse
import asyncio
import gc
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench import setting as settings
from bench.launching_school import Callbacks, Launch, School, Span
from bench.measuring import Figure, Reach, figure, in_unit, middle, not_run, table
from bench.setting import Setting

CONNECTIONS = 32
_MOST_COMMIT = Reach(50, "ms", is_most=True)
_KINDS = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of everything."""

    contacts: int
    """In each of the three launches of a round."""
    texts: int
    """Accepted before anything is measured; the callbacks are about them in turn."""
    seconds: float
    """How long callbacks are posted while nothing is launched."""
    rounds: int
    """Each in a new database."""


FULL = Size(contacts=100_000, texts=12_000, seconds=15, rounds=3)
SMALL = Size(contacts=1000, texts=64, seconds=0.5, rounds=1)


@dataclass(frozen=True, kw_only=True)
class Round:
    """What was measured on one database: callbacks and launches, alone and beside each other."""

    single_calm: list[Span]
    single_beside: list[Span]
    many_calm: list[Span]
    many_beside: list[Span]
    launch_alone: Launch
    launch_beside_single: Launch
    launch_beside_many: Launch


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    is_full = setting.scale.rounds > 2
    yield from lines(setting, FULL if is_full else SMALL, _KINDS if is_full else _KINDS[1:])


def lines(setting: Setting, size: Size, kinds: Sequence[str]) -> Iterator[Figure]:
    """The same at any size, on these kinds of database."""
    for kind in kinds:
        if kind == "PostgreSQL" and setting.why_no_postgres:
            yield not_run(f"callbacks while launching, {kind}", "–", setting.why_no_postgres)
        else:
            rounds = [_round(setting, kind, size) for _ in range(size.rounds)]
            yield from _figures(kind, f"{size.contacts:,} contacts", rounds)


# The figures.


def _figures(kind: str, launched: str, rounds: Sequence[Round]) -> Iterator[Figure]:
    calm, beside = f"{kind}, calm", f"{kind}, beside a launch of {launched}"
    many = f"callbacks over {CONNECTIONS} connections"
    yield _p99(f"single callbacks, {calm}: p99", [each.single_calm for each in rounds])
    yield _p99(f"single callbacks, {beside}: p99", [each.single_beside for each in rounds])
    yield _p99(f"{many}, {calm}: p99", [each.many_calm for each in rounds])
    yield _p99(f"{many}, {beside}: p99", [each.many_beside for each in rounds])
    launch = f"launch of {launched}, {kind}"
    yield from _launch(f"{launch}, alone", [each.launch_alone for each in rounds])
    single = f"{launch}, beside single callbacks"
    yield from _launch(single, [each.launch_beside_single for each in rounds])
    yield from _launch(f"{launch}, beside {many}", [each.launch_beside_many for each in rounds])


def _launch(what: str, launches: Sequence[Launch]) -> Iterator[Figure]:
    enrolling = middle([each.enrolment.milliseconds / 1000 for each in launches])
    detail = f"the whole command; {enrolling:.1f} s from the first commit to the last"
    yield _plain(what, "s", [each.seconds for each in launches], detail)
    commits = [each.commits for each in launches]
    yield _p99(f"{what}: p99 of a commit", commits, _MOST_COMMIT)


def _p99(what: str, rounds: Sequence[Sequence[Span]], reach: Reach | None = None) -> Figure:
    """The 99th percentile of each round; median and longest of all rounds are the detail."""
    p99s = [_quantile(spans, 0.99) for spans in rounds]
    spans = [span for each in rounds for span in each]
    median, longest = _quantile(spans, 0.5), _quantile(spans, 1)
    detail = f"{len(spans):,} of them; median {median:.1f} ms, longest {longest:.1f} ms"
    return figure(what, "–", reach, p99s, detail) if reach else _plain(what, "ms", p99s, detail)


def _quantile(spans: Sequence[Span], share: float) -> float:
    """The milliseconds that this share of them kept within."""
    if not spans:
        raise RuntimeError("No callback came during the enrolment; launch more contacts.")
    ordered = sorted(span.milliseconds for span in spans)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _plain(what: str, unit: str, rounds: Sequence[float], detail: str) -> Figure:
    """A figure to compare with that of an older version; it has no reach."""
    return Figure(
        what=what,
        yardstick="–",
        reach="–",
        found=in_unit(middle(rounds), unit),
        spread=f"{in_unit(min(rounds), unit)} – {in_unit(max(rounds), unit)}",
        reached="–",
        detail=detail,
    )


# One round.


def _round(setting: Setting, kind: str, size: Size) -> Round:
    school = School(setting.new_folder(), setting.new_url(kind))
    texts = school.accepted_texts(size.texts)
    gc.freeze()  # or a collection walks every module while answers are timed
    with school.receiving() as address:
        return uvloop.run(_measured(school, Callbacks(address, texts), size))


async def _measured(school: School, callbacks: Callbacks, size: Size) -> Round:
    single_calm = await callbacks.post(1, asyncio.sleep(size.seconds))
    many_calm = await callbacks.post(CONNECTIONS, asyncio.sleep(size.seconds))
    alone = await school.timed_launch(size.contacts)
    beside_single = asyncio.ensure_future(school.timed_launch(size.contacts))
    single = await callbacks.post(1, beside_single)
    beside_many = asyncio.ensure_future(school.timed_launch(size.contacts))
    many = await callbacks.post(CONNECTIONS, beside_many)
    return Round(
        single_calm=single_calm,
        single_beside=beside_single.result().beside(single),
        many_calm=many_calm,
        many_beside=beside_many.result().beside(many),
        launch_alone=alone,
        launch_beside_single=beside_single.result(),
        launch_beside_many=beside_many.result(),
    )


def main() -> None:
    """Run this benchmark at the size that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.launching")
    parser.add_argument("--contacts", type=int, default=FULL.contacts)
    parser.add_argument("--texts", type=int, default=FULL.texts)
    parser.add_argument("--seconds", type=float, default=FULL.seconds)
    parser.add_argument("--rounds", type=int, default=FULL.rounds)
    parser.add_argument("--kinds", nargs="+", choices=_KINDS, default=_KINDS)
    given = vars(parser.parse_args())
    kinds = given.pop("kinds")
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="bench-") as folder:
        setting = Setting(settings.FULL, Path(folder))
        try:
            print(table(list(lines(setting, Size(**given), kinds))))
        finally:
            setting.close()


if __name__ == "__main__":
    main()
