"""What instances are drawn from, and that a draw is data."""

import dataclasses

import numpy as np
import pytest

from skyedge.problem import Decision, InputError, Instance, Scenario, evaluate, generate, server_costs, stack
from skyedge.problem.arrays import FORECAST_SLOTS, INSTANCE_SHAPES
from skyedge.problem.scoring.best_costs import dearest_served_cost

PAPER = Scenario.preset("paper")


@pytest.mark.parametrize("preset", Scenario.presets())
def test_every_preset_generates_a_scorable_instance(preset):
    scenario = Scenario.preset(preset)
    instance = generate(scenario, 3)
    assert (instance.devices, instance.uavs, instance.satellites) == (
        scenario.devices,
        scenario.uavs,
        scenario.satellites + (scenario.cloud is not None),
    )
    idle = Decision(
        server=np.full(instance.active.shape, -1),
        power=np.zeros(instance.active.shape),
        uav_xy=np.tile(instance.uav_start_xy, (scenario.slots, 1, 1)),
    )
    score = evaluate(instance, idle)
    assert score.cost == pytest.approx(instance.unserved_penalty * instance.active.sum())


def test_the_same_seed_gives_the_same_instance_and_another_seed_another():
    assert generate(PAPER, 4).id == generate(PAPER, 4).id
    assert generate(PAPER, 4).id != generate(PAPER, 5).id


def test_changing_one_quantity_changes_no_other_draw():
    changed = generate(PAPER.replace(min_accuracy=0.3), 7)
    original = generate(PAPER, 7)
    differing = {
        name for name in INSTANCE_SHAPES if not np.array_equal(getattr(changed, name), getattr(original, name))
    }
    assert differing == {"min_accuracy"}


def test_more_slots_or_devices_are_possible_for_every_field_users_sweep():
    scenario = PAPER.replace(devices=20, uavs=5, satellites=6, slots=3, max_latency_s=[2.0, 3.0], area_m=800)
    instance = generate(scenario, 0)
    assert instance.active.shape == (3, 20)
    assert set(np.unique(instance.max_latency_s)) == {0.0, 2.0, 3.0}
    assert instance.area_m.tolist() == [800.0, 800.0]


def test_lists_of_uav_values_repeat_in_turn():
    scenario = Scenario.preset("congested").replace(uavs=5)
    assert generate(scenario, 0).uav_accuracy.tolist() == [0.45, 0.55, 0.65, 0.45, 0.55]


def test_a_world_without_satellites_or_without_uavs_works():
    for sizes in ({"satellites": 0}, {"uavs": 0}):
        instance = generate(PAPER.replace(**sizes, slots=3), 0)
        costs = server_costs(instance, np.tile(instance.uav_start_xy, (3, 1, 1)))
        assert costs.cost.shape == (3, 15, instance.servers)


def test_arrivals_are_poisson_with_the_devices_own_rates():
    instance = generate(PAPER.replace(devices=400, slots=200), 0)
    rate = instance.arrival_rate[0]
    assert (instance.arrival_rate == rate).all()
    assert rate.min() >= 1
    assert rate.max() <= 1.5
    expected = 1 - np.exp(-rate).mean()
    assert instance.active.mean() == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(400 * 200))


def test_requests_have_the_paper_preset_distributions():
    instance = generate(PAPER.replace(devices=300, slots=100), 0)
    active = instance.active
    assert instance.input_bits[active].min() >= 4e6
    assert instance.input_bits[active].max() <= 8e6
    assert instance.input_bits[active].mean() == pytest.approx(6e6, rel=0.01)
    for name, levels in (("output_words", [64, 128, 192, 240]), ("min_accuracy", [0.3, 0.4, 0.5, 0.6, 0.7])):
        found, counts = np.unique(getattr(instance, name)[active], return_counts=True)
        assert found.tolist() == levels
        assert counts / counts.sum() == pytest.approx(1 / len(levels), abs=0.02)


def test_idle_entries_are_zero():
    instance = generate(PAPER, 2)
    for name in ("input_bits", "output_words", "max_latency_s", "min_accuracy"):
        assert (getattr(instance, name)[~instance.active] == 0).all()


def test_uavs_start_between_the_given_fractions_of_the_area():
    starts = np.concatenate([generate(PAPER.replace(slots=1), seed).uav_start_xy for seed in range(200)])
    assert starts.min() >= 100
    assert starts.max() <= 400
    assert starts.mean() == pytest.approx(250, abs=15)


def test_hot_pairs_of_opposite_zones_take_turns_every_ten_slots():
    instance = generate(Scenario.preset("hotspot"), 0)
    rate = instance.arrival_rate
    hot = rate / rate.max(axis=0) > 0.5
    assert (hot[:, 0::4] == hot[:, 2::4]).all()
    assert (hot[:, 1::4] == ~hot[:, 0::4]).all()
    assert rate.min(axis=0) == pytest.approx(0.15 * rate.max(axis=0))
    switches = np.flatnonzero(hot[1:, 0] != hot[:-1, 0])
    assert (np.diff(switches) == 10).all()
    zone = [instance.device_xy[0, k::4].mean(axis=0) for k in range(4)]
    assert (zone[0] - 250) @ (zone[2] - 250) < 0
    assert (zone[1] - 250) @ (zone[3] - 250) < 0


def test_forecasts_reach_beyond_the_horizon():
    assert generate(PAPER, 0).arrival_rate.shape == (50 + FORECAST_SLOTS, 15)


@pytest.mark.parametrize("preset", ["paper", "battery", "congested", "hotspot"])
def test_no_served_task_costs_as_much_as_the_penalty_whatever_its_power(preset):
    instance = generate(Scenario.preset(preset), 1)
    assert dearest_served_cost(instance) < instance.unserved_penalty
    rng = np.random.default_rng(0)
    for _ in range(20):
        server = rng.integers(instance.servers, size=instance.active.shape)
        power = rng.random(server.shape) ** 3 * instance.max_power_w
        score = evaluate(instance, Decision(server, power, np.tile(instance.uav_start_xy, (50, 1, 1))))
        assert score.task_cost[score.served].max(initial=0) <= dearest_served_cost(instance)


def test_a_penalty_that_a_served_task_could_exceed_is_refused():
    with pytest.raises(InputError, match="unserved_penalty is 3: it must be above 3"):
        generate(PAPER.replace(unserved_penalty=3), 0)


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True])
def test_seeds_that_are_no_whole_numbers_are_refused(seed):
    with pytest.raises(InputError, match="seed is"):
        generate(PAPER, seed)


def test_an_instance_comes_back_from_its_file_as_it_was(tmp_path):
    instance = generate(Scenario.preset("hotspot"), 1)
    instance.save(tmp_path / "day.npz")
    loaded = Instance.load(tmp_path / "day.npz")
    assert loaded.id == instance.id
    assert loaded.scenario == instance.scenario


def test_the_id_depends_on_every_array_and_on_the_scenario():
    instance = generate(Scenario.preset("tiny"), 0)
    ids = {instance.id, dataclasses.replace(instance, scenario=None).id}
    changed = {}
    for name in ("uav_fading", "device_xy", "noise_psd", "bits_per_word", "arrival_rate", "latency_weight"):
        changed[name] = dataclasses.replace(instance, **{name: np.asarray(getattr(instance, name)) * 0.999}).id
    assert len(ids | set(changed.values())) == 2 + len(changed)


def test_arrays_are_read_only_and_apart_from_the_callers():
    instance = generate(Scenario.preset("tiny"), 0)
    mine = instance.uav_fading.copy()
    copy = dataclasses.replace(instance, uav_fading=mine)
    mine[:] = 0
    assert (copy.uav_fading > 0).all()
    with pytest.raises(ValueError, match="read-only"):
        copy.uav_fading[0] = 1


def test_slots_of_different_worlds_do_not_stack():
    first, second = generate(PAPER, 0), generate(PAPER.replace(uav_radius_m=100), 0)
    assert stack([first.at(0), first.at(3)]).active.tolist() == first.active[[0, 3]].tolist()
    with pytest.raises(InputError, match="differ in uav_radius_m"):
        stack([first.at(0), second.at(0)])
