"""A fleet of UAVs from a TOML file."""

import numpy as np
import pytest

from skyedge.problem import InputError, Scenario, generate, generate_batch
from skyedge.problem.catalogue import deployed
from tests.refusals import assert_refused, run

MODEL = '{ model = "vila1.5-3b", precision = "int4", hardware = "orin-agx-64" }'
FLEET = """
[[uav]]
name = "kite"
x_m = 100
y_m = 300.5
altitude_m = 120.0
radius_m = 0
speed_mps = 5.0
bandwidth_hz = 4e6
transmit_w = 0.5
capacity = 2
flops = 2e12
flop_per_word = 1e10
compute_w = 20.0
accuracy = 0.7

[[uav]]
name = "lark"
"""


def fleet(folder, text=FLEET, base="paper", **changes):
    (folder / "fleet.toml").write_text(text)
    return Scenario.preset(base).replace(**({"uav_fleet": str(folder / "fleet.toml")} | changes))


def test_each_uav_is_what_its_table_says_and_inherits_the_rest(tmp_path):
    plain, instance = generate(Scenario.preset("paper"), 0), generate(fleet(tmp_path), 0)
    own = {
        "altitude_m": 120, "radius_m": 0, "speed_mps": 5, "bandwidth_hz": 4e6, "transmit_w": 0.5, "capacity": 2,
        "flops": 2e12, "flop_per_word": 1e10, "compute_w": 20, "accuracy": 0.7,
    }  # fmt: skip
    assert instance.uavs == 2
    for name, value in own.items():
        assert getattr(instance, f"uav_{name}").tolist() == [value, getattr(plain, f"uav_{name}")[1]]


def test_uavs_with_a_place_start_there_and_the_others_as_in_the_scenario(tmp_path):
    drawn = generate(Scenario.preset("paper").replace(uavs=2), 0)
    instance = generate(fleet(tmp_path), 0)
    assert instance.uav_start_xy[0].tolist() == [100, 300.5]
    np.testing.assert_array_equal(instance.uav_start_xy[1], drawn.uav_start_xy[1])
    horizons = generate_batch(fleet(tmp_path), (0,), 3)
    assert (horizons.uav_start_xy[:, 0] == [100, 300.5]).all()
    assert np.ptp(horizons.uav_start_xy[:, 1], axis=0).min() > 0


def test_a_place_in_degrees_is_around_the_site(tmp_path):
    text = '[[uav]]\nname = "kite"\nlatitude_deg = 45.001\nlongitude_deg = 10\n'
    scenario = fleet(tmp_path, text, site_latitude_deg=45, site_longitude_deg=10)
    assert generate(scenario, 0).uav_start_xy[0] == pytest.approx([250, 361.13], abs=0.1)


def test_a_list_of_the_scenario_goes_round_among_uavs_that_leave_it_out(tmp_path):
    text = "".join(f'[[uav]]\nname = "{letter}"\n' for letter in "abc") + "altitude_m = 50\n"
    instance = generate(fleet(tmp_path, text, uav_altitude_m=[80, 90]), 0)
    assert instance.uav_altitude_m.tolist() == [80, 90, 50]


def test_a_model_stands_for_what_a_uav_computes_with(tmp_path):
    text = f'[[uav]]\nname = "kite"\nmodel = {MODEL}\n[[uav]]\nname = "lark"\n'
    scenario = fleet(tmp_path, text, unserved_penalty=20)
    instance, plain = generate(scenario, 0), generate(Scenario.preset("paper"), 0)
    one, figures = deployed({"model": "vila1.5-3b", "precision": "int4", "hardware": "orin-agx-64"})
    assert scenario.uav_model == (one, None)
    for name, value in figures._asdict().items():
        assert getattr(instance, f"uav_{name}").tolist() == [value, getattr(plain, f"uav_{name}")[1]]


def test_models_of_the_scenario_are_inherited(tmp_path):
    orin = Scenario.preset("orin")
    scenario = fleet(tmp_path, '[[uav]]\nname = "a"\n[[uav]]\nname = "b"\naltitude_m = 70\n', base="orin")
    assert scenario.uav_model == orin.uav_model[:2]
    assert generate(scenario, 0).uav_flop_per_word.tolist() == generate(orin, 0).uav_flop_per_word[:2].tolist()


def test_a_scenario_holds_its_fleet_and_is_found_beside_its_file(tmp_path, monkeypatch):
    scenario = fleet(tmp_path)
    assert Scenario.from_json(scenario.model_dump_json()) == scenario
    assert scenario.uav_names == ("kite", "lark")
    (tmp_path / "world.toml").write_text('base = "paper"\nname = "paper"\nuav_fleet = "fleet.toml"\n')
    monkeypatch.chdir("/")
    assert Scenario.load(tmp_path / "world.toml") == scenario


def test_scenarios_without_a_fleet_say_nothing_of_it():
    assert "uav_fleet" not in Scenario.preset("paper").model_dump_json()


def changed(old, new):
    assert old in FLEET
    return FLEET.replace(old, new)


FILES = {
    "an unknown field": (changed("altitude_m", "altitude"), "UAV 'kite': unknown field 'altitude': did you mean 'alti"),
    "no name": (changed('name = "lark"', "altitude_m = 3"), "UAV number 2: name is '': field required"),
    "a blank name": (changed('"lark"', '""'), "UAV '': name is '': string should have at least 1 character"),
    "a name that is none": (changed('"lark"', "7"), "UAV 7: name is 7: input should be a valid string"),
    "a name twice": (changed('"lark"', '"kite"'), "UAV 'kite': name is there twice"),
    "a negative speed": (
        changed("speed_mps = 5.0", "speed_mps = -5.0"),
        "UAV 'kite': speed_mps is -5.0: input should",
    ),
    "no height": (changed("altitude_m = 120.0", "altitude_m = 0"), "UAV 'kite': altitude_m is 0: input should be"),
    "half a request": (changed("capacity = 2", "capacity = 2.5"), "UAV 'kite': capacity is 2.5: input should be"),
    "an accuracy in percent": (changed("accuracy = 0.7", "accuracy = 70"), "UAV 'kite': accuracy is 70"),
    "an infinite bandwidth": (changed("4e6", "inf"), "UAV 'kite': bandwidth_hz is inf"),
    "words for numbers": (changed("transmit_w = 0.5", 'transmit_w = "low"'), "UAV 'kite': transmit_w is 'low'"),
    "half a place": (changed("y_m = 300.5\n", ""), "UAV 'kite': give either x_m and y_m or latitude_deg and"),
    "two places": (changed("y_m = 300.5", "y_m = 1\nlatitude_deg = 3"), "UAV 'kite': give either x_m and y_m"),
    "a place outside": (changed("x_m = 100", "x_m = 501"), "UAV 'kite': is at x = 501.0 m, y = 300.5 m, outside"),
    "a model and its figures": (FLEET.replace('"kite"', f'"kite"\nmodel = {MODEL}'), "UAV 'kite': model sets flops"),
    "an unknown model": (
        FLEET + f"model = {MODEL.replace('3b', '3c')}",
        "UAV 'lark': model: no model is called 'vila1.5-3c': did you mean 'vila1.5-3b'?",
    ),
    "an unknown field of a model": (
        FLEET + f"model = {MODEL.replace('precision', 'precison')}",
        "UAV 'lark': model: unknown field 'precison': did you mean 'precision'?",
    ),
    "weights that do not fit": (
        FLEET + 'model = { model = "vila1.5-13b", precision = "fp16", hardware = "orin-nx-16" }',
        "UAV 'lark': model: vila1.5-13b in fp16 needs 26 GB for its weights alone",
    ),
    "another table": (FLEET + "[drone]\nname = 3", "holds uav, drone: write a table [[uav]] for each UAV"),
    "one table alone": ('[uav]\nname = "kite"', "holds uav: write a table [[uav]] for each UAV"),
    "no UAV": ("uav = []", "holds uav: write a table [[uav]] for each UAV"),
    "nothing": ("", "holds nothing: write a table [[uav]] for each UAV"),
    "broken TOML": ("[[uav]]\nname = kite", "not valid TOML"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_fleet_is_refused_for(case, tmp_path, monkeypatch, capsys):
    text, message = FILES[case]
    (tmp_path / "fleet.toml").write_text(text)
    (tmp_path / "world.toml").write_text('base = "paper"\nuav_fleet = "fleet.toml"\n')
    outcome = run(monkeypatch, capsys, "generate", tmp_path / "world.toml", "-o", tmp_path / "day.npz")
    assert_refused(outcome, message)
    assert "fleet.toml: " in outcome[1][0]
    assert not (tmp_path / "day.npz").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"uavs": 3}, "uavs is 3: the fleet has 2"),
        ({"uav_fleet": "gone.toml"}, "gone.toml: no such file"),
        ({"uav_fleet": 5}, "uav_fleet is 5: name a TOML file"),
        ({"uav_fleet": {"names": ["kite"]}}, "uav_fleet is {'names': ['kite']}: name a TOML file"),
        ({"base": "orin"}, "UAV 'kite': the scenario's uav_model sets flops: leave one of them out"),
        ({"uav_altitude_m": -1}, "'uav_altitude_m' is -1"),
    ],
)
def test_a_fleet_is_refused_with(changes, message, tmp_path):
    with pytest.raises(InputError) as refusal:
        fleet(tmp_path, **changes)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"area_m": 200}, "area_m leaves UAVs of the fleet outside"), ({"uavs": 5}, "uavs is 5: the fleet has 2")],
)
def test_a_scenario_that_a_fleet_no_longer_fits_is_refused(changes, message, tmp_path):
    with pytest.raises(InputError, match=message):
        fleet(tmp_path).replace(**changes)


def test_a_uavs_own_model_may_come_from_a_file_beside_the_fleet(tmp_path):
    folder = tmp_path / "fleet"
    folder.mkdir()
    entry = 'title = "Mine"\nparameters = 1e9\n[[models.mine.versions]]\nprecision = "int4"\naccuracy = 0.31\n'
    rate = "tokens_per_s = { orin-agx-64 = 10.0 }\naccuracy_source = 'us'\nrate_source = 'us'\n"
    (folder / "mine.toml").write_text(f"[models.mine]\n{entry}{rate}")
    model = 'model = { catalogue = "mine.toml", model = "mine", precision = "int4", hardware = "orin-agx-64" }'
    (folder / "fleet.toml").write_text(f'[[uav]]\nname = "a"\n{model}\n[[uav]]\nname = "b"\n')
    (tmp_path / "world.toml").write_text('base = "paper"\nuav_fleet = "fleet/fleet.toml"\n')
    world = Scenario.load(tmp_path / "world.toml")
    assert world.uav_model[0].model == "mine"
    assert world.uav_accuracy == (0.31, 0.55)
    assert world.replace(slots=3).uav_model == world.uav_model
