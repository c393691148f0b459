"""A decision's score in words: the totals, then which task failed which constraint, and by how much."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rich.table import Table

from skyedge.problem import Decision, InputError, Instance, Score, evaluate, explain
from skyedge.results import console

MEANING = {
    "C1": "not offloaded",
    "C2": "accuracy too low",
    "C3": "out of coverage",
    "C4": "satellite sets first",
    "C5": "too late",
    "C6": "server overloaded",
    "C7": "UAV's battery used up",
}
TIERS = {"satellite_share": "by satellites, of served", "cloud_share": "by the cloud, of served"}


@dataclass(frozen=True)
class Scorecard:
    """A decision, the instance it is for, and its score."""

    instance: Instance
    decision: Decision
    score: Score

    @classmethod
    def load(cls, instance_path: Path, plan_path: Path) -> Self:
        """Read an instance and a decision, and score it.

        Raises
        ------
        InputError
            If a file cannot be read, or the decision is not valid for the instance.
        """
        instance, decision = Instance.load(instance_path), Decision.load(plan_path)
        try:
            return cls(instance, decision, evaluate(instance, decision))
        except InputError as error:
            raise InputError(f"{plan_path}, as a decision for {instance_path}: {error}") from None

    @property
    def totals(self) -> dict[str, float]:
        """Cost and its companions, and how many requests there are."""
        score = self.score
        return {
            "cost": score.cost,
            "served_fraction": score.served_fraction,
            "satellite_share": score.satellite_share,
            **({"cloud_share": score.cloud_share} if self.instance.clouds else {}),
            "mean_latency_s": score.mean_latency_s,
            "energy_per_slot_j": score.energy_per_slot_j,
            "requests": int(score.active.sum()),
            "served": int(score.served.sum()),
        }

    @property
    def failures(self) -> list[str]:
        """One line per request and constraint that it breaks."""
        return explain(self.instance, self.decision, self.score)

    @property
    def batteries(self) -> list[dict[str, float | None]]:
        """Of each UAV: flight energy, what is left of its battery, and the slot in which it turned home, if it did."""
        flown = self.score.batteries
        if flown is None:
            return []
        return [
            {
                "flight_energy_j": float(flown.flight_j[:, uav].sum()),
                "battery_left_j": float(left) if math.isfinite(left) else None,
                "home_from_slot": int(home.argmax()) if home.any() else None,
            }
            for uav, (left, home) in enumerate(zip(flown.left_j[-1], flown.home.T, strict=True))
        ]

    def as_json(self) -> str:
        """Return one JSON object; a mean over nothing is null."""
        totals = {name: None if math.isnan(value) else value for name, value in self.totals.items()}
        rest = {"instance": self.instance.id, "violations": self.score.violations, "explain": self.failures}
        batteries = {"uavs": self.batteries} if self.batteries else {}
        return json.dumps(totals | rest | batteries, indent=2)

    def print(self, limit: int, as_json: bool) -> None:
        """Print tables, then at most ``limit`` failures and how many are left out; or all as JSON."""
        if as_json:
            print(self.as_json())
        else:
            console.results().print(*self._as_rich(limit), sep="\n")

    def _as_rich(self, limit: int) -> Iterator[Table | str]:
        total = self.totals
        nothing = math.isnan(total["mean_latency_s"])
        latency = "–" if nothing else f"{total['mean_latency_s']:.4f} s"
        shares = [(tier, "–" if nothing else f"{total[name]:.4f}") for name, tier in TIERS.items() if name in total]
        lines = [
            ("cost", f"{total['cost']:.6f}"),
            ("served", f"{total['served']} of {total['requests']} requests ({total['served_fraction']:.4f})"),
            *shares,
            ("mean latency of served", latency),
            ("energy per slot", f"{total['energy_per_slot_j']:.2f} J"),
        ]
        yield console.table("Score", ("", ""), lines)
        counts = [(name, MEANING[name], str(count)) for name, count in self.score.violations.items()]
        yield console.table("Broken constraints", ("", "", ""), counts, words=2)
        if self.batteries:
            rows = [(f"UAV {uav}", *map(_whole, one.values())) for uav, one in enumerate(self.batteries)]
            yield console.table("Batteries", ("", "flight J", "left J", "home from slot"), rows)
        failures = self.failures
        yield from failures[:limit]
        if len(failures) > limit:
            yield f"… and {len(failures) - limit} more (--limit shows more)"


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
