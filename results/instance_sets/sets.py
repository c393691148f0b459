"""Frozen instance sets: worlds that a publication can name, with the best that is known of each.

A set is two files. ``paper-v1.json`` holds the scenario and, of every instance, its seed, its content hash, a certified
lower bound and the cost of the best decision known; ``paper-v1.npz`` holds those decisions. Instances are drawn anew,
and must have the hashes that the set names. These are of numbers to six digits, for the last of sixteen depend on the
processor: numpy's exponentials are not the same to the bit on all.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, ValidationError, model_validator

from skyedge.paths import SETS
from skyedge.problem import Decision, InputError, Instance, Scenario, evaluate, generate
from skyedge.problem.common import Strict, atomic, first_mistake, interrupted_later, read_bytes
from skyedge.problem.common.archive import read_archive, write_archive
from skyedge.problem.common.documents import find, names

SUFFIX = ".json"
DECISIONS = "skyedge-decisions-1"
ROUNDING = 1e-9  # of sums of costs, relative
PARTS = ("server", "power", "uav_xy")
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Known(Strict):
    """What is known of one instance."""

    seed: Annotated[int, Field(ge=0)]
    content: Hash  # of the instance, see fingerprint
    bound: Number  # no decision costs less
    bound_by: str
    cost: Number  # of the best decision known
    cost_by: str

    @property
    def gap(self) -> float:
        """How far the best decision is from the optimum, at most, as a share of its cost."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0


class InstanceSet(Strict):
    """A set. Read one with :meth:`load`."""

    format: Literal["skyedge-set-1"] = "skyedge-set-1"
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*-v[0-9]+$")]  # with its version
    scenario: Scenario
    known: Annotated[tuple[Known, ...], Field(min_length=1)]
    decisions: Hash  # of the content of their file
    _folder: Path = PrivateAttr(SETS)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.seeds)) < len(self.known):
            raise ValueError("known lists a seed twice")
        return self

    @classmethod
    def shipped(cls) -> list[str]:
        """Names of the sets that come with the suite."""
        return names(SETS, SUFFIX)

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """Read a shipped set by its name, or any from its JSON file.

        Raises
        ------
        InputError
            If there is neither, or the file does not describe a valid set.
        """
        path = find(source, SETS, "instance set", SUFFIX)
        try:
            found = cls.model_validate_json(read_bytes(path))
        except ValidationError as error:
            raise InputError(f"{path}: not an instance set ({first_mistake(error)}): fetch it anew") from None
        if found.name != path.stem:
            raise InputError(f"{path}: holds the set {found.name!r}: give the file its name")
        found._folder = path.parent
        return found

    @classmethod
    def write(
        cls, name: str, scenario: Scenario, known: Sequence[Known], best: Sequence[Decision], folder: Path
    ) -> Self:
        """Write a set's two files, both or none.

        Raises
        ------
        InputError
            If the name lacks a version, or the folder cannot be written.
        """
        arrays = {part: np.stack([getattr(one, part) for one in best]) for part in PARTS}
        arrays["server"] = arrays["server"].astype(np.int16)
        try:
            made = cls(name=name, scenario=scenario, known=tuple(known), decisions=_content_hash(arrays))
        except ValidationError as error:
            raise InputError(f"instance set {name!r}: {first_mistake(error)}") from None
        made._folder = folder
        with interrupted_later(), atomic(made.path) as temporary:
            temporary.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")  # all but its name
            write_archive(made.decisions_path, DECISIONS, arrays)
        return made

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of the instances."""
        return tuple(one.seed for one in self.known)

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self._folder

    @property
    def path(self) -> Path:
        """Its own file."""
        return self._folder / f"{self.name}{SUFFIX}"

    @property
    def decisions_path(self) -> Path:
        """The file of the best decisions known."""
        return self._folder / f"{self.name}.npz"

    def instances(self) -> list[Instance]:
        """Draw the instances.

        Raises
        ------
        InputError
            If one is not what the set was made of.
        """
        drawn = [generate(self.scenario, seed) for seed in self.seeds]
        for instance, known in zip(drawn, self.known, strict=True):
            content = fingerprint(instance)
            if content != known.content:
                raise InputError(
                    f"instance {known.seed} of {self.name} comes out as {content[:12]}…, not {known.content[:12]}…: "
                    "use the version of skyedge that the set was made with"
                )
        return drawn

    def best(self) -> list[Decision]:
        """Read the best decisions known, one per instance.

        Raises
        ------
        InputError
            If their file is missing, damaged, or of another state of the set.
        """
        found = read_archive(self.decisions_path, DECISIONS, set(PARTS))
        if _content_hash(found) != self.decisions:
            raise InputError(f"{self.decisions_path}: not what {self.path.name} was written for: fetch both anew")
        for part in PARTS:
            if found[part].shape[:1] != (len(self.known),):
                raise InputError(f"{self.decisions_path}: {part} is not of {len(self.known)} instances: fetch it anew")
        return [Decision(*parts) for parts in zip(*(found[part] for part in PARTS), strict=True)]


def fingerprint(instance: Instance) -> str:
    """Return a hash of an instance's numbers to six digits."""
    digest = hashlib.sha256()
    for name, array in sorted(instance.arrays().items()):
        values = np.asarray(array, float) + 0.0  # −0 is 0
        numbers = " ".join(map("{:.5e}".format, values.ravel()))
        digest.update(f"{name} {values.shape} {numbers}\n".encode())
    return digest.hexdigest()


def exact_cost(instance: Instance, decision: Decision, origin: str) -> float:
    """Return what a decision costs.

    Raises
    ------
    InputError
        If it is not valid for the instance; the error names its origin.
    """
    try:
        return float(evaluate(instance, decision).cost)
    except InputError as error:
        raise InputError(f"{origin}: {error}") from None


def _content_hash(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in PARTS:
        digest.update(f"{name}{arrays[name].dtype.str}{arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
