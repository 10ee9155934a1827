"""A reader that follows the ledger as it grows, behind the library's subscription interface."""

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

from ledger.store.store import ChangeListener

_POLL_SECONDS = 1.0
"""A change_listener is a hint, and a hint can be lost."""

_STRETCH = 500


class LedgerSubscription(Subscription[ApplicationRecorder]):
    """Gives every notification once, in the order of seq, waiting for the next until stopped."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        change_listener: ChangeListener,
        gt: int | None,
        topics: Sequence[str],
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._waker = change_listener
        self._read: list[Notification] = []

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._waker.close()

    def __next__(self) -> Notification:
        while not self._read and not self._has_been_stopped:
            self._read_on()
        if self._has_been_stopped:
            raise StopIteration
        return self._read.pop()

    def _read_on(self) -> None:
        found = self._recorder.select_notifications(
            self._last_notification_id, _STRETCH, topics=self._topics, inclusive_of_start=False
        )
        if not found:
            self._waker.wait(_POLL_SECONDS)
            return
        self._last_notification_id = found[-1].id
        self._read = list(reversed(found))
