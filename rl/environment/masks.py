"""Where UAVs may move to, which servers a device may choose, and who chooses first, for views and policies alike.

Choices are numbered 0 to M+N-1 for servers and M+N for "not offloaded", which is always allowed.
"""

import numpy as np

from skyedge.problem import World
from skyedge.problem.physics.compiled import njit

MARGIN = 1e-12  # relative, by which moves stay inside their disc


def moved(uav_xy: np.ndarray, moves: np.ndarray, world: World) -> np.ndarray:
    """Move UAVs, projected into their disc and into the area.

    Parameters
    ----------
    uav_xy : array (…, M, 2)
        Positions inside the area [m].
    moves : array (…, M, 2)
        Displacements in units of the reach V_m τ, clipped to [−1, 1] per axis and then to length 1.
    world : World

    Returns
    -------
    array (…, M, 2)
    """
    moves = np.clip(np.asarray(moves, dtype=float), -1.0, 1.0)
    length = np.sqrt(np.vecdot(moves, moves))
    share = (1 - MARGIN) / np.maximum(length, 1.0)
    there = uav_xy + moves * (share * world.reach_m)[..., None]
    return np.clip(there, 0.0, world.area_m)  # here is inside, so this only shortens the way


def allowed_choices(feasible: np.ndarray) -> np.ndarray:
    """Return what each device may choose, bool (…, K, M+N+1), from which servers could serve it, (…, K, M+N)."""
    return np.concatenate([feasible, np.ones((*feasible.shape[:-1], 1), bool)], axis=-1)


def assign_in_turn(
    logits: np.ndarray, allowed: np.ndarray, capacity: np.ndarray, noise: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Let devices choose one after the other; a server that is full is no choice any more.

    Those who would lose most choose first: devices are visited by falling regret, the difference between their best
    and their second-best allowed logit, the lower index first of equals. Each takes the greatest of its allowed
    logits (plus noise; the lower choice of equals).

    Parameters
    ----------
    logits : array (…, K, M+N+1)
        Preferences; finite.
    allowed : bool array (…, K, M+N+1)
        The last is always true.
    capacity : int array (M+N,)
        κ of each server.
    noise : array (…, K, M+N+1), optional
        Standard Gumbel draws turn the choices into exact samples of the softmax over what is allowed.

    Returns
    -------
    choice : int array (…, K)
    used : bool array (…, K, M+N+1)
        What was allowed to each device when it chose. The log-probability of all choices is the sum of their
        log-softmax over it, exactly.
    """
    shape = np.shape(logits)
    flat = (-1, *shape[-2:])
    preference = np.ascontiguousarray(logits, dtype=float).reshape(flat)
    score = preference if noise is None else preference + np.reshape(noise, flat)
    used = np.array(allowed, dtype=bool).reshape(flat)
    regret, choice = np.empty(used.shape[:2]), np.empty(used.shape[:2], np.int64)
    measure_regret(preference, used, regret)
    order = np.argsort(-regret, axis=-1, kind="stable")
    choose(score, order, np.asarray(capacity, np.int64), used, choice, np.empty(len(capacity), np.int64))
    return choice.reshape(shape[:-1]), used.reshape(shape)


@njit
def measure_regret(logits: np.ndarray, allowed: np.ndarray, regret: np.ndarray) -> None:
    """Fill in best minus second-best allowed logit of each device (B, K); -inf where there is no second."""
    for b in range(logits.shape[0]):
        for k in range(logits.shape[1]):
            best, second = -np.inf, -np.inf
            for j in range(logits.shape[2]):
                if allowed[b, k, j]:
                    second = max(second, min(best, logits[b, k, j]))
                    best = max(best, logits[b, k, j])
            regret[b, k] = best - second if second > -np.inf else -np.inf


@njit
def choose(
    score: np.ndarray,
    order: np.ndarray,
    capacity: np.ndarray,
    allowed: np.ndarray,
    choice: np.ndarray,
    room: np.ndarray,
) -> None:
    """Fill in the choices (B, K) and take full servers out of ``allowed``; ``room`` (M+N,) is to work in."""
    none = len(capacity)
    for b in range(score.shape[0]):
        for j in range(none):
            room[j] = capacity[j]
        for i in range(score.shape[1]):
            k = order[b, i]
            best = none
            for j in range(none):
                allowed[b, k, j] = allowed[b, k, j] and room[j] > 0
                if allowed[b, k, j] and (best == none or score[b, k, j] > score[b, k, best]):
                    best = j
            if best < none and score[b, k, none] > score[b, k, best]:
                best = none
            choice[b, k] = best
            if best < none:
                room[best] -= 1
