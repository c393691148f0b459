"""How long it takes from nothing to the end of a command or an import, as ratios to a bare Python within one run."""

import subprocess
import sys
import time
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 5
BARE = "python -c 0"
STARTS = {
    BARE: ("-c", "0"),
    "skyedge --help": ("skyedge.py", "--help"),
    "import problem": ("-c", "import problem"),
    "import solvers": ("-c", "import solvers"),
    "import rl": ("-c", "import rl"),
    "skyedge solvers, which imports all of them": ("skyedge.py", "solvers"),
}
MOST_HELP = 10


def start_s(arguments: tuple[str, ...]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def test_help_starts_in_few_times_a_bare_python(report):
    times_s = dict.fromkeys(STARTS, float("inf"))
    for _, (what, arguments) in product(range(ROUNDS), STARTS.items()):  # in turns: a busy machine slows them alike
        times_s[what] = min(times_s[what], start_s(arguments))
    for what, least_s in times_s.items():
        report(what, f"{least_s:.2f} s, × {least_s / times_s[BARE]:.0f}")
    assert times_s["skyedge --help"] <= MOST_HELP * times_s[BARE]
