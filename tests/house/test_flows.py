"""How far a piece of work travels through the house."""

import subprocess
import sys

import pytest

from tests import ROOT

MOST = {"benchmark()": 23, "gradient_step('plain')": 8}  # files; for the former 15 is the goal


@pytest.mark.parametrize("work", MOST)
def test_a_flow_passes_through_few_files_and_climbs_nowhere(work):
    program = f"from tests.house.flows import *; flow = {work}; print(*flow.files); print(sorted(flow.climbs))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    files, climbs = run.stdout.splitlines()[-2:]
    assert len(files.split()) <= MOST[work], files
    assert climbs == "[]"
