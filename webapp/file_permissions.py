"""Checks of the files of an installation at its start: who may open them, who may write them.

They hold names, numbers and keys, and are created so that only their owner can open them
(`webapp/cli/__init__.py`). Files that others may open are named, and stay as they are: their owner
may have opened them on purpose.
"""

import os
import shlex
import stat
from collections.abc import Iterable
from contextlib import suppress
from glob import escape
from pathlib import Path
from pwd import getpwuid
from typing import TYPE_CHECKING

from ledger.errors import BadSetting

if TYPE_CHECKING:
    from webapp.settings import Settings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BESIDE_DATABASES = ("", "-wal", "-shm", ".lock")


def files_of(settings: "Settings") -> list[Path]:
    """Return the files of an installation that exist, and their folders."""
    databases = settings.databases
    named = [databases.file(""), *databases.sqlite_files, settings.signing_record]
    files = files_beginning_with([*named, settings.signing_key or settings.signing_record])
    return [*files, *databases.workbooks.glob("*")]


def files_beginning_with(beginnings: Iterable[Path]) -> list[Path]:
    """Return each existing file whose path begins so, with its folder before it."""
    files: dict[Path, None] = {}
    for beginning in beginnings:
        matches = sorted(beginning.parent.glob(f"{escape(beginning.name)}*"))
        files |= dict.fromkeys([beginning.parent, *matches] if matches else [])
    return list(files)


def warning_of(files: Iterable[Path]) -> str:
    """Return a sentence about those that other users may open, with the cure; "" for none.

    Folders that have other folders in them, such as /var/lib, are left out: others need them.
    """
    files = set(files)
    modes = {file: mode for file in sorted(files) if (mode := _mode(file)) & _OTHERS}
    folders = [file for file, mode in modes.items() if stat.S_ISDIR(mode)]
    closable = [folder for folder in folders if not _folders_in(folder) - files]
    loose = [file for file in modes if file not in folders]
    cures = [
        f"chmod {mode} {_quoted(some)}" for mode, some in ((700, closable), (600, loose)) if some
    ]
    if not cures:
        return ""
    return (
        "Other users of this machine may open files of the program, with names, numbers and keys. "
        f"To prevent that, run: {' && '.join(cures)}"
    )


def check_databases_can_be_written(settings: "Settings") -> None:
    """Raise `BadSetting`, with the cure, where a SQLite file or its folder cannot be written.

    A disk that is read-only under another database than the ledger is no mistake of the settings:
    callbacks are recorded, `/health` says so, and it works again after the cure.
    """
    for number, database in enumerate(settings.databases.sqlite_files):
        folder = database.parent
        if number > 0 and _is_disk_read_only(database):  # the ledger is the first
            continue
        if folder.exists() and not _may(folder, os.R_OK | os.W_OK | os.X_OK):
            raise BadSetting(f"The folder {folder} cannot be written: {_cure(folder, folder)}")
        for ending in _BESIDE_DATABASES:
            file = database.with_name(f"{database.name}{ending}")
            if file.is_dir():
                raise BadSetting(f"{file} is a folder. Move it away: a file belongs there.")
            if file.exists() and not _may(file, os.R_OK | os.W_OK):
                raise BadSetting(f"{file} cannot be written: {_cure(file, folder)}")


def _mode(file: Path) -> int:
    with suppress(OSError):  # a write-ahead log may be removed meanwhile
        return file.stat().st_mode
    return 0


def _folders_in(folder: Path) -> set[Path]:
    return {path for path in folder.iterdir() if path.is_dir()}


def _quoted(files: Iterable[Path]) -> str:
    return shlex.join(map(str, files))


def _may(file: Path, access: int) -> bool:
    return os.access(file, access, effective_ids=True)


def _cure(file: Path, folder: Path) -> str:
    if _is_disk_read_only(file):
        return "its disk is read-only. Make the disk writable."
    owner, user = file.stat().st_uid, os.geteuid()
    if owner == user:
        return f"its permissions do not allow it. Run: chmod u+rwX {_quoted([file])}"
    to_user = f"{_user_name(user)} {_quoted([folder])}"
    return f"it belongs to the user {_user_name(owner)}. Run: sudo chown -R {to_user}"


def _is_disk_read_only(file: Path) -> bool:
    """Whether the disk of a file, or of the folder in which it will be, is read-only."""
    with suppress(FileNotFoundError):
        path = file if file.exists() else file.parent
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return False


def _user_name(user_id: int) -> str:
    with suppress(KeyError):
        return getpwuid(user_id).pw_name
    return str(user_id)
