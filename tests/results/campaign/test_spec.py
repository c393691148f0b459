import json
import shutil
from collections import Counter
from itertools import product

import pytest

from skyedge.paths import POLICIES
from skyedge.problem import InputError, Scenario
from skyedge.results.campaign.spec import Campaign
from skyedge.results.training.run_list import Trainings
from skyedge.rl.policies.record import RECORD
from tests import ROOT

SMALL = """
name = "small"
solvers = ["greedy", "greedy-mobile[sight=3]"]
instances = 2
repeats = 2
seconds = 5
cell_seconds = 10
memory_gb = 2
[[scenarios]]
base = "tiny"
[[scenarios]]
base = "tiny"
label = "more devices"
devices = 6
"""


@pytest.fixture
def load(tmp_path):
    def write(text: str) -> Campaign:
        path = tmp_path / "campaign.toml"
        path.write_text(text)
        return Campaign.load(path)

    return write


def test_a_campaign_is_scenarios_times_instances_times_solvers_times_repeats(load):
    cells = load(SMALL).cells()
    assert len(cells) == len({cell.key for cell in cells}) == 2 * 2 * 2 * 2
    assert {cell.scenario for cell in cells} == {"tiny", "more devices"}
    assert {cell.instance_seed for cell in cells} == {0, 1}
    assert '"devices":6' in next(cell for cell in cells if cell.scenario == "more devices").scenario_json


def test_a_scenario_may_have_a_number_of_instances_of_its_own(load):
    cells = load(SMALL.replace('label = "more devices"', 'label = "more devices"\ninstances = 5')).cells()
    drawn = {(cell.scenario, cell.instance_seed) for cell in cells}
    assert drawn == {("tiny", 0), ("tiny", 1), *(("more devices", seed) for seed in range(5))}


def test_options_in_a_specification_become_the_full_configuration(load):
    configs = {cell.solver: cell.config for cell in load(SMALL).cells()}
    assert configs["greedy-mobile[sight=3]"] == '{"sight":3.0}'


def test_seeds_do_not_depend_on_which_other_solvers_run(load):
    both, alone = load(SMALL), load(SMALL.replace('"greedy", ', ""))
    wanted = {cell.key for cell in both.cells() if cell.solver_name == "greedy-mobile"}
    assert {cell.key for cell in alone.cells()} == wanted


def test_repeats_get_seeds_of_their_own(load):
    first, second = (cell for cell in load(SMALL).cells()[:2])
    assert (first.instance_seed, first.solver) == (second.instance_seed, second.solver)
    assert first.solver_seed != second.solver_seed


def test_a_scenario_file_is_found_beside_its_campaign(load, tmp_path):
    (tmp_path / "mine.toml").write_text('base = "tiny"\ndevices = 7\n')
    campaign = load(SMALL.replace('base = "tiny"\nlabel', 'base = "mine.toml"\nlabel').replace("devices = 6", ""))
    assert campaign.worlds()["more devices"].devices == 7


FILES = """
constellation = { file = "satellites.tle" }
satellites = 6
trace = { devices = "devices.csv" }
uav_fleet = "fleet.toml"
"""
HARBOUR = ROOT / "docs" / "examples" / "harbour"


def in_a_folder(folder):
    """A campaign with files of its own, in a folder of its own."""
    folder.mkdir()
    head = SMALL.split("[[scenarios]]")[0]
    (folder / "campaign.toml").write_text(f'{head}[[scenarios]]\nbase = "paper"\n{FILES}')
    shutil.copy(HARBOUR / "satellites.tle", folder)
    (folder / "devices.csv").write_text("device,x_m,y_m\na,1,2\nb,3,4\n")
    (folder / "fleet.toml").write_text('[[uav]]\nname = "kite"\nx_m = 1\ny_m = 2\n')
    return Campaign.load(folder / "campaign.toml")


def test_files_of_satellites_devices_and_uavs_are_found_beside_the_campaign(tmp_path):
    (world,) = in_a_folder(tmp_path / "here").replace(repeats=1).worlds().values()
    assert (world.uav_names, world.trace.devices) == (("kite",), ("a", "b"))
    assert all(name.startswith("EXAMPLE") for name in world.satellite_names)


def test_cells_do_not_depend_on_the_folder_of_the_campaign(tmp_path, monkeypatch):
    keys = [[cell.key for cell in in_a_folder(tmp_path / name).cells()] for name in ("here", "there")]
    monkeypatch.chdir(tmp_path / "here")
    assert keys[0] == keys[1] == [cell.key for cell in Campaign.load("campaign.toml").cells()]


def test_cells_of_a_scenario_file_do_not_depend_on_the_folder_of_the_campaign(tmp_path):
    keys = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.toml").write_text('base = "tiny"\ndevices = 7\nname = "mine"\n')
        (tmp_path / name / "campaign.toml").write_text(SMALL.replace('base = "tiny"\nlabel', 'base = "mine.toml"\n#'))
        keys.append([cell.key for cell in Campaign.load(tmp_path / name / "campaign.toml").cells()])
    assert keys[0] == keys[1]


def test_a_scenario_without_a_label_is_called_by_what_differs(load):
    assert "tiny, devices=6" in load(SMALL.replace('label = "more devices"\n', "")).worlds()


def test_errors_in_what_solvers_are_told_reach_the_cells_of_online_ones_alone(load):
    told = SMALL.replace('label = "more devices"\ndevices = 6', "knowledge = { channel_error_db = 3 }")
    campaign = load(told.replace('"greedy", ', '"bound", '))
    cells = [cell for cell in campaign.cells() if cell.scenario == "tiny, channel_error_db=3.0"]
    assert {(cell.information, cell.knowledge) for cell in cells} == {
        ("online", '{"channel_error_db":3.0}'),
        ("offline", ""),
    }
    assert {cell.knowledge for cell in campaign.cells() if cell.scenario == "tiny"} == {""}
    assert len({cell.scenario_json for cell in campaign.cells()}) == 1, "the world is the same"


def test_a_frozen_set_may_be_told_with_errors(load):
    worlds = '[[scenarios]]\nset = "paper-v1"\nknowledge.forecast = "flat"\n'
    (label,) = load(SMALL.split("[[scenarios]]")[0] + worlds).worlds()
    assert label == "paper-v1, forecast=flat"


@pytest.mark.parametrize("name", Campaign.shipped())
def test_shipped_campaigns_are_valid(name):
    campaign = Campaign.load(name)
    assert campaign.name == name
    solvers = {cell.solver for cell in campaign.cells()}
    assert set(campaign.solvers) <= solvers


@pytest.mark.parametrize("name", ["quick", "learners"])
def test_a_campaign_with_the_shipped_policies_plays_every_one_of_them(name):
    campaign = Campaign.load(name)
    played = [json.loads(cell.config) | {"name": cell.solver_name} for cell in campaign.cells() if cell.track]
    listed = Counter((one["name"], one["track"], one["training_seed"]) for one in played)
    there = {
        (path.parts[-5], path.parts[-3], int(path.parts[-2][5:])) for path in POLICIES.glob(f"*/paper/*/*/{RECORD}")
    }
    assert set(listed) == there
    assert set(listed.values()) == {campaign.instances}
    trainings = Trainings.load("paper")
    assert set(product(trainings.algorithms, trainings.tracks, range(trainings.seeds))) < there


def test_policies_that_are_shipped_for_some_of_the_scenarios_only_are_left_out(load):
    worlds = 'shipped_policies = true\n[[scenarios]]\nbase = "paper"\n[[scenarios]]\nbase = "hotspot"\n'
    campaign = load(SMALL.split("[[scenarios]]")[0] + worlds)
    played = {(cell.solver_name, cell.scenario) for cell in campaign.cells() if cell.track}
    assert played >= {("adp", "paper"), ("adp", "hotspot")}
    assert ("ppo", "paper") not in played


def test_the_campaign_of_worlds_has_every_preset():
    assert set(Campaign.load("worlds").worlds()) == set(Scenario.presets())


def test_the_paper_campaign_sweeps_what_the_paper_sweeps():
    worlds = Campaign.load("paper").worlds().values()
    assert {world.devices for world in worlds} == {5, 10, 15, 20, 25}
    assert {world.max_latency_s for world in worlds} >= {(2.0,), (2.5,), (3.0,), (3.5,), (4.0,)}
    assert {world.min_accuracy for world in worlds} >= {(0.3,), (0.4,), (0.5,), (0.6,), (0.7,)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"greedy", ', '"gredy", ', "did you mean 'greedy'"),
        ("sight=3", "sigt=3", "sigt"),
        ("sight=3", "sight=-3", "sight"),
        ("devices = 6", "devics = 6", "did you mean 'devices'"),
        ("devices = 6", "devices = -1", "'more devices' of campaign 'small'"),
        ('base = "tiny"\nlabel', 'base = "absent.toml"\nlabel', "no such file"),
        ("devices = 6", 'trace = { devices = "absent.csv" }', "absent.csv: no such file"),
        ("devices = 6", 'uav_fleet = "absent.toml"', "absent.toml: no such file"),
        ("devices = 6", "trace = 6", "'trace' is 6"),
        ("devices = 6", "knowledge = { channel_eror_db = 3 }", "scenarios.1.knowledge.channel_eror_db"),
        ("devices = 6", "knowledge = { forecast_factor = 0 }", "scenarios.1.knowledge.forecast_factor"),
        ("devices = 6", 'knowledge = { forecast = "wrong" }', "'exact', 'flat' or 'shuffled'"),
        ("instances = 2", "instances = 0", "instances"),
        ("instances = 2", "", "instances"),
        ("repeats = 2", "repeat = 2", "repeat"),
        ("cell_seconds = 10", "cell_seconds = 5", "cell_seconds must be above seconds"),
        ('label = "more devices"\ndevices = 6', "", "twice"),
        ('name = "small"', 'name = "../small"', "name"),
        ('name = "small"', 'name = "small', "not valid TOML"),
        ('name = "small"', 'name = "small"\nshipped_policies = true', "no policies come with skyedge for tiny"),
        ('name = "small"', 'name = "small"\nmodules = ["no_such_module"]', "PYTHONPATH"),
    ],
)
def test_a_mistake_in_a_campaign_is_one_line_that_says_where(load, old, new, said):
    assert old in SMALL
    with pytest.raises(InputError) as caught:
        load(SMALL.replace(old, new)).cells()
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_campaign_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'quick'"):
        Campaign.load("quik")
