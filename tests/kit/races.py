"""Acts at the same time, in threads of which each may have a ledger of its own."""

import threading
from collections.abc import Callable, Sequence

from ledger.errors import LedgerError, Refused


def at_once(acts: Sequence[Callable[[], object]], refusal: type[LedgerError] = Refused) -> int:
    """Do all acts at the same time; return how many the ledger did not refuse."""
    barrier, done, errors = threading.Barrier(len(acts)), [], []

    def run(act: Callable[[], object]) -> None:
        barrier.wait(20)
        try:
            act()
            done.append(act)
        except refusal:
            pass
        except Exception as error:  # noqa: BLE001 - shown by the test that waits for the threads
            errors.append(error)

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return len(done)
