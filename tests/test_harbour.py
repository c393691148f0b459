"""The worked example of the README, from files of satellites, UAVs, devices and requests to a plan and three images."""

import re
import shlex

import numpy as np

from skyedge.problem import Decision, Instance, evaluate
from tests import ROOT
from tests.results.command_line import skyedge


def commands():
    """What the README says, with the paths of this checkout."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("### Your own data")[1]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]
    for line in block.splitlines():
        yield shlex.split(line.replace("docs/", f"{ROOT}/docs/"), comments=True)[1:]


def test_the_readmes_example_runs_from_files_to_a_plan_and_maps(tmp_path):
    for arguments in commands():
        run = skyedge(*arguments, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
    images = {"harbour.png", "harbour-sky.png", "harbour-windows.png"}
    assert {"harbour.npz", "plan.npz", *images} == {file.name for file in tmp_path.iterdir()}
    instance = Instance.load(tmp_path / "harbour.npz")
    score = evaluate(instance, Decision.load(tmp_path / "plan.npz"))
    assert score.served_fraction > 0.75
    assert all(name.startswith("EXAMPLE") for name in instance.ephemeris.names)
    assert instance.scenario.uav_names == ("tether", "gull", "tern")
    assert instance.uav_speed_mps[0] == 0
    requests = (ROOT / "docs/examples/harbour/requests.csv").read_text().count("\n") - 1
    assert 0.5 * requests < instance.active.sum() <= requests
    assert np.ptp(instance.device_xy, axis=0).max() == 0  # all of them stand still
