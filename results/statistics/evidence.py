"""Means of stored results and ratios of them, with intervals over instances and training seeds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skyedge import paths
from skyedge.results.statistics.bootstrap import RESAMPLES, SEED, seed_stretch
from skyedge.results.statistics.methods import kinds, method
from skyedge.results.statistics.varied import Sweep
from skyedge.rl.policies.record import CURVE

LEVEL = 0.95
WITHIN = 0.05  # of its end, relative: where a learning curve counts as settled
LAST = 5  # evaluations whose mean is a curve's end
Place = tuple[str, str]  # scenario and solver


class Quantity(NamedTuple):
    """A number with its interval."""

    what: str
    estimate: float
    low: float
    high: float


class Evidence:
    """One metric of solvers in scenarios.

    Parameters
    ----------
    tables : mapping of Place to array (training seeds, instances)
        One row for what does not learn.
    origin : str
        For errors.
    """

    def __init__(self, tables: Mapping[Place, pd.DataFrame], origin: str) -> None:
        self.tables, self.origin = tables, origin

    def solvers(self, scenarios: Sequence[str]) -> list[str]:
        """Return the solvers that all of some scenarios have.

        Raises
        ------
        LookupError
            If there is none.
        """
        common = set.intersection(*({solver for place, solver in self.tables if place == one} for one in scenarios))
        if not common:
            raise LookupError(f"{self.origin} with {', '.join(scenarios)}")
        return sorted(common)

    def value(self, scenario: str, solver: str) -> Quantity:
        """Return the mean of a solver in a scenario."""
        return self._measured(f"{method(solver)}, {scenario}", [(scenario, solver)], lambda means: means[0])

    def ratio(self, one: Place, other: Place) -> Quantity:
        """Return the mean at one place over that at another."""
        same = one[0] == other[0]
        what = (
            f"{method(one[1])} / {method(other[1])}, {one[0]}" if same else f"{method(one[1])}, {one[0]} / {other[0]}"
        )
        return self._measured(what, [one, other], lambda means: means[0] / means[1])

    def rise(self, scenarios: Sequence[str], solver: str) -> Quantity:
        """Return by how much more there is in the last scenario than in the first."""
        what = f"{method(solver)}, {scenarios[0]} to {scenarios[-1]}"
        places = [(one, solver) for one in (scenarios[0], scenarios[-1])]
        return self._measured(what, places, lambda means: means[1] - means[0])

    def step(self, scenarios: Sequence[str], between: Sequence[str], solver: str) -> Quantity:
        """Return the rise between two neighbouring scenarios less the largest between any other two."""
        chosen = list(pairwise(scenarios)).index((between[0], between[1]))

        def compared(means: np.ndarray) -> np.ndarray:
            rises = np.diff(means, axis=0)
            steepest: np.ndarray = rises[chosen] - np.delete(rises, chosen, axis=0).max(axis=0)
            return steepest

        what = f"{method(solver)}, {between[0]} to {between[1]}"
        return self._measured(what, [(scenario, solver) for scenario in scenarios], compared)

    def _measured(self, what: str, places: Sequence[Place], formula: Callable[[np.ndarray], np.ndarray]) -> Quantity:
        """Apply a formula to the places' means (places, …), and to resampled ones for its interval."""
        for place in places:
            if place not in self.tables:
                raise LookupError(f"{self.origin} with {place[1]} in {place[0]}")
        tables = [self.tables[place] for place in places]
        common = sorted(set.intersection(*(set(table.columns) for table in tables)))
        values = [table[common].to_numpy(float) for table in tables]
        means = np.array([one.mean() for one in values])
        rng = np.random.default_rng(SEED)
        picked = rng.integers(len(common), size=(RESAMPLES, len(common)))
        resampled = np.array([_resampled(one, picked, rng) for one in values])
        low, high = np.quantile(formula(resampled), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Quantity(what, float(formula(means)), float(low), float(high))


def _resampled(values: np.ndarray, picked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Means of the picked instances (resamples,), training seeds resampled independently."""
    by_seed, seeds = values.mean(axis=1), len(values)
    resampled: np.ndarray = values.mean(axis=0)[picked].mean(axis=1)
    if seeds > 1:
        drawn = by_seed[rng.integers(seeds, size=(len(picked), seeds))].mean(axis=1)
        resampled = resampled + seed_stretch(seeds, LEVEL) * (drawn - by_seed.mean())
    return resampled


def row_evidence(rows: pd.DataFrame, metric: str, origin: str) -> Evidence:
    """Return what a campaign's rows say of a column; solvers that lack a run are left out."""
    seeds = rows["training_seed"].fillna(-1)
    tables = {}
    for place, cells in rows.assign(training_seed=seeds).groupby(["scenario", "solver"], sort=False):
        if cells[metric].notna().all():
            tables[str(place[0]), str(place[1])] = cells.pivot_table(metric, "training_seed", "instance_seed")
    return Evidence(tables, origin)


def curve_evidence(metric: str) -> Evidence:
    """Return what the learning curves of shipped policies say, per training seed.

    Parameters
    ----------
    metric : {"settled_slots", "unrest", "end"}
    """
    tables: dict[Place, dict[str, dict[int, float]]] = {}
    for path in sorted(paths.POLICIES.glob(f"**/seed-*/{CURVE}")):
        algorithm, scenario, track, *variant = path.relative_to(paths.POLICIES).parts[:-2]
        options = [f"track={track}", *(f"variant={one}" for one in variant), "training_seed=all"]
        place = (scenario, f"{algorithm}[{','.join(options)}]")
        value = CURVE_METRICS[metric](pd.read_parquet(path))
        tables.setdefault(place, {})[path.parent.name] = {0: value}
    return Evidence({place: pd.DataFrame(found).T for place, found in tables.items()}, "the learning curves")


def _end(curve: pd.DataFrame) -> float:
    """Return the mean cost of a curve's last points."""
    return float(curve["cost"].tail(LAST).mean())


def _settled_slots(curve: pd.DataFrame) -> float:
    """Return the slots after which a curve stays near its end."""
    end = _end(curve)
    astray = curve["slots"][(curve["cost"] / end - 1).abs() > WITHIN]
    after = curve["slots"] > (astray.max() if len(astray) else -1)
    return float(curve["slots"][after].min() if after.any() else curve["slots"].max())


def _unrest(curve: pd.DataFrame) -> float:
    """Return the spread of a curve's second half, relative to its mean."""
    half = curve["cost"].tail(len(curve) // 2)
    return float(half.std() / half.mean())


CURVE_METRICS: dict[str, Callable[[pd.DataFrame], float]] = {
    "end": _end,
    "settled_slots": _settled_slots,
    "unrest": _unrest,
}


def swept(rows: pd.DataFrame, sweep: Sweep, metrics: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the mean of each metric of each method in the scenarios of a sweep, where it lacks no run.

    Parameters
    ----------
    rows : DataFrame
        One row per cell, of these scenarios.
    sweep : Sweep
    metrics : iterable of str

    Yields
    ------
    dict
        ``field, value, scenario, solver, information, track, metric, mean, low, high``: means with 95 % intervals over
        instances and training seeds.
    """
    known, solvers = kinds(rows), rows["solver"].unique()
    for metric in metrics:
        evidence = row_evidence(rows, metric, "the campaign")
        for scenario, solver in (one for one in product(sweep.values, solvers) if one in evidence.tables):
            found = evidence.value(scenario, solver)
            numbers = {"mean": found.estimate, "low": found.low, "high": found.high}
            place = {"field": sweep.field, "value": sweep.values[scenario], "scenario": scenario, "solver": solver}
            yield {**place, **known[solver], "metric": metric, **numbers}
