"""Worlds at the ends of what scenarios may say: all are handled exactly, or refused for a reason."""

import warnings
from contextlib import contextmanager

import numpy as np

from skyedge.problem import Scenario, generate
from tests import oracle

SMALL = Scenario.preset("paper").replace(devices=5, uavs=2, satellites=2, slots=3)
UNSEEN = {"sat_offset_deg": 0, "sat_min_elevation_deg": 89.9, "sat_phase_deg": 0, "sat_spacing_deg": 90}

CHANGES = {
    "one device": {"devices": 1},
    "one slot": {"slots": 1},
    "one UAV and no satellite": {"uavs": 1, "satellites": 0},
    "satellites only": {"uavs": 0},
    "no satellite ever in view": UNSEEN,
    "nothing but satellites that are never in view": UNSEEN | {"uavs": 0},
    "everyone idle": {"arrival_rate": (0, 0)},
    "no capacity anywhere": {"uav_capacity": 0, "sat_capacity": 0},
    "latency without weight": {"latency_weight": 0},
    "energy without weight": {"energy_weight": 0},
    "neither latency nor energy with weight": {"latency_weight": 0, "energy_weight": 0},
    "devices' energy without weight": {"device_energy_weight": 0},
    "nothing but devices' energy with weight": {
        "latency_weight": 0,
        "device_energy_weight": 1e6,
        "unserved_penalty": 1e6,
    },
    "noise of 100 dBm/Hz": {"noise_dbm_per_hz": 100},
    "noise of -400 dBm/Hz": {"noise_dbm_per_hz": -400},
    "gains of -300 dB": {"reference_gain_db": -300, "sat_antenna_dbi": -300},
    "gains of 300 dB": {"reference_gain_db": 300, "sat_antenna_dbi": 300},
    "devices without power": {"max_power_w": 0},
    "UAVs that stand still": {"uav_speed_mps": 0},
    "UAVs that can be anywhere at once": {"uav_speed_mps": 1e30},
    "UAVs that cover a point": {"uav_radius_m": 0},
    "UAVs that cover everything": {"uav_radius_m": 1e3},
    "an area of ten thousand kilometres": {"area_m": 1e7},
    "an area of a millimetre": {"area_m": 1e-3},
    "payloads of a millionth of a bit": {"input_bits": (1e-6, 1e-6), "output_words": 1e-6, "bits_per_word": 0},
    "payloads that nothing can carry": {"input_bits": (1e30, 1e30)},
    "limits that nothing can keep": {"max_latency_s": 1e-30},
    "path loss that knows no distance": {"path_loss_exponent": 0},
    "a penalty beyond all costs": {"unserved_penalty": 1e30},
}

BOUNDLESS = {"uav_radius_m": 1e30}  # at its edge a task takes for ever

WORLDS = {name: SMALL.replace(**changes) for name, changes in CHANGES.items()}


@contextmanager
def no_warning():
    """Every warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def drawn(name):
    """The first instance of a world."""
    with no_warning():
        return generate(WORLDS[name], 0)


def assert_exact(instance, decision, score):
    """The score is a number, and that of the independent evaluator."""
    expected = oracle.evaluate(instance, decision)
    assert np.isfinite(score.task_cost).all()
    np.testing.assert_allclose(score.task_cost, expected.task_cost, rtol=1e-9, atol=0)
    np.testing.assert_allclose(score.cost, expected.cost, rtol=1e-9, atol=0)
    assert np.array_equal(score.served, expected.served)
    assert np.array_equal(score.broken, expected.broken)
    assert score.violations == expected.violations
