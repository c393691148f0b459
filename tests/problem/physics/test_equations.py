"""The same lines of physics serve numpy, torch and Pyomo."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from pyomo.core.expr import value
from pyomo.environ import ConcreteModel, Var
from scipy.constants import speed_of_light

from skyedge.problem import evaluate
from skyedge.problem.physics import equations as physics
from skyedge.problem.physics.links import request_of, squared_distances, uav_link
from skyedge.solvers.machinery.minlp.model import PyomoArrays
from tests.worlds import cases

REQUEST = physics.Request(input_bits=5e6, output_words=128, bits_per_word=32)
POWER_W, SQUARED_DISTANCE_M2 = 0.13, 4000.0


def link(squared_distance):
    return physics.Link(
        gain=physics.uav_gain(0.8, squared_distance, 100.0, 1e-5, 2.2),
        bandwidth_hz=5e6,
        noise_psd=4e-21,
        downlink_noise_psd=4e-21,
        transmit_w=1.0,
        flop_per_word=14e9,
        flops=1.88e12,
        compute_w=25.0,
        hops=2,
        delay_s=0.01,
        isl_rate_bps=1e9,
        isl_power_w=5.0,
    )


def latency_and_energy(xp, power, squared_distance):
    return latency_and_energy_of(xp, REQUEST, link(squared_distance), power)


def latency_and_energy_of(xp, request, way, power):
    uplink_s = physics.uplink_time(xp, request, way, power)
    fixed = physics.fixed_part(xp, request, way)
    return physics.latency(uplink_s, fixed.time_s), physics.energy(power, uplink_s, fixed.energy_j)


def with_numpy(power, squared_distance):
    return latency_and_energy(np, np.float64(power), np.float64(squared_distance))


def with_torch():
    power = torch.tensor(POWER_W, dtype=torch.float64, requires_grad=True)
    squared_distance = torch.tensor(SQUARED_DISTANCE_M2, dtype=torch.float64, requires_grad=True)
    return power, squared_distance, latency_and_energy(torch, power, squared_distance)


def test_torch_gives_the_numbers_of_numpy():
    _, _, result = with_torch()
    expected = with_numpy(POWER_W, SQUARED_DISTANCE_M2)
    assert [x.item() for x in result] == pytest.approx([float(x) for x in expected], rel=1e-14)


@pytest.mark.parametrize("term", [0, 1], ids=["latency", "energy"])
@pytest.mark.parametrize("argument", [0, 1], ids=["by power", "by squared distance"])
def test_autograd_agrees_with_central_differences(term, argument):
    power, squared_distance, result = with_torch()
    gradient = torch.autograd.grad(result[term], (power, squared_distance))[argument].item()
    point = np.array([POWER_W, SQUARED_DISTANCE_M2])
    step = 1e-5 * point * np.eye(2)[argument]
    difference = with_numpy(*(point + step))[term] - with_numpy(*(point - step))[term]
    assert gradient == pytest.approx(difference / (2 * step[argument]), rel=1e-7)


def test_pyomo_expressions_give_the_numbers_of_numpy():
    model = ConcreteModel()
    model.power = Var(initialize=POWER_W)
    model.squared_distance = Var(initialize=SQUARED_DISTANCE_M2)
    result = latency_and_energy(PyomoArrays, model.power, model.squared_distance)
    expected = with_numpy(POWER_W, SQUARED_DISTANCE_M2)
    assert [value(x) for x in result] == pytest.approx([float(x) for x in expected], rel=1e-12)
    assert all(x.is_expression_type() for x in result)


def test_the_speed_of_light_is_that_of_the_metre():
    assert speed_of_light == physics.LIGHT_SPEED_MPS


def test_ten_decibels_are_a_factor_of_ten():
    assert [physics.linear(decibel) for decibel in (-20, 0, 10, 30)] == pytest.approx([0.01, 1, 10, 1000], rel=1e-15)


def test_free_space_loss_is_that_of_3gpp_tr_38821():
    for distance_m, loss_db in ((600e3, 154.03), (1075e3, 159.10), (1932e3, 164.19)):
        assert -10 * np.log10(physics.free_space_gain(distance_m, 2e9)) == pytest.approx(loss_db, abs=0.02)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_numpy_and_torch_give_the_costs_that_the_evaluator_gives(case):
    instance, decision = case.instance, case.decision
    active = instance.active & (decision.server >= 0) & (decision.server < instance.uavs)
    t, k = np.nonzero(active)
    m = decision.server[t, k]
    squared = squared_distances(instance.device_xy, decision.uav_xy)[t, k, m]
    way, request, power = uav_link(instance, t, k, m, squared), request_of(instance, t, k), decision.power[t, k]
    score = evaluate(instance, decision)
    with np.errstate(divide="ignore", invalid="ignore"):
        results = [latency_and_energy_of(np, request, way, power)]
    request, way = (type(part)(*(torch.as_tensor(one, dtype=torch.float64) for one in part)) for part in (request, way))
    results.append([part.numpy() for part in latency_and_energy_of(torch, request, way, torch.as_tensor(power))])
    for latency_s, energy_j in results:
        np.testing.assert_allclose(latency_s, score.latency_s[t, k], rtol=1e-9)
        np.testing.assert_allclose(energy_j, score.energy_j[t, k], rtol=1e-9)
