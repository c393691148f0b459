"""A scenario's own scales: what observations are divided by."""

from dataclasses import dataclass

import numpy as np

from skyedge.problem import Scenario, World, world_of
from skyedge.problem.constellations.circular_orbits import overhead_pass
from skyedge.problem.physics.equations import free_space_gain, snr_per_watt, uav_gain


@dataclass(frozen=True)
class Scales:
    """The greatest or the usual value of each quantity, so that features are about 1 in size.

    Attributes
    ----------
    input_bits, output_words, max_latency_s, arrival_rate : float
        The greatest that can be drawn.
    window_s : float
        A full overhead pass, Eq. (4).
    sat_gain : float
        Mean gain of a satellite straight above.
    log_snr : array (M+N,)
        ln(1 + SNR) at full power right below a server, at mean fading.
    """

    input_bits: float
    output_words: float
    max_latency_s: float
    arrival_rate: float
    window_s: float
    sat_gain: float
    log_snr: np.ndarray

    @classmethod
    def of(cls, scenario: Scenario) -> "Scales":
        """Return the scales of a scenario."""
        world = world_of(scenario)
        scatter, _, line_of_sight = scenario.sat_shadowing
        antenna = 10 ** (scenario.sat_antenna_dbi / 10)
        overhead = free_space_gain(scenario.orbit_altitude_m, scenario.sat_carrier_hz)
        sat_gain = float(antenna * overhead * (line_of_sight + 2 * scatter))
        return cls(
            input_bits=scenario.input_bits[1],
            output_words=max(scenario.output_words),
            max_latency_s=max(scenario.max_latency_s),
            arrival_rate=max(scenario.arrival_rate[1], np.finfo(float).tiny),
            window_s=float(overhead_pass(scenario.orbit_altitude_m, np.radians(scenario.sat_min_elevation_deg))),
            sat_gain=sat_gain,
            log_snr=np.maximum(_log_snr_below(world, sat_gain), np.finfo(float).tiny),
        )


def _log_snr_below(world: World, sat_gain: float) -> np.ndarray:
    straight_up = uav_gain(1.0, 0.0, world.uav_altitude_m, world.reference_gain, world.path_loss_exponent)
    gain = np.concatenate([straight_up, np.full(world.satellites, sat_gain)])
    bandwidth_hz = world.per_server("bandwidth_hz")
    return np.log1p(world.max_power_w.max() * snr_per_watt(gain, bandwidth_hz, world.noise_psd))
