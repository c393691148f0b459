"""The decision rule of adp: moves by exact slot cost and learned place values, then the exact assignment."""

from collections.abc import Sequence

import numpy as np

from skyedge.problem import Slots
from skyedge.rl.environment.action_views import SlotDecisions
from skyedge.rl.networks.place_value import PlaceValues, chances, others_of
from skyedge.solvers.common.plans import served_best
from skyedge.solvers.machinery.placement.move_search import SlotMoves


def decide(
    values: PlaceValues,
    arrival_rate: np.ndarray,
    t: int,
    slots: Slots,
    uav_xy: np.ndarray,
    rng: np.random.Generator,
) -> SlotDecisions:
    """Decide slot t of B episodes.

    Parameters
    ----------
    values : PlaceValues
    arrival_rate : array (T + 60, B, K)
        λ_k(t).
    t : int
    slots : Slots
        With one leading axis B.
    uav_xy : array (B, M, 2)
        Positions before the move [m].
    rng : numpy.random.Generator
        Of the search.
    """
    chance = chances(arrival_rate, t, values.scenario.slots)
    return assign(slots, best_moves(values, [slots.at(b) for b in range(len(uav_xy))], uav_xy, chance, rng))


def assign(slots: Slots, uav_xy: np.ndarray) -> SlotDecisions:
    """Assign exactly, at the best powers, with the UAVs at positions (B, M, 2)."""
    return SlotDecisions(*served_best(slots, uav_xy))


def best_moves(
    values: PlaceValues,
    slots: Sequence[Slots],
    uav_xy: np.ndarray,
    chance: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Move the UAVs of B slots to where the slot's exact cost less the places' values is least.

    What a place is worth depends on where the other UAVs are: at first they count where they were, then where the
    first search has put them.

    Parameters
    ----------
    values : PlaceValues
    slots : sequence of Slots
        B slots, without leading axes.
    uav_xy : array (B, M, 2)
        Positions before the move [m].
    chance : array (B, K, H)
        See :func:`skyedge.rl.networks.place_value.chances`.
    rng : numpy.random.Generator

    Returns
    -------
    array (B, M, 2)
        Positions [m].
    """
    searches = [SlotMoves(slot, here) for slot, here in zip(slots, uav_xy, strict=True)]
    starts = [np.zeros(uav_xy.shape[1], int), np.full(uav_xy.shape[1], -1)]
    to_go = _to_go(values, slots, searches, chance, uav_xy)
    there = np.stack([search.best(worth, starts, rng) for search, worth in zip(searches, to_go, strict=True)])
    to_go = _to_go(values, slots, searches, chance, there)
    again = zip(searches, to_go, there, strict=True)
    return np.stack([search.best(worth, [search.nearest(at), *starts], rng) for search, worth, at in again])


def _to_go(
    values: PlaceValues, slots: Sequence[Slots], searches: Sequence[SlotMoves], chance: np.ndarray, uav_xy: np.ndarray
) -> np.ndarray:
    """Values (B, M, C) of all candidates, those of a UAV with the others at ``uav_xy`` (B, M, 2)."""
    places = np.stack([search.places for search in searches])
    device_xy = np.stack([slot.device_xy for slot in slots])
    to_go = np.empty(places.shape[:3])
    for uav in range(places.shape[1]):
        to_go[:, uav] = values.at(uav, places[:, uav], device_xy, chance, others_of(uav_xy, uav))
    return to_go
