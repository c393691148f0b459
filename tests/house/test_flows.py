"""How far a piece of work travels through the house."""

import subprocess
import sys

import pytest

from tests import ROOT

FLOWS = [
    pytest.param("benchmark()", 23, marks=pytest.mark.slow),  # 15 is the goal
    ("gradient_step('plain')", 8),
]


@pytest.mark.parametrize(("work", "most"), FLOWS)
def test_a_flow_passes_through_few_files_and_climbs_nowhere(work, most):
    program = f"from tests.house.flows import *; flow = {work}; print(*flow.files); print(sorted(flow.climbs))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    files, climbs = run.stdout.splitlines()[-2:]
    assert len(files.split()) <= most, files
    assert climbs == "[]"
