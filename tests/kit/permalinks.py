"""Permalinks in tests: made on the page that staff use, and found in their list."""

import re
from collections.abc import Sequence
from html import unescape

from kit.staff import Staff, words_of
from kit.world import PUBLIC_URL, World
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search


def head(world: World) -> int:
    """The newest seq."""
    return world.app.ledger.reader.head()


def made(staff: Staff, page: str, **form: str) -> str:
    """The path of a new permalink of that page."""
    answer = staff.press("/permalinks", **{"page": page, "days": "7", **form})
    assert answer.status_code == 303, words_of(answer.text)
    return addresses(staff)[0]


def addresses(staff: Staff) -> list[str]:
    """The paths of the open permalinks, the newest first."""
    found = re.findall(rf"{PUBLIC_URL}(/shared/[^<]+)<", staff.open("/permalinks").text)
    return [unescape(each) for each in found]


def topics(world: World, topic: str) -> Sequence[RecordedEvent]:
    """The events of one type, with those that the record of access was still writing."""
    world.app.access_recorder.wait()
    return world.app.ledger.reader.search(Search(topics=(topic,)))
