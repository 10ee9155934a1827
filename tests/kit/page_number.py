"""The text of number.txt for `page_verifier`, by the words of docs/reference/bundle.md alone.

It follows the section "A number" of that page sentence by sentence, and uses no code of the
project. Its tables are read from the page itself.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

Event = Mapping[str, Any]
"""A shown event; its `state` is an object."""

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "bundle.md"
DELIVERED, READ = (1 << 22) + 9, (1 << 22) + 10
PLAIN = re.compile(r"[A-Za-z0-9_.:@+-]{1,80}")
DISTANCE = re.compile(r".{19} ([+-])([0-9]{2}):([0-9]{2})  ")
STOP, LIFT = "ContactOptedOut", "ContactOptedIn"
CONFIRMS = ". It confirms a request to stop"


@cache
def section() -> str:
    """The page's section about numbers."""
    return REFERENCE.read_text().split("\n## A number\n")[1].split("\n## ")[0]


@cache
def table(heading: str) -> dict[str, str]:
    """A table of the page: its last column by the ones before it, without the backticks."""
    rows = {}
    lines = section().split(f"\n{heading}\n")[1].split("\n\n")[0].splitlines()
    for line in lines:
        *names, words = (cell.strip() for cell in line.strip("|").split("|"))
        rows[" ".join(name.strip("`") for name in names)] = words
    return rows


def template() -> str:
    """The page that is to be filled in."""
    lines = section().split("\n    What was recorded")[1].split("\n\n`CLAIM`")[0]
    text = f"    What was recorded{lines}"
    return "\n".join(line.removeprefix("    ") for line in text.split("\n")) + "\n"


def sentence(event: Event, minutes: int) -> str:
    """Fill in the line of one event."""
    at = datetime.fromtimestamp(0, timezone(timedelta(minutes=minutes)))
    at += timedelta(seconds=event["recorded_at"] // 1_000_000)
    hours, rest = divmod(abs(minutes), 60)
    distance = f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
    row = table("| topic | sentence |\n|---|---|").get(event["topic"], "`{topic}`")
    words, _, condition = row.strip("`").partition("`; if ")
    if condition:
        words += CONFIRMS if isinstance(event["state"].get("confirm_before"), str) else ""

    def optional(part: re.Match[str]) -> str:
        return part[1] if isinstance(value_of(event, part[2]), str) else ""

    words = re.sub(r"\[([^\]]*\{(\w+)\})\]", optional, words)
    words = re.sub(r"\{(\w+)\}", lambda part: in_words(event, part[1]), words)
    actor = in_words(event, "actor")
    return f"{at:%Y-%m-%d %H:%M:%S} {distance}  #{event['seq']:,}  {actor}  {words}."


def value_of(event: Event, name: str) -> object:
    return event[name] if name in event else event["state"].get(name)


def in_words(event: Event, name: str) -> str:
    if name == "stage":
        rank = event.get("rank")
        return "nothing that changes the status" if rank is None else stage(rank)
    value = value_of(event, name)
    if not isinstance(value, str):
        return "(none)"
    if not PLAIN.fullmatch(value):
        return "(see the event)"
    return (
        table("| field | value | words |\n|---|---|---|").get(f"{name} {value}", value).strip("`")
    )


def stage(rank: int) -> str:
    if rank >= 1 << 22:
        return {DELIVERED: "delivered", READ: "delivered, and read"}[rank]
    return table("| stage | words |\n|---|---|")[str(rank % 16)].strip("`")


def statuses(events: Sequence[Event]) -> dict[str, int]:
    """Delivery to the greatest rank of its events that count, in the order of ids."""
    ranks: dict[str, int] = {}
    for event in events:
        if all(name in event for name in ("campaign_id", "delivery_id", "rank")):
            delivery = event["delivery_id"]
            ranks[delivery] = max(event["rank"], ranks.get(delivery, 0))
    return dict(sorted(ranks.items()))


def requests(events: Sequence[Event]) -> list[str]:
    """One line for each request to stop."""
    confirming = {
        event.get("delivery_id")
        for event in events
        if event["topic"] == "ContactEnrolled"
        and isinstance(event["state"].get("confirm_before"), str)
    }
    lines = []
    for place, event in enumerate(events):
        if event["topic"] != STOP:
            continue
        until, began, apart = "up to the last event", [], []
        for later in events[place + 1 :]:
            number = f"#{later['seq']:,}"
            if later["topic"] in (STOP, LIFT):
                until = (
                    "until the next one at" if later["topic"] == STOP else "until it was lifted at"
                )
                until = f"{until} {number}"
                break
            if later["topic"] == "AttemptStarted":
                (apart if later.get("delivery_id") in confirming else began).append(number)
        attempts = (
            f"attempts to send began: {', '.join(began)}" if began else "no attempt to send began"
        )
        more = f"; attempts to send a confirmation: {', '.join(apart)}" if apart else ""
        lines.append(f"After the request to stop #{event['seq']:,}, {until}, {attempts}{more}.")
    return lines


def page(
    events: Sequence[Event], minutes: Sequence[int], *, claim: str, origin: str, size: int
) -> str:
    """Write number.txt; `minutes` has for each event how far its local time is east of UTC."""
    ranks = statuses(events)
    started = [event.get("delivery_id") for event in events if event["topic"] == "AttemptStarted"]
    attempts = Counter(started)
    counts = (
        len(ranks),
        len(started),
        sum(rank in (DELIVERED, READ) for rank in ranks.values()),
        sum(event["topic"] == STOP for event in events),
    )
    parts = {
        "EVENTS": [sentence(event, east) for event, east in zip(events, minutes, strict=True)],
        "TEXTS": [
            f"{delivery}: {stage(rank)}. Attempts to send: {attempts[delivery]:,}."
            for delivery, rank in ranks.items()
        ],
        "REQUESTS": requests(events),
    }
    text = template()
    for count in counts:
        text = text.replace(": N.", f": {count:,}.", 1)
    for name, lines in parts.items():
        text = text.replace(f"\n{name}\n", "\n" + ("\n".join(lines) or "There is none.") + "\n", 1)
    head, _, rest = text.partition("\n")
    head = head.replace("CLAIM", claim).replace("ORIGIN", origin).replace("SIZE", f"{size:,}")
    return f"{head}\n{rest}"


def distances(text: str, count: int) -> list[int] | None:
    """How far the dated lines are east of UTC, in minutes; None if there are fewer lines."""
    first = template().split("\n").index("EVENTS")
    found = [DISTANCE.match(line) for line in text.split("\n")[first : first + count]]
    minutes = []
    for match in found:
        if match is None:
            return None
        east = 60 * int(match[2]) + int(match[3])
        if int(match[3]) > 59 or east > 14 * 60:
            return None
        minutes.append(-east if match[1] == "-" else east)
    return minutes if len(minutes) == count else None
