"""The +Grid of laser links over a whole constellation, and routes of least delay on it (Section 4)."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from skyedge.problem.constellations.circular_orbits import EARTH_RADIUS_M
from skyedge.problem.constellations.window_routes import GRAZING_ALTITUDE_M, lowest_radius_m
from skyedge.problem.physics.equations import LIGHT_SPEED_MPS

FORWARD = 1e-6  # of two satellites equally far along the track, the one ahead is the nearer [rad]
UNREACHED = -9999  # what scipy calls "nothing before this"


def grid_links(shell: np.ndarray, plane: np.ndarray, node_rad: np.ndarray, along_rad: np.ndarray) -> np.ndarray:
    """Pairs (L, 2) that a +Grid links: neighbours in a plane, and the nearest along the track in the next planes.

    Parameters
    ----------
    shell, plane : int array (N,)
        Numbers of the shell and of the plane, unique over all shells.
    node_rad, along_rad : array (N,)
        Longitude of the ascending node, and angle from it along the orbit, at one time.
    """
    pairs = [np.empty((0, 2), int)]
    for one in np.unique(shell):
        members = [np.flatnonzero(plane == number) for number in np.unique(plane[shell == one])]
        members.sort(key=lambda satellites: node_rad[satellites[0]] % (2 * np.pi))
        pairs += [_ring(satellites, along_rad) for satellites in members]
        for here, there in zip(members, [*members[1:], members[0]], strict=True):
            gap = (node_rad[there[0]] - node_rad[here[0]]) % (2 * np.pi)
            if 0 < gap < np.pi:  # where planes of a star pattern meet head-on, no link could hold
                pairs.append(_between(here, there, along_rad))
    return np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0)


def _ring(satellites: np.ndarray, along_rad: np.ndarray) -> np.ndarray:
    around = satellites[np.argsort(along_rad[satellites] % (2 * np.pi), kind="stable")]
    return np.stack([around, np.roll(around, -1)], axis=1)[: len(around) if len(around) > 2 else len(around) - 1]


def _between(here: np.ndarray, there: np.ndarray, along_rad: np.ndarray) -> np.ndarray:
    """Pair satellites of two planes that are each other's nearest."""
    ahead = np.subtract.outer(along_rad[there], along_rad[here]) - FORWARD
    apart = np.abs((ahead + np.pi) % (2 * np.pi) - np.pi)
    nearest_there, nearest_here = apart.argmin(axis=0), apart.argmin(axis=1)
    mutual = nearest_here[nearest_there] == np.arange(len(here))
    return np.stack([here[mutual], there[nearest_there[mutual]]], axis=1)


def planes_of(
    inclination_deg: np.ndarray, mean_motion_revpday: np.ndarray, node_deg: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sort satellites (N,) into shells and planes by gaps between their elements; two int arrays (N,).

    Members of a shell differ step by step by at most 0.5° in inclination and 0.1 revolutions a day, those of a plane
    also by at most 1.5° in the node.
    """
    kinds = np.stack([_groups(inclination_deg, 0.5), _groups(mean_motion_revpday, 0.1)])
    shell = np.unique(kinds, axis=1, return_inverse=True)[1].reshape(-1)
    plane = np.empty_like(shell)
    for one in np.unique(shell):
        members = shell == one
        plane[members] = one * len(shell) + _groups(node_deg[members], 1.5, 360.0)
    return shell, plane


def _groups(values: np.ndarray, gap: float, period: float = np.inf) -> np.ndarray:
    """Number the groups that gaps wider than ``gap`` leave of values, which wrap around at ``period``."""
    order = np.argsort(values, kind="stable")
    number = np.concatenate([[0], np.cumsum(np.diff(values[order]) > gap)])
    if values[order[0]] + period - values[order[-1]] <= gap:
        number[number == number[-1]] = 0
    group = np.empty(len(values), int)
    group[order] = number
    return group


class Routes(NamedTuple):
    """Routes of least delay from n satellites to all N, at one moment."""

    delay_s: np.ndarray  # (n, N), inf where there is none
    before: np.ndarray  # (n, N), the satellite before the last on the way

    def hops_to(self, there: np.ndarray) -> np.ndarray:
        """Count the hops from each satellite to m others (n, m); 0 where there is no route."""
        row = np.arange(len(there))[:, None]
        hops = np.zeros(there.shape, int)
        while (self.before[row, there] != UNREACHED).any():
            underway = self.before[row, there] != UNREACHED
            there = np.where(underway, self.before[row, there], there)
            hops += underway
        return hops

    def to(self, satellites: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the routes to some satellites.

        Parameters
        ----------
        satellites : int array (m,)

        Returns
        -------
        hops : int array (n, m)
            J of the route from access to executor, 0 from a satellite to itself, −1 where there is none.
        delay_s : array (n, m)
            Its propagation delay δ, 0 where there is none.
        """
        delay_s = self.delay_s[:, satellites]
        hops = self.hops_to(np.broadcast_to(satellites, delay_s.shape))
        reached = np.isfinite(delay_s)
        return np.where(reached, hops, -1), np.where(reached, delay_s, 0.0)


class Mesh:
    """The links of one moment that have a clear line of sight, with their lengths.

    Parameters
    ----------
    links : int array (L, 2)
    position_m : array (N, 3)
    """

    def __init__(self, links: np.ndarray, position_m: np.ndarray) -> None:
        here, there = position_m[links.T]
        span = there - here
        clear = lowest_radius_m(*here.T, *span.T) >= EARTH_RADIUS_M + GRAZING_ALTITUDE_M
        length_m = np.linalg.norm(span, axis=1)[clear]
        satellites = len(position_m)
        self._graph = csr_array((length_m, links[clear].T), shape=(satellites, satellites))

    def distance_from(self, satellites: np.ndarray) -> np.ndarray:
        """Length [m] of the shortest route to each satellite from the nearest of some; inf where there is none."""
        return dijkstra(self._graph, directed=False, indices=satellites, min_only=True)

    def routes_from(self, satellites: np.ndarray) -> Routes:
        """Return the routes of least delay from some satellites (n,) to all."""
        length_m, before = dijkstra(self._graph, directed=False, indices=satellites, return_predecessors=True)
        return Routes(length_m / LIGHT_SPEED_MPS, before)
