"""What whole commands need: the greatest memory of their process, and the time of `verify`."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import Figure, Reach, figure
from kit.processes import School
from kit.world import environment

if TYPE_CHECKING:
    from bench.setting import Setting

_MOST = Reach(150, "MB", is_most=True)
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Weight:
    """One run of a command."""

    seconds: float
    processor_seconds: float
    megabytes: float
    """The most that was resident at once (VmHWM)."""
    output: str


def run(setting: "Setting") -> Iterator[Figure]:
    """The lines of this benchmark; on SQLite."""
    built, rounds = setting.built, setting.scale.rounds
    folder, settings = setting.new_folder(), environment(built.url)
    export = ("export", "--all", "--out", str(folder / "bundle.zip"))
    for words in (("rebuild",), export, ("verify",)):
        count = rounds if words == ("verify",) else 1
        found = [weigh(settings, folder, *words) for _ in range(count)]
        told = f"{built.events:,} events; {found[0].seconds:.0f} s"
        what = f"memory: `{words[0]}`"
        yield figure(what, "–", _MOST, [each.megabytes for each in found], told)
    reach = Reach(10, "s", is_most=True)
    told = f"{built.events:,} events, start of the program included"
    yield figure("time of `verify`", "–", reach, [each.seconds for each in found], told)
    launched = setting.large.weight
    told = f"{setting.scale.contacts:,} contacts; {launched.seconds:.0f} s"
    yield figure("memory: `campaign launch`", "–", _MOST, [launched.megabytes], told)


def weigh(settings: Mapping[str, str], folder: Path, *words: str) -> Weight:
    """Run one command to its end, and raise where it fails."""
    surroundings = School(folder, 0, settings=settings).environment
    began, used_before, peak = time.perf_counter(), used_by_children(), 0
    log, notes = folder / "command.log", folder / "command.notes"
    with log.open("w") as output, notes.open("w") as errors:
        command = [sys.executable, "-m", "webapp", *words]
        process = subprocess.Popen(
            command, env=surroundings, cwd=folder, stdout=output, stderr=errors
        )
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            peak = max(peak, _peak_kib(status.read_text()))
            time.sleep(_LOOK_SECONDS)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{words[0]} failed: {notes.read_text()[-2000:]}")
    used = used_by_children() - used_before
    return Weight(seconds, used, peak / 1024, log.read_text())


def used_by_children() -> float:
    """Processor seconds of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak_kib(status: str) -> int:
    """0 before the program is loaded and after it has ended."""
    found = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0].split()[1]) if found else 0
