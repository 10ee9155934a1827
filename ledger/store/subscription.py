"""A subscription to the ledger's events, with the library's interface."""

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

from ledger.store.store import ChangeListener

_POLL_SECONDS = 1.0
"""The longest wait for the change listener, as its hints can be lost."""

_BATCH_SIZE = 500


class LedgerSubscription(Subscription[ApplicationRecorder]):
    """Iterates over every event once, in the order of seq; waits for the next until stopped."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        change_listener: ChangeListener,
        gt: int | None,
        topics: Sequence[str],
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._change_listener = change_listener
        self._batch: list[Notification] = []

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._change_listener.close()

    def __next__(self) -> Notification:
        while not self._batch and not self._has_been_stopped:
            self._read_batch()
        if self._has_been_stopped:
            raise StopIteration
        return self._batch.pop()

    def _read_batch(self) -> None:
        notifications = self._recorder.select_notifications(
            self._last_notification_id, _BATCH_SIZE, topics=self._topics, inclusive_of_start=False
        )
        if not notifications:
            self._change_listener.wait(_POLL_SECONDS)
            return
        self._last_notification_id = notifications[-1].id
        self._batch = list(reversed(notifications))
