"""Mutation testing of what computes the model: ``make mutants``."""

import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from tests import ROOT
from tests.mutants.mutation import Mutant, mutants_of
from tests.mutants.trial import passes

VERDICTS = ROOT / ".mutants.jsonl"
ENOUGH = 0.9
SLOWER = 10  # than without a mutant: a mutant that takes so much longer is killed

# What the model is computed by, and the tests that a mutant of it has to pass; the most discriminating first.
SCOPE = {
    "physics/equations": [
        "scoring/golden",
        "physics/shared_air",
        "scoring/batteries",
        "physics/equations",
        "generation/device_motion",
    ],
    "physics/best_power": ["physics/best_power"],
    "physics/links": [
        "physics/links",
        "scoring/golden",
        "scoring/server_costs",
        "physics/shared_air",
        "generation/device_motion",
    ],
    "scoring/kernel": ["scoring/golden", "physics/shared_air", "scenario/cloud", "scoring/evaluate_properties"],
    "scoring/evaluate": ["scoring/golden", "scenario/cloud", "scoring/batteries", "scoring/evaluate_properties"],
    "scoring/best_costs": ["scoring/server_costs"],
    "scoring/assignment": ["scoring/assignment"],
    "physics/shared_air": ["physics/shared_air"],
    "scoring/batteries": ["scoring/batteries"],
    "physics/rotor": ["scoring/batteries"],
    "scenario/cloud": ["scenario/cloud"],
    "decision": ["decision"],
    "generation/fading": ["generation/fading"],
    "generation/mobility": ["generation/mobility"],
    "constellations/circular_orbits": ["constellations/circular_orbits"],
}


def tests_of(name: str) -> list[str]:
    """Paths of the tests of a module."""
    paths = [Path(test) for test in SCOPE[name]]
    return [str("tests/problem" / path.with_name(f"test_{path.name}.py")) for path in paths]


def digest_of(paths: Iterable[Path]) -> str:
    """Digest of files: what a verdict depends on."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class Verdicts:
    """Verdicts of a run that was interrupted, kept until sources or tests change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.killed: dict[str, bool] = dict(json.loads(line) for line in lines)

    def get(self, key: str, judge: Callable[[], bool]) -> bool:
        """Return the verdict on a key, from the file or from the judge."""
        if key not in self.killed:
            self.killed[key] = judge()
            with self.path.open("a") as file:
                file.write(json.dumps([key, self.killed[key]]) + "\n")
        return self.killed[key]


def survivors_of(name: str, verdicts: Verdicts) -> tuple[list[Mutant], int]:
    """Put all mutants of a module to the test; return those that survive, and how many there were."""
    module, tests = ROOT / "problem" / f"{name}.py", tests_of(name)
    start = time.monotonic()
    if not passes(module, module.read_text(), tests, 3600):
        raise click.ClickException(f"the tests of problem/{name}.py fail without a mutant: pytest {' '.join(tests)}")
    limit_s = int(SLOWER * (time.monotonic() - start)) + 10
    files = [*ROOT.glob("problem/**/*.py"), *ROOT.glob("tests/*.py"), *(ROOT / test for test in tests)]
    key, mutants = digest_of(files), list(mutants_of(module))
    alive = []
    for mutant in mutants:
        own = hashlib.sha256((key + mutant.source).encode()).hexdigest()
        if not verdicts.get(own, lambda m=mutant: not passes(module, m.source, tests, limit_s)):
            alive.append(mutant)
            click.echo(f"  problem/{name}.py:{mutant.line}: {mutant.before}\n      survives as: {mutant.after}")
    return alive, len(mutants)


def report(name: str, alive: int, count: int) -> None:
    """Print one line of the table."""
    click.echo(f"{name:24} {count - alive:5} of {count:5} killed  {1 - alive / count:6.1%}")


@click.command()
@click.argument("names", nargs=-1, metavar="[MODULE]...")
def main(names: Sequence[str]) -> None:
    """Put the mutants of all modules, or of some, to the test; exit with 1 if fewer than 90 % are killed."""
    unknown = [name for name in names if name not in SCOPE]
    if unknown:
        raise click.BadParameter(f"no module here is called {unknown[0]!r}: there are {', '.join(SCOPE)}")
    verdicts, alive, total = Verdicts(VERDICTS), Counter[str](), Counter[str]()
    for name in names or SCOPE:
        survivors, total[name] = survivors_of(name, verdicts)
        alive[name] = len(survivors)
        report(f"problem/{name}.py", alive[name], total[name])
    click.echo()
    for name in total:
        report(f"problem/{name}.py", alive[name], total[name])
    report("all", alive.total(), total.total())
    sys.exit(1 - alive.total() / total.total() < ENOUGH)


if __name__ == "__main__":
    main()
