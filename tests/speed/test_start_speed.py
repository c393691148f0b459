"""How long it takes from nothing to the end of a command or an import, over what a Python takes that does nothing."""

import subprocess
import sys

import pytest

from tests import ROOT
from tests.speed.growth import number
from tests.speed.measure import ratio

STARTS = {
    "`skyedge --help`": ("-m", "skyedge", "--help"),
    "`import skyedge.problem`": ("-c", "import skyedge.problem"),
    "`import skyedge.solvers`": ("-c", "import skyedge.solvers"),
    "`import skyedge.rl`": ("-c", "import skyedge.rl"),
    "`skyedge solvers`, which imports all of them": ("-m", "skyedge", "solvers"),
}
MOST = {"`skyedge --help`": 10}  # times what a bare Python takes


def run(*arguments):
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("what", STARTS)
def test_what_a_start_takes_is_reported_and_help_is_quick(what, report):
    run(*STARTS[what])  # once, from the disk
    found = ratio(lambda: run(*STARTS[what]), lambda: run("-c", "0"))
    report.row("start", what, number(found))
    assert 1 < found <= MOST.get(what, float("inf"))
