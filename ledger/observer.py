"""What may watch the commands and commits of a ledger, such as for traces."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext


class Observer:
    """Called for each command and each commit; does nothing itself.

    An implementation must not fail, and must not take long.
    """

    def submitted(self, command: str) -> object | None:
        """Note that a command of that name waits for its commit.

        What is returned is passed to the other methods; with None, `ended` is not called.
        """

    def committing(self, _submitted: Sequence[object | None], /) -> AbstractContextManager[object]:
        """Return the block in which these commands are decided and become durable."""
        return nullcontext()

    def ended(self, submitted: object, error: BaseException | None) -> None:
        """Note that a command is durable, was refused, or failed."""
