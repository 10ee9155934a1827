"""What the start of a short command takes of the processor, beside a Python that does nothing."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from bench.building import build
from bench.measuring import Figure, Reach, figure, in_turn, middle
from bench.setting import Setting
from bench.weighing import used_by_children
from kit.processes import School
from kit.world import environment

_DELIVERIES = 20
_NOTHING = ("-c", "pass")
_COMMANDS = {
    " ".join(words): ("-m", "webapp", *words)
    for words in (("--version",), ("user", "list"), ("campaign", "list"), ("sending", "show"))
}
_MOST = Reach(0.5, "s", is_most=True)


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark; on SQLite."""
    url, folder = setting.new_url("SQLite"), setting.new_folder()
    build(url, _DELIVERIES)
    surroundings = School(folder, 0, settings=environment(url)).environment
    start = partial(_processor_seconds, surroundings)
    for words in _COMMANDS.values():
        start(words, 0)  # the first one fills the views, and compiles what it imports
    commands = {"nothing": _NOTHING, **_COMMANDS}
    works = {name: partial(start, words) for name, words in commands.items()}
    seconds = in_turn(works, setting.scale.rounds)
    nothing = middle(seconds.pop("nothing"))
    for name, rounds in seconds.items():
        times = f"{middle(rounds) / nothing:.1f} × `python -c pass`, which takes {nothing:.3f} s"
        what = f"processor time of `{name}`"
        yield figure(what, "–", _MOST, rounds, times)


def _processor_seconds(surroundings: Mapping[str, str], words: Sequence[str], _round: int) -> float:
    used_before = used_by_children()
    subprocess.run([sys.executable, *words], env=surroundings, capture_output=True, check=True)
    return used_by_children() - used_before
