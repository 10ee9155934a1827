"""Fault isolation: what fails for one delivery or campaign never stops the others."""

import logging
from dataclasses import dataclass
from types import TracebackType

from ledger.errors import LedgerError, StoreRejected, StoreUnavailable

_log = logging.getLogger(__name__)


def isolated(what: str, item_id: str) -> "_Isolation":
    """Return a context that logs an error of its block and suppresses it.

    An unavailable store is raised, since it stops all. Of an error that is not the ledger's own
    only the class is logged: its words may have personal data.
    """
    return _Isolation(what, item_id)


@dataclass(frozen=True)
class _Isolation:
    what: str
    item_id: str

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _at: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception) or _is_store_unavailable(error):
            return False
        words = str(error) if isinstance(error, LedgerError) else type(error).__name__
        _log.error("%s of %s failed: %s", self.what, self.item_id, words)
        return True


def _is_store_unavailable(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable) and not isinstance(error, StoreRejected)
