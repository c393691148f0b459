"""Coverage-guided fuzzing of every kind of file that a user can hand in: ``make fuzz SECONDS=600``."""

import re
import subprocess
import sys
from pathlib import Path

import click

from tests import ROOT
from tests.fuzz.kinds import TARGETS

FOUND = ROOT / ".hypothesis" / "fuzz"


@click.command()
@click.option("--seconds", type=click.IntRange(min=1), default=600, show_default=True, help="For each target.")
@click.option("--found", type=click.Path(path_type=Path), default=FOUND, help="Where inputs that break something go.")
@click.argument("names", nargs=-1, metavar="[TARGET]...")
def main(seconds: int, found: Path, names: tuple[str, ...]) -> None:
    """Fuzz all targets, or some; exit with 1 if an input broke something."""
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        raise click.BadParameter(f"no target is called {unknown[0]!r}: there are {', '.join(TARGETS)}")
    found.mkdir(parents=True, exist_ok=True)
    total, broken = 0, []
    for name in names or TARGETS:
        log = found / f"{name}.log"
        with log.open("wb") as stream:
            command = [sys.executable, "-m", "tests.fuzz.one", name, str(seconds), str(found)]
            status = subprocess.run(command, cwd=ROOT, stdout=stream, stderr=stream, check=False).returncode
        tried = max(map(int, re.findall(r"^#(\d+)\t", log.read_text(errors="replace"), re.MULTILINE)), default=0)
        total += tried
        outcome = f"BROKEN, see {log}" if status else "sound"
        click.echo(f"{name:16} {tried:>9} inputs  {outcome}")
        broken += [name] if status else []
    click.echo(f"{'all':16} {total:>9} inputs  {len(broken)} of {len(names or TARGETS)} targets broken")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
