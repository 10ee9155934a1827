"""Every refusal of the ledger, one class per thing a caller may want to tell apart.

Each message is a sentence for the person who asked and says what to do. HTTP codes and exit codes
belong to the web edge, not here.
"""


class LedgerError(Exception):
    """Root of all refusals; `str(error)` is a sentence that can be shown as it is."""


class Refused(LedgerError):  # noqa: N818 - reads as the outcome it is
    """The act is not allowed in the present state; the message says what would be."""


class NotFound(LedgerError):  # noqa: N818
    """There is no such campaign, delivery, event or contact; check the id."""


class BadInput(LedgerError):  # noqa: N818
    """What was given cannot be used; nothing was written. Mend the input and try again."""


class BadSetting(LedgerError):  # noqa: N818
    """A setting is missing or wrong; the message names the environment variable."""


class AlreadyRecorded(LedgerError):  # noqa: N818
    """An event with this dedupe key is in the ledger: the same thing came twice; nothing to do."""


class StoreUnavailable(LedgerError):  # noqa: N818
    """The store cannot take or give events now (locked, full, gone); nothing was written."""


class StoreRejected(StoreUnavailable):
    """The store works but will not take these rows; nothing was written, others may go through."""


class LedgerDamaged(LedgerError):  # noqa: N818
    """The newest events are gone; restore the ledger from a backup before anything is written."""


class WrongKey(LedgerError):  # noqa: N818
    """The master key does not open this; set LEDGER_MASTER_KEY or LEDGER_SECRET_KEY right."""


class ProviderError(LedgerError):
    """The provider could not be asked now; ask again later, after that many seconds if it said."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
