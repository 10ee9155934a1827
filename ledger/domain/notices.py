"""Which notices a person gets by mail. Standard library only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import Event, MailAddress, NoticesChosen
from ledger.errors import BadInput

LONGEST_ADDRESS = 254
"""Characters (RFC 5321)."""


@dataclass(frozen=True, kw_only=True)
class NoticeChoice(Aggregate):
    """The choice of one person."""

    account_id: str = ""
    kinds: tuple[str, ...] = ()
    address: str = ""
    """Blank where the sealed part cannot be read."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, NoticesChosen):
            raise self.not_found("a choice of notices")
        address = event.private.address if event.private else ""
        return {"account_id": event.account_id, "kinds": event.kinds, "address": address}

    def choose(
        self, actor: str, account_id: str, kinds: Collection[str], address: str
    ) -> NoticesChosen:
        """Replace the choice. Raises `BadInput` for what is no mail address."""
        return NoticesChosen(
            **self.header(actor),
            account_id=account_id,
            kinds=tuple(kinds),
            private=MailAddress(address=_checked(address)),
        )


def stream_of(account_id: str) -> str:
    """Return the id of a person's stream."""
    return f"notices_{account_id}"


def _checked(address: str) -> str:
    local, _, domain = address.strip().rpartition("@")
    is_plain = address.strip().isascii() and address.strip().isprintable()
    has_space = any(character.isspace() or character in ",;<>\"'" for character in address.strip())
    if not (local and "." in domain and is_plain) or has_space or len(address) > LONGEST_ADDRESS:
        raise BadInput("This is no mail address; write one such as ortiz@school.example.")
    return address.strip()
