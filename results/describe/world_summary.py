"""An instance in words: what is in it, who can serve, what is asked for, which satellites are in view."""

from collections.abc import Iterable
from itertools import groupby

import numpy as np
from rich.table import Table

from skyedge.problem import Instance
from skyedge.problem.scoring.explain import server_name
from skyedge.results import console

SERVER_COLUMNS = ("servers", "where", "accuracy", "words/s", "capacity", "compute W", "transmit W", "MHz")


def describe(instance: Instance) -> list[Table]:
    """Return the tables that ``skyedge show`` prints."""
    name = instance.scenario.name if instance.scenario else "recorded trace"
    tables = [
        console.table(f"Instance of {name}", ("", ""), _sizes(instance), words=2),
        console.table("Servers", SERVER_COLUMNS, _servers(instance), words=2),
        console.table("Demand", ("requests", "mean", "least", "most"), _demand(instance)),
    ]
    if instance.satellites:
        columns = ("satellite", "in view", "serves", "mean window s", "mean gain dB")
        tables.append(console.table("Satellites, shares of devices and slots", columns, _visibility(instance)))
    return tables


def _sizes(instance: Instance) -> list[tuple[str, str]]:
    across, up = instance.area_m
    horizon_s = instance.slots_count * instance.slot_s
    weights = f"{instance.latency_weight:g} per s, {instance.energy_weight:g} per J"
    return [
        ("id", instance.id[:16]),
        ("devices, UAVs, satellites", f"{instance.devices}, {instance.uavs}, {_in_orbit(instance)}"),
        ("slots", f"{instance.slots_count} of {instance.slot_s:g} s: {horizon_s:g} s"),
        ("area", f"{across:g} m x {up:g} m{_place(instance)}"),
        ("cost", f"{weights}; device energy x {instance.device_energy_weight:g}; "
                 f"{instance.unserved_penalty:g} per request not served"),
    ]  # fmt: skip


def _in_orbit(instance: Instance) -> str:
    return f"{instance.satellites - instance.clouds}{' and a cloud' if instance.clouds else ''}"


def _place(instance: Instance) -> str:
    """Say where on the Earth the area lies, if a constellation passes over it."""
    scenario = instance.scenario
    if scenario is None or scenario.constellation is None:
        return ""
    place = f"latitude {scenario.site_latitude_deg:g}°, longitude {scenario.site_longitude_deg:g}°"
    return f", at {place}, under {scenario.constellation.name}"


def _servers(instance: Instance) -> Iterable[tuple[str, ...]]:
    """Yield one line for each run of servers that are alike."""
    for kind, number in (("uav", instance.uavs), ("sat", instance.satellites)):
        lines = [_server(instance, kind, j) for j in range(number)]
        first = 0 if kind == "uav" else instance.uavs
        for line, run in groupby(range(number), key=lines.__getitem__):
            members = list(run)
            last = f"–{members[-1]}" if len(members) > 1 else ""
            name, *values = line
            yield (f"{server_name(instance, first + members[0])}{last}{name}", *values)


def _server(instance: Instance, kind: str, j: int) -> tuple[str, ...]:
    def value(name: str) -> float:
        return float(getattr(instance, f"{kind}_{name}")[j])

    flop = value("flop_per_word")
    rate = f"{value('flops') / flop:.0f}" if flop else "unlimited"
    accuracy, capacity, compute_w = (f"{value(name):g}" for name in ("accuracy", "capacity", "compute_w"))
    if kind == "sat" and instance.sat_is_cloud[j]:
        return ("", "on the ground, behind a gateway", accuracy, rate, capacity, compute_w, "–", "–")
    where = "in orbit, linked to its neighbours"
    if kind == "uav":
        where = f"{value('altitude_m'):g} m up, covers {value('radius_m'):g} m, flies {value('speed_mps'):g} m/s"
    where += _model(instance, kind, j)
    radio = f"{value('transmit_w'):g}", f"{value('bandwidth_hz') / 1e6:g}"
    fleet = instance.scenario.uav_fleet if instance.scenario and kind == "uav" else None
    return (f": {fleet.names[j]}" if fleet else "", where, accuracy, rate, capacity, compute_w, *radio)


def _model(instance: Instance, kind: str, j: int) -> str:
    """Say what a server has on board, if the scenario names it."""
    named = getattr(instance.scenario, f"{kind}_model", None)
    one = named[j % len(named)] if named else None
    if one is None:
        return ""
    return f"; {one.model} in {one.precision} on {one.hardware}"


def _demand(instance: Instance) -> Iterable[tuple[str, ...]]:
    """Yield statistics over slots, then over requests."""
    active = instance.active
    uav_accuracy = max(instance.uav_accuracy, default=0.0)
    yield _spread("per slot", active.sum(axis=1), ".1f")
    if not active.any():
        return
    yield _spread("input, Mbit", instance.input_bits[active] / 1e6, ".2f")
    yield _spread("output, words", instance.output_words[active], ".0f")
    yield _spread("latency limit, s", instance.max_latency_s[active], ".2f")
    yield _spread("accuracy floor", instance.min_accuracy[active], ".2f")
    share = np.mean(instance.min_accuracy[active] <= uav_accuracy)
    yield ("within a UAV's accuracy", f"{share:.0%}", "", "")
    moved = np.linalg.norm(np.diff(instance.device_xy, axis=0), axis=-1) / instance.slot_s
    if moved.size:
        yield _spread("device speed, m/s", moved, ".2f")
    if "device_motion" in instance.options:
        yield _spread("way within a slot, m", instance.device_walk_m, ".2f")


def _spread(name: str, values: np.ndarray, form: str) -> tuple[str, ...]:
    return (name, *(format(float(one), form) for one in (values.mean(), values.min(), values.max())))


def _visibility(instance: Instance) -> Iterable[tuple[str, ...]]:
    """Yield, for each satellite, how often devices see it and can be served by it, through others included."""
    orbiting = [str(n) for n in range(instance.satellites - instance.clouds)]
    if instance.ephemeris:
        orbiting = [f"{n}: {name}" for n, name in zip(orbiting, instance.ephemeris.names, strict=True)]
    for n, name in enumerate([*orbiting, "cloud"][: instance.satellites]):
        window_s, gain = instance.sat_window_s[..., n], instance.sat_gain[..., n]
        seen = window_s > 0
        reached = np.mean(instance.sat_access[..., n] >= 0)
        window = f"{window_s[seen].mean():.0f}" if seen.any() else "–"
        level = f"{10 * np.log10(gain[seen & (gain > 0)].mean()):.1f}" if (seen & (gain > 0)).any() else "–"
        yield (name, f"{seen.mean():.0%}", f"{reached:.0%}", window, level)
