"""A ledger of the directory with its settings, and what two ledgers must not share."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BadInput
from webapp.host_names import host_of
from webapp.settings import Settings


@dataclass(frozen=True)
class NamedLedger:
    """A ledger of the directory: its name and its settings."""

    name: str
    settings: Settings

    @property
    def host(self) -> str | None:
        """The host name of its public address, as it is compared; None where that is not set."""
        return host_of(self.settings.public_url or "")

    @property
    def places(self) -> frozenset[str]:
        """The databases and files that no other ledger may use."""
        keys = (self.settings.signing_key, self.settings.signing_record)
        return self.settings.databases.places | {str(key.resolve()) for key in keys if key}


def check_apart(new: NamedLedger, others: Sequence[NamedLedger]) -> None:
    """Raise `BadInput` where two ledgers would share what belongs to one."""
    for other in others:
        if shared := sorted(new.places & other.places):
            raise BadInput(
                f"The ledger {other.name} uses {shared[0]} already. Each ledger needs databases, "
                "keys and files of its own; two databases on PostgreSQL need different names."
            )
        if new.host is not None and new.host == other.host:
            raise BadInput(
                f"{other.name}.toml has the host name {new.host} already, in LEDGER_PUBLIC_URL. A "
                f"host name belongs to one ledger: write another one in {new.name}.toml."
            )
