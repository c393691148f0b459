"""The decisions that a campaign's cells computed, slot by slot, as the page plays them.

Instances are drawn again from their seeds, and decisions scored again: only what gives the stored identity and the
stored cost is shown.
"""

import json
from typing import Any

import numpy as np
import pandas as pd

from skyedge.problem import Decision, InputError, Instance, Scenario, Score, evaluate, generate
from skyedge.problem.scoring.explain import server_name
from skyedge.results.describe.scorecard import MEANING
from skyedge.results.report.series import Looks
from skyedge.results.statistics import Worlds
from skyedge.results.storage import unpack

MAX_BYTES = 2_000_000  # of replays in a report
IDLE = -2  # a server's number where a device asks for nothing; −1 is: not offloaded
UNITS = {"place_m": 0.1, "seconds": 1e-3, "joules": 1e-2, "cost": 1e-4}  # what the page's whole numbers count
TOLERANCE = 1e-9  # of a cost, relative


def replays(rows: pd.DataFrame, worlds: Worlds, looks: Looks) -> dict[str, Any]:
    """Return the instances that can be played and their decisions, as many as fit.

    First instances come first, and of each the best methods, in turn of all scenarios.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        The fields of each scenario, by label.
    looks : mapping
        From :func:`skyedge.results.report.series.looks`; the plays of an instance come in its order.

    Returns
    -------
    dict
        ``instances``, each with its ``plays``; the ``units`` of whole numbers and the ``constraints``' meaning;
        ``left_out``, how many stored decisions do not fit, or do not give the stored score.
    """
    kept = _in_turn(rows, looks)
    found: dict[tuple[str, int], dict[str, Any]] = {}
    drawn: dict[tuple[str, int], Instance] = {}
    room = MAX_BYTES
    for _, row in kept.iterrows():
        place = str(row["scenario"]), int(row["instance_seed"])
        if place not in drawn:
            drawn[place] = generate(Scenario.from_json(json.dumps(worlds[place[0]])), place[1])
        play = _play(drawn[place], row, looks)
        if play is None:
            continue
        one = found.get(place) or {**_instance(drawn[place]), "scenario": place[0], "seed": place[1], "plays": []}
        room -= len(json.dumps(play)) + (0 if place in found else len(json.dumps(one)))
        if room < 0:
            break
        found.setdefault(place, one)["plays"].append(play)
    instances = sorted(found.values(), key=lambda one: list(worlds).index(one["scenario"]))
    shown = sum(len(one["plays"]) for one in instances)
    return {"instances": instances, "units": UNITS, "constraints": MEANING, "left_out": len(kept) - shown}


def _in_turn(rows: pd.DataFrame, looks: Looks) -> pd.DataFrame:
    """Return the rows with decisions: the first instances, and of these the best method of each scenario, first."""
    kept = rows[rows["decision"].notna() & rows["cost"].notna()]
    kept = kept.drop_duplicates(["scenario", "instance_seed", "solver"])  # the first of repeats or training seeds
    order = kept["solver"].map({solver: place for place, solver in enumerate(looks)})
    kept = kept.assign(order=order).sort_values("order", kind="stable")
    rank = kept.groupby(["scenario", "instance_seed"]).cumcount()
    return kept.assign(rank=rank).sort_values(["instance_seed", "rank"], kind="stable")


def _instance(instance: Instance) -> dict[str, Any]:
    """Return what all plays of an instance share: places of devices, what they ask for, and the servers."""
    return {
        "id": instance.id,
        "area": _whole(instance.area_m, "place_m"),
        "uavs": instance.uavs,
        "servers": [server_name(instance, server) for server in range(instance.servers)],
        "capacity": instance.server_capacity.tolist(),
        "radius": _whole(instance.uav_radius_m, "place_m"),
        "start": _whole(instance.uav_start_xy, "place_m"),
        "device": _whole(instance.device_xy, "place_m"),
        "limit": _whole(np.where(instance.active, instance.max_latency_s, 0), "seconds"),
    }


def _play(instance: Instance, row: pd.Series, looks: Looks) -> dict[str, Any] | None:
    """Return a cell's decision and score, or None if they are not those of this instance and evaluator."""
    decision = unpack(row["decision"])
    score = _score(instance, decision) if instance.id == row["instance_id"] else None
    if score is None or abs(score.cost - row["cost"]) > TOLERANCE * abs(row["cost"]):
        return None
    return {
        "solver": looks[row["solver"]].name,
        "information": row["information"],
        "cost": round(score.cost, 4),
        "uav": _whole(decision.uav_xy, "place_m"),
        "server": np.where(instance.active, decision.server, IDLE).tolist(),
        "broken": (score.broken @ (1 << np.arange(score.broken.shape[-1]))).tolist(),
        "latency": _whole(score.latency_s, "seconds"),
        "energy": _whole(score.energy_j, "joules"),
        "task_cost": _whole(score.task_cost, "cost"),
    }


def _score(instance: Instance, decision: Decision) -> Score | None:
    try:
        return evaluate(instance, decision)
    except InputError:
        return None


def _whole(values: np.ndarray, unit: str) -> list:
    """Return values as whole numbers of a unit; what is not finite becomes −1."""
    finite = np.isfinite(values)
    return np.where(finite, np.round(np.where(finite, values, 0) / UNITS[unit]), -1).astype(int).tolist()
