"""A message of a webhook: its type, and its body as it is signed and sent.

{"type": "campaign.completed", "timestamp": "2026-11-23T08:41:12.000310+00:00",
 "data": {"seq": 41, "campaign_id": "cam_…"}}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class MessageType(StrEnum):
    """What a message says; docs/how-to/webhooks.md has the data of each."""

    STATUS_CHANGED = "delivery.status_changed"
    LAUNCHED = "campaign.launched"
    COMPLETED = "campaign.completed"
    REOPENED = "campaign.reopened"
    PAUSED = "campaign.paused"
    RESUMED = "campaign.resumed"
    CLOSED = "campaign.closed"
    ARCHIVED = "campaign.archived"
    TEXT_RECEIVED = "text.received"
    POSSIBLE_OPT_OUT = "contact.possible_opt_out"
    OPTED_OUT = "contact.opted_out"
    OPTED_IN = "contact.opted_in"
    PROOF_FAILED = "proof.failed"
    NOTICE = "notice"
    TEST = "webhook.test"
    """Only when staff ask for it."""


CHOOSABLE = tuple(each for each in MessageType if each is not MessageType.TEST)
"""The types of messages that an endpoint can get."""

OF_NOTICES = frozenset({MessageType.PROOF_FAILED, MessageType.NOTICE})
"""Those that come from no event."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message, before it has an endpoint."""

    type: MessageType
    at: datetime
    """When what it says was recorded."""
    data: Mapping[str, Any]
    seq: int | None = None
    """The event that it is about; None for a notice and a test."""
    leaf: bytes = b""
    """The leaf of that event."""
    key: str = ""
    """What names a message that is about no event."""

    @property
    def body(self) -> str:
        """The JSON that is sent."""
        document = {"type": self.type, "timestamp": self.at.isoformat(), "data": self.data}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
