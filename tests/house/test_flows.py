"""How far a piece of work travels through the house."""

import subprocess
import sys

import pytest

from tests import ROOT

MOST = {"benchmark()": 15, "gradient_step('plain')": 8}


@pytest.mark.parametrize("work", MOST)
def test_a_flow_passes_through_few_files_and_climbs_nowhere(work):
    program = f"from tests.house.flows import *; flow = {work}; print(*flow.files); print(sorted(flow.climbs))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    files, climbs = run.stdout.splitlines()[-2:]
    assert len(files.split()) <= MOST[work], files
    assert climbs == "[]"
