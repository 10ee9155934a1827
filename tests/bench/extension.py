"""The library's SQLAlchemy extension as a yardstick, run by the interpreter of a venv that has it.

    python extension.py URL BATCHES EVENTS_IN_A_BATCH BYTES_OF_STATE

Prints the seconds that the appends took. Needs `eventsourcing_sqlalchemy` and nothing of ours.
"""

import os
import sys
import time
import uuid

from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment


def main(url: str, batches: int, batch: int, state_bytes: int) -> float:
    """Seconds for so many transactions."""
    ready = [
        [
            StoredEvent(uuid.uuid4(), 1, "CallbackReceived", os.urandom(state_bytes))
            for _ in range(batch)
        ]
        for _ in range(batches)
    ]
    settings = {"PERSISTENCE_MODULE": "eventsourcing_sqlalchemy", "SQLALCHEMY_URL": url}
    factory = InfrastructureFactory.construct(Environment("Stock", settings))
    recorder = factory.application_recorder()
    started = time.perf_counter()
    for each in ready:
        recorder.insert_events(each)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(main(sys.argv[1], *map(int, sys.argv[2:])))
