"""`python -m bench [--small] [--write] [NAME…]`, run in `tests/`: the benchmarks, side by side.

NAME is `appending`, `receiving` or `reading`. `--write` puts the figures into the docs.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from bench import appending, reading, receiving
from bench.measuring import Figure, table
from bench.setting import FULL, SMALL, Scale, Setting

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "benchmarks.md"
MARK = "<!-- what follows is written by `make bench` -->"

BENCHMARKS: dict[str, Callable[[Setting], Iterator[Figure]]] = {
    "appending": appending.run,
    "receiving": receiving.run,
    "reading": reading.run,
}


def measure(scale: Scale, names: list[str]) -> list[Figure]:
    """The figures of these benchmarks."""
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        setting = Setting(scale, Path(folder))
        try:
            return [figure for name in names for figure in BENCHMARKS[name](setting)]
        finally:
            setting.close()


def machine() -> str:
    """Where the figures were taken."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("sqlalchemy", "psycopg", "uvicorn"))
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}. "
        f"Load when it ended: {os.getloadavg()[0]:.1f}."
    )


def main() -> None:
    """Measure, print and, where asked, write."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--small", action="store_true", help="toy sizes: does every line work?")
    parser.add_argument("--write", action="store_true", help="put the figures into the docs")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    found = measure(SMALL if given.small else FULL, given.names or list(BENCHMARKS))
    text = f"{machine()}\n\n{table(found)}\n"
    sys.stdout.write(text)
    if given.write:
        before, _, _ = PAGE.read_text().partition(MARK)
        PAGE.write_text(f"{before}{MARK}\n\n{text}")


if __name__ == "__main__":
    main()
