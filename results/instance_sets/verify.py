"""Submitted decisions on a frozen instance set: whether they are valid, what they cost, and what they improve."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skyedge.problem import Decision, InputError
from skyedge.results import console
from skyedge.results.instance_sets.offers import submitted
from skyedge.results.instance_sets.sets import ROUNDING, InstanceSet, Known, exact_cost

COLUMNS = ("instance", "cost", "best known", "vs best %", "bound", "gap %", "")


class Check(NamedTuple):
    """A submitted decision beside what is known of its instance."""

    known: Known
    cost: float

    @property
    def verdict(self) -> str:
        """What the submission means for the set."""
        if self.cost < self.known.bound * (1 - ROUNDING):
            return "BELOW THE BOUND: one of them is wrong, please report it"
        if self.cost < self.known.cost * (1 - ROUNDING):
            return "improves the best known"
        return "as good as the best known" if self.cost <= self.known.cost * (1 + ROUNDING) else ""

    def line(self) -> tuple[str, ...]:
        """Return the words of its line in the table."""
        cost, best, bound = self.cost, self.known.cost, self.known.bound
        more, gap = 100 * (cost - best) / (best or 1.0), 100 * (cost - bound) / (cost or 1.0)
        numbers = (f"{cost:.4f}", f"{best:.4f}", f"{more:+.3f}", f"{bound:.4f}", f"{gap:.3f}")
        return (str(self.known.seed), *numbers, self.verdict)


def verify(source: str, submission: Path) -> None:
    """Score submitted decisions on a set's instances and compare them with what is known.

    Raises
    ------
    InputError
        If the set's files are damaged, an instance comes out differently here, or a decision is not valid.
    """
    instance_set = InstanceSet.load(source)
    files, instances, best = submitted(instance_set, submission), instance_set.instances(), instance_set.best()
    checks = []
    for known, instance, decision in zip(instance_set.known, instances, best, strict=True):
        origin = f"{instance_set.decisions_path}, decision {known.seed}"
        cost = exact_cost(instance, decision, origin)
        if abs(cost - known.cost) > ROUNDING * max(abs(cost), 1.0):
            raise InputError(f"{origin}: costs {cost:.6f}, not {known.cost:.6f} as the set says: fetch it anew")
        if known.seed in files:
            file = files[known.seed]
            checks.append(Check(known, exact_cost(instance, Decision.load(file), str(file))))
    out = console.results()
    out.print(console.table(f"{instance_set.name}: valid decisions", COLUMNS, [check.line() for check in checks]))
    out.print(_summary(instance_set, checks))


def _summary(instance_set: InstanceSet, checks: Sequence[Check]) -> str:
    cost, best = np.mean([(check.cost, check.known.cost) for check in checks], axis=0)
    improved = sum(check.cost < check.known.cost * (1 - ROUNDING) for check in checks)
    missing = sorted(set(instance_set.seeds) - {check.known.seed for check in checks})
    parts = [
        f"{len(checks)} of {len(instance_set.known)} instances",
        f"mean cost {cost:.4f} (best known {best:.4f})",
        f"{improved} improved",
    ]
    return ", ".join(parts) + (f"; missing: {', '.join(map(str, missing))}" if missing else "")
