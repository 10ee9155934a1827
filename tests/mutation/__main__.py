"""Changes the rules, one small change at a time, and reports which changes no test notices.

mutmut makes the mutants and runs the tests, in a copy of the project. `targets.toml` says what is
mutated, and by which tests each mutant must be found.

    python -m mutation                            every mutant of every module
    python -m mutation ledger/domain/resend_policy.py           of this one
    python -m mutation --sample 0.2 --seed 7      a fifth of each module's, drawn by that seed
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
TARGETS = tomllib.loads((Path(__file__).parent / "targets.toml").read_text())
KILLED_SHARE = 0.95

_KILLED = frozenset({"killed", "timeout", "segfault", "suspicious"})
_RESULT = re.compile(r"^ +(\S+): (.+)$", re.MULTILINE)
"""A line of `mutmut results`, such as `    ledger.resend.x_spread__mutmut_3: survived`."""
_SETTINGS = r"""

[tool.mutmut]
source_paths = ["ledger", "projections", "webapp"]
also_copy = ["docs", "README.md", "CHANGELOG.md"]
only_mutate = ["{module}"]
do_not_mutate_patterns = ['\.alias\("']  # names in the SQL, which nobody reads
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-k", "not postgresql"]
track_dependencies = false
"""


def main() -> int:
    """Mutate the modules named, or all; 0 where enough mutants were killed."""
    options = _options()
    killed = made = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        _copy_project(copy)
        for module in options.modules or TARGETS:
            results = _mutate(copy, module, options.sample, Random(options.seed))
            count = sum(result in _KILLED for result in results.values())
            print(f"{module}: {count} of {len(results)} killed", Counter(results.values()))
            _show_survivors(copy, results)
            killed, made = killed + count, made + len(results)
    print(f"{killed} of {made} killed, {killed / made:.1%}; {KILLED_SHARE:.0%} are wanted")
    return 0 if killed >= KILLED_SHARE * made else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TARGETS))
    parser.add_argument("--sample", type=float, default=1.0, help="share of each module's mutants")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    return parser.parse_args()


def _copy_project(folder: Path) -> None:
    """Copy what git tracks, and what is new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def _mutate(copy: Path, module: str, share: float, random: Random) -> dict[str, str]:
    """What became of that share of the module's mutants, by mutmut's name for each."""
    settings = (ROOT / "pyproject.toml").read_text()
    settings += _SETTINGS.format(module=module, tests=TARGETS[module])
    (copy / "pyproject.toml").write_text(settings)
    shutil.rmtree(copy / "mutants", ignore_errors=True)
    names: list[str] = []
    if share < 1:
        _run(copy, "none")  # makes the mutants, and runs none of them
        every = list(_results(copy))
        names = random.sample(every, max(1, round(share * len(every))))
    log = _run(copy, *names)
    results = {name: result for name, result in _results(copy).items() if name in (names or [name])}
    if not results or "not checked" in results.values():
        raise SystemExit(f"mutmut did not get through {module}:\n{log[-3000:]}")
    return results


def _run(copy: Path, *names: str) -> str:
    """Run mutmut for these mutants, or all, and return what it printed."""
    log = copy / "mutmut.log"
    with log.open("w") as output:
        command = [sys.executable, "-m", "mutmut", "run", *names]
        subprocess.run(command, cwd=copy, check=False, stdout=output, stderr=output)
    return log.read_text()


def _results(copy: Path) -> dict[str, str]:
    return dict(_RESULT.findall(_mutmut(copy, "results", "--all", "true")))


def _show_survivors(copy: Path, results: dict[str, str]) -> None:
    for name, result in results.items():
        if result not in _KILLED:
            lines = _mutmut(copy, "show", name).splitlines()
            changes = [line for line in lines if re.match(r"[-+](?![-+])", line)]
            print(f"  {result}: {name}", *changes, sep="\n    ", flush=True)


def _mutmut(copy: Path, *words: str) -> str:
    command = [sys.executable, "-m", "mutmut", *words]
    return subprocess.run(command, cwd=copy, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
