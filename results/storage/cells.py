"""A cell: one solver on one instance, with everything that determines what comes out."""

import hashlib
import json
from dataclasses import dataclass, fields
from functools import cached_property


@dataclass(frozen=True)
class Cell:
    """One run. Plain values only, so that it crosses to another process or machine as it is."""

    scenario: str  # label
    scenario_json: str
    instance_seed: int
    solver: str  # as the campaign writes it, options included
    solver_name: str
    solver_module: str  # imported in the worker; importing it registers the solver
    information: str
    track: str  # of a method that has learned, else empty
    config: str  # all options as JSON, defaults included
    repeat: int
    solver_seed: int
    seconds: float  # the solver's budget
    sources: str  # hash of the code, and of the files that the solver reads
    files: str = ""  # hash of the latter alone
    knowledge: str = ""  # as JSON, where an online solver is told something else than the truth

    @cached_property
    def key(self) -> str:
        """Hash of all that determines the result; the name of the cell's file."""
        names = ("scenario_json", "instance_seed", "solver_name", "config", "solver_seed", "seconds", "sources")
        return _digest([*(getattr(self, name) for name in names), *filter(None, [self.knowledge])])[:40]

    def blank_row(self) -> dict[str, object]:
        """Return the row of this cell before anything is known about its outcome."""
        nan = float("nan")
        return {
            "key": self.key,
            "scenario": self.scenario,
            "scenario_hash": hashlib.sha256((self.scenario_json + self.knowledge).encode()).hexdigest(),
            "instance_seed": self.instance_seed,
            "instance_id": "",
            "solver": self.solver,
            "information": self.information,
            "track": self.track,
            "config": self.config,
            "repeat": self.repeat,
            "solver_seed": self.solver_seed,
            **dict.fromkeys(TRAINING, nan),
            "status": "missing",
            "error": "",
            **dict.fromkeys(SCORES, nan),
            "wall_s": nan,
            "seconds": self.seconds,
            "slots": json.loads(self.scenario_json)["slots"],
            "versions": "{}",
            "machine": "{}",
            "decision": None,
        }

    def as_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


FAILED = ("failed", "timeout", "out-of-memory")  # statuses of runs that gave nothing
CONSTRAINTS = ("C1", "C2", "C3", "C4", "C5", "C6")
TRAINING = ("training_seed", "training_slots", "training_seconds")
MEANS = ("served_fraction", "satellite_share", "mean_latency_s", "energy_per_slot_j")  # what tables say beside the cost
SCORES = ("cost", "bound", *MEANS, *CONSTRAINTS)


def derive_seed(*names: object) -> int:
    """Return a seed that depends on these names alone, not on what else runs."""
    return int(_digest([str(name) for name in names])[:8], 16)


def _digest(values: list) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
