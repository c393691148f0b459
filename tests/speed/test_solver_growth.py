"""How the time of every solver grows with devices and with slots."""

import pytest

from skyedge.solvers import available
from tests.speed.growth import Growth
from tests.speed.measure import PAPER
from tests.speed.solving import grow

SIZES = (10, 20, 40, 80)
SLOTS, DEVICES = 10, PAPER.devices  # while the other grows
OF_ONE_SLOT = ("slot-optimum", "global-minlp")  # the one solves no more, the other proves no more in the time
SPECS = [*available(), "horizon[gap=0.01]"]
MOST_IN_DEVICES, MOST_IN_SLOTS = 3, 2  # exponents


def must_be_below(most, growth):
    law = growth.law()
    assert law is None or law.low < most


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("spec", SPECS)
def test_a_solver_takes_less_than_cubic_time_in_devices(spec, report):
    slots = 1 if spec in OF_ONE_SLOT else SLOTS
    growth = Growth(f"{spec}, T = 1" if spec in OF_ONE_SLOT else spec, SIZES)
    solutions = grow(spec, growth, lambda devices: PAPER.replace(devices=devices, slots=slots))
    report.growth("devices", growth)
    assert all(one.decision is not None or one.bound is not None for one in solutions)
    must_be_below(MOST_IN_DEVICES, growth)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec not in OF_ONE_SLOT])
def test_a_solver_takes_less_than_quadratic_time_in_slots(spec, report):
    growth = Growth(spec, SIZES)
    solutions = grow(spec, growth, lambda slots: PAPER.replace(devices=DEVICES, slots=slots))
    report.growth("slots", growth)
    assert all(one.decision is not None or one.bound is not None for one in solutions)
    must_be_below(MOST_IN_SLOTS, growth)
