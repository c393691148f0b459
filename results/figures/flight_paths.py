"""A map of decisions: where the UAVs fly, what they cover, and who serves whom, two methods side by side."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from skyedge.problem import Decision, InputError, Instance, Scenario, Score, evaluate, generate
from skyedge.results.figures.style import GREY, PALETTE, legend, line, style
from skyedge.results.statistics import Worlds
from skyedge.results.storage import unpack
from skyedge.solvers import parse_spec

METHODS = ("horizon", "ad-sac")  # of an ad-sac in several tracks the structured one
TRACKS = ("", "structured")
SATELLITE, CLOUD, UNSERVED = "#9ca3af", "#374151", "#000000"
COLUMNS = ["solver", "slot", "what", "number", "x_m", "y_m", "server", "served"]
COVERED_SLOTS = 5  # of the horizon, evenly spread, whose coverage is drawn


class Play(NamedTuple):
    """A method's decision on the instance, and its score."""

    solver: str
    decision: Decision
    score: Score


class Played(NamedTuple):
    """An instance and what methods decide on it."""

    instance: Instance
    plays: list[Play]

    @property
    def table(self) -> pd.DataFrame:
        """A row per UAV and slot, and one per request with the server that it was given to, −1 for none."""
        return pd.DataFrame([line for one in self.plays for line in _lines(self.instance, one)], columns=COLUMNS)


def data(rows: pd.DataFrame, worlds: Worlds) -> Played:
    """Return the first instance of a campaign whose cells keep the decisions of the methods, and these.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        The fields of each scenario, by label.

    Raises
    ------
    InputError
        If there is none.
    """
    names = rows["solver"].map({solver: parse_spec(solver)[0] for solver in rows["solver"].unique()})
    kept = rows.assign(name=names)[names.isin(METHODS) & rows["track"].isin(TRACKS) & rows["decision"].notna()]
    kept = kept.drop_duplicates(["scenario", "instance_seed", "name"])  # the first of training seeds and variants
    for _, here in kept.groupby(["scenario", "instance_seed"], sort=False):
        if len(here) == len(METHODS):
            label, seed = str(here["scenario"].iloc[0]), int(here["instance_seed"].iloc[0])
            instance = generate(Scenario.from_json(json.dumps(worlds[label])), seed)
            decisions = {one["name"]: unpack(one["decision"]) for _, one in here.iterrows()}
            return Played(instance, [Play(n, decisions[n], evaluate(instance, decisions[n])) for n in METHODS])
    raise InputError(f"the figure paths needs decisions of {' and '.join(METHODS)} on one instance")


def _lines(instance: Instance, play: Play) -> Iterator[tuple]:
    for t, m in np.ndindex(play.decision.uav_xy.shape[:2]):
        x, y = play.decision.uav_xy[t, m]
        yield (play.solver, t, "UAV", m, x, y, None, None)
    for t, k in np.argwhere(instance.active):
        x, y = instance.device_xy[t, k]
        yield (play.solver, t, "request", k, x, y, play.decision.server[t, k], play.score.served[t, k])


def draw(data: Played) -> Figure:
    """Draw a map per method."""
    instance, plays = data
    with style():
        figure = Figure(figsize=(4.6 * len(plays), 5.2), layout="constrained")
        panels = figure.subplots(1, len(plays), sharey=True, squeeze=False)[0]
        for panel, play in zip(panels, plays, strict=True):
            _map(panel, instance, play)
            panel.set_title(f"{play.solver}: cost {play.score.cost:.1f}")
            panel.set_xlabel("x [m]")
        panels[0].set_ylabel("y [m]")
        legend(figure, _entries(instance), ncols=4)
    return figure


def _map(panel: Axes, instance: Instance, play: Play) -> None:
    across, up = instance.area_m
    panel.add_patch(Rectangle((0, 0), across, up, fill=False, edgecolor="#374151", linewidth=1.2, zorder=2))
    for m in range(instance.uavs):
        _uav(panel, instance, play, m)
    served = play.score.served
    for by_whom, colour in ((play.score.by_satellite, SATELLITE), (play.score.by_cloud, CLOUD)):
        panel.scatter(*_xy(instance.device_xy[served & by_whom]), s=5, color=colour, linewidths=0, zorder=4)
    panel.scatter(*_xy(instance.device_xy[instance.active & ~served]), s=22, color=UNSERVED, marker="x", zorder=7)
    margin = 0.04 * max(across, up)
    panel.set(xlim=(-margin, across + margin), ylim=(-margin, up + margin), aspect="equal")
    panel.grid(False)


def _uav(panel: Axes, instance: Instance, play: Play, m: int) -> None:
    """Draw a UAV's path, its coverage now and then, and a link to each device in the slots in which it serves it."""
    colour, path = PALETTE[m % len(PALETTE)], play.decision.uav_xy[:, m]
    slots, devices = np.nonzero(play.score.served & (play.decision.server == m))
    places = instance.device_xy[slots, devices]
    links = np.stack([path[slots], places], axis=1)
    panel.add_collection(LineCollection(list(links), colors=colour, alpha=0.14, linewidths=0.8, zorder=3))
    panel.scatter(*_xy(places), s=7, color=colour, linewidths=0, zorder=5)
    for t in np.linspace(0, len(path) - 1, COVERED_SLOTS).astype(int):
        panel.add_patch(Circle(path[t], instance.uav_radius_m[m], color=colour, linewidth=0.6, alpha=0.06))
    panel.plot(*path.T, color=colour, linewidth=1.8, zorder=6)
    panel.plot(*path[0], marker="^", color=colour, markersize=8, markeredgecolor="white", zorder=8)
    panel.plot(*path[-1], marker="s", color=colour, markersize=6, markeredgecolor="white", zorder=8)


def _xy(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return places[..., 0], places[..., 1]


def _entries(instance: Instance) -> dict[str, Any]:
    colours = [PALETTE[m % len(PALETTE)] for m in range(instance.uavs)]
    uavs = {f"UAV {m}, its path and whom it serves": line(color=c) for m, c in enumerate(colours)}
    dot: dict[str, Any] = {"linestyle": "none", "color": GREY}
    small: dict[str, Any] = {"marker": "o", "markersize": 3, "linestyle": "none"}
    cloud = {"served by the cloud": line(color=CLOUD, **small)} if instance.clouds else {}
    return uavs | {
        "first slot": line(marker="^", **dot),
        "last slot": line(marker="s", **dot),
        "covered, now and then": Rectangle((0, 0), 1, 1, facecolor=GREY, alpha=0.2),
        "served by a satellite": line(color=SATELLITE, **small),
        **cloud,
        "not served": line(marker="x", linestyle="none", color=UNSERVED),
    }
