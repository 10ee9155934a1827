"""On what, and with what, a run was made."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from kit.postgres import NoPostgresError, find_binaries

_PACKAGES = (
    *("eventsourcing", "sqlalchemy", "flask", "uvicorn", "uvloop"),
    *("msgspec", "cryptography", "psycopg"),
)


def machine() -> str:
    """Cores, memory, kernel and versions, as Markdown lines."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return "\n".join(
        (
            f"- {os.cpu_count()} cores, {_field('/proc/cpuinfo', 'model name')}",
            f"- {int(_field('/proc/meminfo', 'MemTotal').split()[0]) / 1e6:.0f} GB of memory",
            f"- {platform.system()} {platform.release()}",
            f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {_postgres()}",
            f"- {packages}",
        )
    )


def moment() -> str:
    """The day, and how busy the machine is."""
    load = os.getloadavg()[1]
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load over five minutes {load:.1f}"


def _postgres() -> str:
    try:
        command = [find_binaries() / "postgres", "--version"]
    except NoPostgresError:
        return "no PostgreSQL"
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return told.replace("postgres (PostgreSQL)", "PostgreSQL").strip()


def _field(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"
