"""`python -m bench [NAME…] [--write] [--scale small] [--extension-python PATH]`."""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench import (
    appending,
    attacking,
    exporting,
    launching,
    ledgers,
    page,
    reading,
    rebuilding,
    receiving,
    sending,
    snapshots,
    starting,
    tasks,
    telling,
    waiting,
    weighing,
    writing,
)
from bench.machine import machine, moment
from bench.measuring import Figure, table
from bench.setting import FULL, SMALL, Setting

BENCHMARKS: Mapping[str, Callable[[Setting], Iterator[Figure]]] = {
    "appending": appending.run,
    "receiving": receiving.run,
    "attacks": attacking.run,
    "launching": launching.run,
    "sending": sending.run,
    "rebuilding": rebuilding.run,
    "snapshots": snapshots.run,
    "reading": reading.run,
    "starting": starting.run,
    "exporting": exporting.run,
    "waiting": waiting.run,
    "writing": writing.run,
    "weighing": weighing.run,
    "ledgers": ledgers.run,
    "webhooks": telling.run,
    "tasks": tasks.run,
}


def main() -> None:
    """Run the benchmarks named, or all, and print or write their tables."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--write", action="store_true", help="into the page of results")
    parser.add_argument("--scale", choices=("full", "small"), default="full")
    parser.add_argument("--extension-python", help="of a venv with eventsourcing_sqlalchemy")
    given = parser.parse_args()
    scale = SMALL if given.scale == "small" else FULL
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="bench-") as folder:
        setting = Setting(scale, Path(folder), given.extension_python)
        try:
            for name in given.names or BENCHMARKS:
                _run(name, setting, is_written=given.write)
        finally:
            setting.close()


def _run(name: str, setting: Setting, *, is_written: bool) -> None:
    began = moment()
    text = f"{table(list(BENCHMARKS[name](setting)))}\n\nBegun {began}; ended {moment()}."
    print(f"{name}\n{text}\n", flush=True)
    if is_written:
        page.write("machine", machine())
        page.write(name, text)


if __name__ == "__main__":
    main()
