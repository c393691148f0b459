"""What ``skyedge sets`` does: list instance sets, write their instances, make one, and take in what improves it."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from skyedge.problem import Decision, InputError, Instance, Scenario, generate
from skyedge.problem.common import alone_in, folder
from skyedge.results import console
from skyedge.results.instance_sets.offers import Offer, from_solver, from_source
from skyedge.results.instance_sets.sets import ROUNDING, InstanceSet, Known, exact_cost, fingerprint

COLUMNS = ("set", "scenario", "instances", "K", "M", "N", "T", "best known", "bound", "gap %")
NOBODY = "nobody served"


def catalogue() -> None:
    """Print the shipped sets with the means of what is known."""
    sets = [InstanceSet.load(name) for name in InstanceSet.shipped()]
    console.results().print(console.table("Instance sets", COLUMNS, map(_line, sets), words=2))


def _line(one: InstanceSet) -> tuple[str, ...]:
    world = one.scenario
    sizes = (len(one.known), world.devices, world.uavs, world.satellites, world.slots)
    means = [np.mean([getattr(known, name) for known in one.known]) for name in ("cost", "bound", "gap")]
    return one.name, world.name, *map(str, sizes), f"{means[0]:.2f}", f"{means[1]:.2f}", f"{100 * means[2]:.2f}"


def write_instances(source: str, directory: Path | None) -> None:
    """Write a set's instances as ``0.npz``, ``1.npz``, … to a folder of the set's name, or another."""
    instance_set = InstanceSet.load(source)
    directory = folder(directory or Path(instance_set.name))
    for known, instance in zip(instance_set.known, instance_set.instances(), strict=True):
        instance.save(directory / f"{known.seed}.npz")
    console.remarks().print(f"written to {directory}: {len(instance_set.known)} instances of {instance_set.name}")


def create(name: str, scenario: Scenario, count: int, directory: Path) -> None:
    """Write a new set of instances 0, 1, …, of which nothing is known: no bound but 0, no decision but to serve nobody.

    Raises
    ------
    InputError
        If the name is not valid, or there is a set of that name in the folder.
    """
    if (directory / f"{name}.json").exists():
        raise InputError(f"{directory / name}.json exists: a set never changes its instances: choose the next version")
    instances = [generate(scenario, seed) for seed in range(count)]
    best = [_nobody(instance) for instance in instances]
    known = [
        Known(
            seed=seed,
            content=fingerprint(one),
            bound=0.0,
            bound_by="costs",
            cost=exact_cost(one, idle, NOBODY),
            cost_by=NOBODY,
        )
        for seed, (one, idle) in enumerate(zip(instances, best, strict=True))
    ]
    InstanceSet.write(name, scenario, known, best, folder(directory))


def _nobody(instance: Instance) -> Decision:
    shape = instance.active.shape
    return Decision(np.full(shape, -1), np.zeros(shape), np.tile(instance.uav_start_xy, (len(instance.active), 1, 1)))


def improve(source: str, path: Path | None, spec: str | None, seconds: float) -> None:
    """Take what is better into a set's files: decisions from files, bounds of a campaign, or a solver's of both.

    Raises
    ------
    InputError
        If something is not valid, or a bound and a cost contradict each other.
    """
    instance_set = InstanceSet.load(source)
    if (path is None) == (spec is None):
        raise InputError("give what may improve the set: a folder, or --solver")
    out = console.results()
    with console.progress(console.remarks()) as bar:
        task = bar.add_task("instances", total=len(instance_set.known))
        done = partial(bar.advance, task)
        offers = from_source(instance_set, path) if path else from_solver(instance_set, str(spec), seconds, done)
        for line in take_in(instance_set, offers):
            out.print(line)


def take_in(instance_set: InstanceSet, offers: Iterable[Offer]) -> Iterable[str]:
    """Write what is better than what is known, offer by offer; yields a line for each.

    Raises
    ------
    InputError
        If a decision is not valid, or a bound and a cost contradict each other.
    """
    instances = instance_set.instances()
    instance_set.best()  # what is damaged is said before solvers search for hours
    for offer in offers:
        with alone_in(instance_set.folder, wait=True):
            said = _take(InstanceSet.load(instance_set.path), instances, offer)  # others may have improved it meanwhile
        if said:
            yield said


def _take(now: InstanceSet, instances: Sequence[Instance], offer: Offer) -> str:
    """Write what an offer makes better, and say so."""
    at, known = now.seeds.index(offer.seed), list(now.known)
    gained = _better(known[at], instances[at], offer)
    if gained == known[at]:
        return ""
    best = now.best()
    if gained.cost < known[at].cost and offer.decision is not None:
        best[at] = offer.decision
    said = f"{now.name} {offer.seed}: {_said(known[at], gained)}, by {offer.origin}"
    known[at] = gained
    InstanceSet.write(now.name, now.scenario, known, best, now.folder)
    return said


def _better(known: Known, instance: Instance, offer: Offer) -> Known:
    """Return what is known after an offer."""
    gained = known
    if offer.bound is not None and offer.bound > known.bound * (1 + ROUNDING):
        gained = gained.model_copy(update={"bound": offer.bound, "bound_by": offer.origin})
    if offer.decision is not None:
        cost = exact_cost(instance, offer.decision, offer.origin)
        if cost < known.cost * (1 - ROUNDING):
            gained = gained.model_copy(update={"cost": cost, "cost_by": offer.origin})
    if gained.cost < gained.bound * (1 - ROUNDING):
        raise InputError(
            f"instance {known.seed}: a cost of {gained.cost:.6f} ({gained.cost_by}) is below the bound "
            f"{gained.bound:.6f} ({gained.bound_by}): one of them is wrong, please report it"
        )
    return gained


def _said(known: Known, gained: Known) -> str:
    pairs = {"cost": (known.cost, gained.cost), "bound": (known.bound, gained.bound)}
    return ", ".join(f"{name} {old:.4f} to {new:.4f}" for name, (old, new) in pairs.items() if new != old)
