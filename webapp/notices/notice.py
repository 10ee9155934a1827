"""A notice: its kind, and its words, which have no personal data of contacts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger.domain.offices import Scope
from webapp.webhooks.message import Message, MessageType


class NoticeKind(StrEnum):
    """The kinds of notices that people can choose."""

    CAMPAIGN_PAUSED = "campaign_paused"
    NO_CALLBACKS = "no_callbacks"
    HIGH_FAILURE_SHARE = "high_failure_share"
    OPT_OUTS_DUE = "opt_outs_due"
    DAILY_FAILURES = "daily_failures"
    CHECKPOINT = "checkpoint"
    WEBHOOK_OFF = "webhook_off"
    KEY_BACKUP_MISSING = "key_backup_missing"
    PROOF_FAILED = "proof_failed"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice, which is sent once.

    For example `campaign_paused:41`, "A campaign was paused by itself".
    """

    kind: NoticeKind
    key: str
    """Equal for the same occasion, whichever process notices it."""
    at: datetime
    title: str
    sentence: str
    path: str
    """The page where something can be done, such as `/possible-opt-outs`."""
    detail: str = ""
    """Lines that stand below in a mail."""
    counted: Scope | None = None
    """The offices whose campaigns and texts it counts; None: it counts nothing of offices."""

    @property
    def message(self) -> Message:
        """The same for webhook endpoints."""
        is_proof = self.kind is NoticeKind.PROOF_FAILED
        kind = MessageType.PROOF_FAILED if is_proof else MessageType.NOTICE
        return Message(type=kind, at=self.at, data=self.data, key=self.key)

    @property
    def data(self) -> Mapping[str, Any]:
        """Its data for programs."""
        return {
            "kind": self.kind,
            "title": self.title,
            "sentence": self.sentence,
            "path": self.path,
        }
