"""Which learning algorithms there are: a table of the suite's own, and what others register.

Nothing here imports an algorithm before it is asked for: learning libraries take seconds to import.
"""

from pkgutil import resolve_name
from typing import NamedTuple

from skyedge.problem import InputError
from skyedge.problem.common import nearest
from skyedge.rl.algorithms.common.base import Algorithm


class Listing(NamedTuple):
    """The class of an algorithm, as ``module:class``, and its tracks, the usual one first."""

    entry: str
    tracks: tuple[str, ...] = Algorithm.tracks


ALGORITHMS = {
    "ad-sac": Listing("skyedge.rl.algorithms.ad_sac:AdSacEntry"),
    "ad-sac-c": Listing("skyedge.rl.algorithms.ad_sac:AdSacCEntry"),
    "ad-sac-d": Listing("skyedge.rl.algorithms.ad_sac:AdSacDEntry"),
    "ad-sac-exact": Listing("skyedge.rl.algorithms.ad_sac:AdSacExactEntry", tracks=("model-based",)),
    "d3qn": Listing("skyedge.rl.algorithms.d3qn:D3QNEntry"),
    "ddpg": Listing("skyedge.rl.algorithms.ddpg:DDPGEntry"),
    "hybrid-ppo": Listing("skyedge.rl.algorithms.hybrid_ppo:HybridPPOEntry"),
    "ppo": Listing("skyedge.rl.algorithms.ppo:PPOEntry"),
}
_registry: dict[str, type[Algorithm]] = {}  # those of others


def algorithm_modules() -> dict[str, str]:
    """Return the module of each of the suite's algorithms, by the algorithm's name."""
    return {name: listing.entry.partition(":")[0] for name, listing in ALGORITHMS.items()}


def register(entry: type[Algorithm]) -> type[Algorithm]:
    """Make an algorithm known by its name (class decorator); one of the suite must be as the table lists it.

    Raises
    ------
    ValueError
        If another has its name, or the table lists it otherwise.
    """
    known: object = ALGORITHMS.get(entry.name) or _registry.setdefault(entry.name, entry)
    itself = Listing(f"{entry.__module__}:{entry.__qualname__}", entry.tracks)
    if known not in (entry, itself):
        raise ValueError(f"two algorithms are called {entry.name!r}: {known} and {itself}")
    return entry


def available() -> list[str]:
    """Names of all algorithms: the suite's own, and those registered by modules that are imported."""
    return sorted({*ALGORITHMS, *_registry})


def get(name: str) -> type[Algorithm]:
    """Return the entry of a name.

    Raises
    ------
    InputError
        If there is none; the error names the nearest.
    """
    if name in ALGORITHMS:
        entry: type[Algorithm] = resolve_name(ALGORITHMS[name].entry)
        return entry
    if name not in _registry:
        raise InputError(f"no learning algorithm is called {name!r}: {nearest(name, available())}")
    return _registry[name]
