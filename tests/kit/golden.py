"""One example of every event as it lies in the ledger: what today's program must always read.

`python -m kit.golden`, run in `tests/`, writes the files that are missing and touches no other: a
golden file is changed only on purpose, by deleting it first.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from kit import stories
from kit.clock import MONDAY
from ledger.domain.events import Event, Form, ProviderMessage, StatusFetched, StrayCallbackReceived
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import Outcome, Reason
from ledger.store.event_mapper import LedgerMapper

FOLDER = Path(__file__).parent.parent / "ledger" / "golden"
KEY = bytes(range(32))
NONCE = bytes(range(12))

_FORM = Form(
    parameters=(("MessageSid", "SM1"), ("To", stories.ADA), ("Body", ""), ("Body", "Thank you"))
)
_FETCHED = StatusFetched(
    **stories._fact(2, Stage.SOFT_BOUNCE),
    sid="SM2",
    status="undelivered",
    code="30001",
    outcome=Outcome.SOFT_BOUNCE,
    reason=Reason.CARRIER_OR_SERVICE,
    next_at=MONDAY,
    is_other_sid=True,
)
_STRAY = StrayCallbackReceived(
    originator_id="str_1",
    originator_version=1,
    actor="twilio",
    cause="wrong token",
    sid="SM9",
    status="delivered",
    dedupe="dedupe9",
    contact_id=stories.CONTACT,
    private=_FORM,
)
_REFUSED = replace(
    stories.put_back(2, next_at=MONDAY), private=ProviderMessage(message="busy: +14155550101")
)

EVENTS: tuple[Event, ...] = (
    *stories.story(
        stories.created(),
        stories.launched(attempt_limit=5),
        stories.paused(Reason.ACCOUNT, "20003"),
        stories.resumed(),
        stories.closed(),
        stories.archived(),
        stories.enrolled(position=7),
        stories.started(2, attempt=3, tries=2),
        stories.accepted(2, sid="SM2"),
        _REFUSED,
        stories.doubted(2),
        stories.lapsed(2, next_at=MONDAY),
        stories.failed(2),
        _FETCHED,
        stories.withdrawn(2),
        stories.resend_requested(3),
        stories.opted_out("inbound"),
        stories.opted_in(),
        stories.wrote(),
        _STRAY,
        stories.forgotten(),
        stories.settled(2),
        *stories.sending(),
        *stories.drafted(),
        stories.dismissed(),
        stories.account_set(),
        stories.held(),
        stories.consented(),
        stories.looked_up(),
        stories.legally_held(),
        stories.released(),
        stories.sent_at_once(),
        *stories.launch_control(),
        stories.recalled(),
        stories.resend_counted(),
        stories.finished(),
        stories.assigned(),
        *stories.campaign_held(),
        stories.accounted_for(2),
        stories.marked_fixed(),
        *stories.resend_asked(),
    ),
    *stories.retention(),
    *stories.contact_file(),
    *stories.accesses(),
    *stories.account_changes(),
    *stories.office_acts(),
    *stories.webhook_acts(),
    stories.notices_chosen(),
    stories.prices(),
    *stories.contact_list(),
    *stories.named_template(),
)


class FixedKeys:
    """A keyring in which everybody has the one golden key."""

    def keys_of(self, subject_ids: Collection[str]) -> dict[str, bytes]:
        """The golden key, for each of them."""
        return dict.fromkeys(subject_ids, KEY)

    def key_of(self, _subject_id: str) -> bytes:
        """The golden key."""
        return KEY


def mapper() -> LedgerMapper:
    """A mapper that seals with the golden key."""
    return LedgerMapper(FixedKeys())  # type: ignore[arg-type]


def as_golden(event: Event) -> dict[str, Any]:
    """The event as its golden file tells it; `private` is there to be read, and not stored."""
    with patch("ledger.store.encryption.secrets.token_bytes", return_value=NONCE):
        stored = mapper().to_stored_event(event)
    columns: Mapping[str, Any] = stored.columns
    return {
        "topic": stored.topic,
        "stream_id": stored.originator_id,
        "version": stored.originator_version,
        "state": stored.state.decode(),
        "columns": {name: value for name, value in columns.items() if value is not None},
        "private": json.loads(msgspec.json.encode(getattr(event, "private", None))),
    }


def main() -> None:
    """Write the missing files."""
    for event in EVENTS:
        file = FOLDER / f"{event.topic}.json"
        if not file.exists():
            file.write_text(json.dumps(as_golden(event), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
