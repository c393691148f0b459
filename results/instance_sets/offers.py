"""What may improve an instance set: decisions in files, runs of a solver, and bounds that a campaign has proved."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from skyedge.problem import Decision, InputError
from skyedge.results.instance_sets.sets import InstanceSet
from skyedge.solvers import solve

CAMPAIGN = "campaign.json"  # in the folder of one that ran


class Offer(NamedTuple):
    """A decision for an instance, a bound of it, or both, and where they come from."""

    seed: int
    decision: Decision | None
    bound: float | None
    origin: str


def submitted(instance_set: InstanceSet, path: Path) -> dict[int, Path]:
    """Return the files of submitted decisions by the seed of their instance, which is their name: ``0.npz``.

    Parameters
    ----------
    instance_set : InstanceSet
    path : Path
        Their folder, or one such file; a folder need not have all of them.

    Raises
    ------
    InputError
        If there is none, or one is named after no instance of the set.
    """
    files = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: holds no decisions: name them after their instances, 0.npz, 1.npz, …")
    numbered = {file.stem: file for file in files}
    known = {str(seed): seed for seed in instance_set.seeds}
    strangers = [name for name in numbered if name not in known]
    if strangers:
        raise InputError(
            f"{numbered[strangers[0]]}: {instance_set.name} has no instance {strangers[0]!r}: name decisions after "
            f"their instances, {min(known.values())}.npz to {max(known.values())}.npz"
        )
    return {known[name]: file for name, file in sorted(numbered.items(), key=lambda item: known[item[0]])}


def from_files(instance_set: InstanceSet, path: Path) -> Iterator[Offer]:
    """Yield submitted decisions; see :func:`submitted`."""
    for seed, file in submitted(instance_set, path).items():
        yield Offer(seed, Decision.load(file), None, str(file))


def from_campaign(instance_set: InstanceSet, directory: Path) -> Iterator[Offer]:
    """Yield the bounds of a campaign's stored cells that are of instances of the set."""
    from skyedge.results.campaign.record import read_rows  # plotting libraries take seconds to import

    rows = read_rows(directory)
    seeds = {drawn.id: known.seed for known, drawn in zip(instance_set.known, instance_set.instances(), strict=True)}
    found = rows[rows["instance_id"].isin(seeds) & rows["bound"].notna()]
    if found.empty:
        raise InputError(f"{directory}: no bound of an instance of {instance_set.name} is stored there")
    for _, one in found.iterrows():
        yield Offer(seeds[one["instance_id"]], None, one["bound"], f"{one['solver']}, {one['seconds']:g} s")


def from_source(instance_set: InstanceSet, path: Path) -> Iterator[Offer]:
    """Yield what a campaign's folder, a folder of decisions or one decision's file offers."""
    source = from_campaign if (path / CAMPAIGN).exists() else from_files
    return source(instance_set, path)


def from_solver(
    instance_set: InstanceSet, spec: str, seconds: float, progress: Callable[[], None] = lambda: None
) -> Iterator[Offer]:
    """Yield what a solver finds on each instance.

    Raises
    ------
    InputError
        If the solver or an option does not exist, or it is not made for the set's instances.
    """
    for known, instance in zip(instance_set.known, instance_set.instances(), strict=True):
        found = solve(spec, instance, seconds=seconds)
        yield Offer(known.seed, found.decision, found.bound, f"{spec}, {seconds:g} s")
        progress()
