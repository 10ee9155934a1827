"""The errors of the ledger, one class per case that a caller may want to handle apart.

Each message is a sentence for the person who asked, and says what to do. HTTP status codes and exit
codes are chosen by the web and the command line.
"""


class LedgerError(Exception):
    """Root of all errors here; `str(error)` is a sentence that can be shown as it is."""


class Refused(LedgerError):  # noqa: N818 - reads as the outcome it is
    """The act is not allowed in the present state; the message says which state allows it."""


class WaitsForApproval(Refused):
    """The launch was recorded as a request, and texts nobody before somebody else approves it."""

    def __init__(self, campaign_id: str) -> None:
        super().__init__(
            f"The launch waits for approval, as {campaign_id}: it has more contacts, or costs "
            "more, than one person may launch alone. Nobody is texted before somebody else "
            "approves it."
        )
        self.campaign_id = campaign_id


class ResendWaitsForApproval(Refused):
    """The resend was recorded as a request, and texts nobody before somebody else approves it."""

    def __init__(self, resend_id: str) -> None:
        super().__init__(
            f"The resend waits for approval, as {resend_id}: it has more contacts than one person "
            "may text alone. Nobody is texted before somebody else approves it."
        )
        self.resend_id = resend_id


class NotFound(LedgerError):  # noqa: N818
    """There is no such campaign, delivery, event or contact; check the id."""


class BadInput(LedgerError):  # noqa: N818
    """The input cannot be used, and nothing was written. Correct the input and try again."""


class BadSetting(LedgerError):  # noqa: N818
    """A setting is missing or wrong; the message names the environment variable."""


class AlreadyRecorded(LedgerError):  # noqa: N818
    """An event with this dedupe key is in the ledger: a repeated request, with nothing to do."""

    def __init__(self, dedupe: str) -> None:
        super().__init__("This is in the ledger already; nothing was written.")
        self.dedupe = dedupe


class StoreUnavailable(LedgerError):  # noqa: N818
    """The store cannot be used now (locked, full, gone). Nothing was written; try again.

    `CommitUnconfirmed` is the one case in which something may have been written.
    """


class StoreRejected(StoreUnavailable):
    """The store works but does not accept these rows. Nothing was written; other rows may work."""


class CommitUnconfirmed(StoreUnavailable):
    """The answer to a COMMIT was lost. It may have been written: look, before it is done again."""


class LedgerMoved(StoreUnavailable):
    """The ledger was moved to another database, which the message names. Use its new settings."""


class LedgerDamaged(LedgerError):  # noqa: N818
    """The newest events are missing. Nothing is written; restore the ledger from a backup."""


class WrongKey(LedgerError):  # noqa: N818
    """The master key does not open this; correct LEDGER_MASTER_KEY or LEDGER_SECRET_KEY."""


class EventProblemFound(LedgerError):  # noqa: N818
    """An event was altered, or this program cannot read it; `delivery-ledger verify` says more."""


class ProviderError(LedgerError):
    """The provider could not be asked; ask again later, after `retry_after_seconds` if given."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class UnreadableRecord(ProviderError):  # noqa: N818
    """The provider's record of this text cannot be read; those of other texts can."""


class NotLookedUp(ProviderError):  # noqa: N818
    """The provider cannot look this number up, now or later; it can look up other numbers."""
