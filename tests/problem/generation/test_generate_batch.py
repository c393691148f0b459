"""Many horizons at once are drawn by the same lines as one instance."""

import numpy as np
import pytest

from skyedge.problem import InputError, Scenario, generate, generate_batch, side_by_side
from skyedge.problem.arrays import CONSTANT_SHAPES, INSTANCE_SHAPES, SLOT_SHAPES
from skyedge.problem.generation.generate import _draw, _Streams

PAPER = Scenario.preset("paper")
TURNING = PAPER.replace(
    earth_rotates=True, sat_planes=2, sat_plane_spacing_deg=10, site_latitude_deg=30, sat_inclination_deg=53
)
WORLDS = {
    "paper": PAPER,
    "hotspot": Scenario.preset("hotspot"),
    "turning Earth": TURNING,
    "no satellites": PAPER.replace(satellites=0),
    "no UAVs": PAPER.replace(uavs=0),
}


@pytest.mark.parametrize("world", WORLDS)
def test_a_batch_of_one_is_what_an_instance_of_the_same_streams_is_but_for_fading(world):
    alone, batch = alone_and_in_a_batch(WORLDS[world])
    for name in set(INSTANCE_SHAPES) - {"uav_fading", "sat_gain"}:
        if name == "sat_window_s":
            np.testing.assert_allclose(batch[name], alone[name], rtol=0, atol=1e-9)
        else:
            np.testing.assert_array_equal(batch[name], alone[name], err_msg=name)
    np.testing.assert_array_equal(batch["sat_gain"] > 0, alone["sat_gain"] > 0)


@pytest.mark.parametrize("world", WORLDS)
def test_where_links_hardly_fade_a_batch_has_the_gains_of_an_instance(world):
    alone, batch = alone_and_in_a_batch(WORLDS[world].replace(rician_k_db=150, sat_shadowing=(1e-15, 1e15, 1.0)))
    for name in ("uav_fading", "sat_gain"):
        np.testing.assert_allclose(batch[name], alone[name], rtol=1e-5, err_msg=name)


def alone_and_in_a_batch(scenario):
    """The arrays of an instance, and those of a batch of one that has the same streams."""
    alone, batch = (_draw(scenario, _Streams((5,)), lead) for lead in ((), (1,)))
    for name in set(INSTANCE_SHAPES) - set(CONSTANT_SHAPES):
        batch[name] = np.take(batch[name], 0, 0 if name == "uav_start_xy" else 1)
    return alone, batch


def test_horizons_of_a_batch_are_instances_and_differ():
    horizons = generate_batch(PAPER, (0,), 4)
    instances = [horizons.instance(number) for number in range(4)]
    assert len({instance.id for instance in instances}) == 4
    assert instances[2].active.tolist() == horizons.active[:, 2].tolist()
    assert horizons.at(7).active.tolist() == [instance.active[7].tolist() for instance in instances]


def test_the_same_seed_gives_the_same_batch_and_every_number_of_it_counts():
    ids = [generate_batch(PAPER, seed, 2).instance(0).id for seed in ((1, 2), (1, 2), (1, 3), (2, 2), (1,))]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


def test_no_horizon_of_a_batch_is_an_instance():
    starts = {tuple(generate(PAPER.replace(slots=1), seed).uav_start_xy.ravel()) for seed in range(50)}
    for seed in range(5):
        batch = generate_batch(PAPER.replace(slots=1), (seed,), 10)
        assert not starts & {tuple(start.ravel()) for start in batch.uav_start_xy}


def test_batches_have_the_distributions_of_instances():
    scenario = PAPER.replace(slots=10)
    horizons = generate_batch(scenario, (0,), 100)
    instances = side_by_side([generate(scenario, seed) for seed in range(100)])
    for name in SLOT_SHAPES:
        ours, theirs = getattr(horizons, name), getattr(instances, name)
        spread = theirs.mean(axis=(0, *range(2, theirs.ndim))).std() / 10  # of the mean of 100 horizons
        assert ours.mean() == pytest.approx(theirs.mean(), abs=6 * spread + 1e-12), name


def test_horizons_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        generate_batch(PAPER, (0,), 2).uav_fading[0] = 1


def test_a_penalty_that_a_served_task_could_exceed_is_refused():
    with pytest.raises(InputError, match="unserved_penalty is 3"):
        generate_batch(PAPER.replace(unserved_penalty=3), (0,), 2)


def test_instances_side_by_side_come_back_as_they_were():
    instances = [generate(PAPER, seed) for seed in (3, 4)]
    horizons = side_by_side(instances)
    assert [horizons.instance(number).id for number in (0, 1)] == [instance.id for instance in instances]
    with pytest.raises(InputError, match="instance 1 is not of the first one's scenario"):
        side_by_side([instances[0], generate(TURNING, 0)])


def test_seeds_that_are_no_whole_numbers_are_refused():
    for seed in ((-1,), (0, 1.5), (True,)):
        with pytest.raises(InputError, match="seed is"):
            generate_batch(PAPER, seed, 2)
