"""Which files others may open."""

from pathlib import Path


def looser(folder: Path) -> list[str]:
    """The files and folders below a folder that other users may open, with their modes."""
    modes = {path: path.stat().st_mode for path in folder.rglob("*")}
    return [f"{path.name} {mode:o}" for path, mode in modes.items() if mode & 0o077]
