"""Which claims of the paper hold here: ``python -m skyedge.results.publication.reproduction`` writes the table.

Claims are data, ``paper_claims.toml``. Each says what measures it; the numbers come from the stored cells of campaigns
and from the learning curves of shipped policies, so nothing is computed but means and intervals.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import click
import pandas as pd
from pydantic import Field, model_validator

from skyedge.paths import CLAIMS, PUBLISHED, RUNS
from skyedge.problem.common import Strict, write_text
from skyedge.problem.common.documents import document
from skyedge.results.campaign.record import RECORD, read_rows
from skyedge.results.statistics import Evidence, Quantity, curve_evidence, row_evidence
from skyedge.solvers.common.command import leave

OUTPUT = PUBLISHED / "reproduction.md"
CURVES = "learning curves"
INFINITE = float("inf")
Reader = Callable[[Path], pd.DataFrame]  # of a campaign's folder
VERDICTS = ("reproduced", "not reproduced", "not comparable", "not measured yet")
TITLE = "# What of the paper's evaluation is reproduced"
INTRODUCTION = """\
Every claim of Section 5.2, in our words, beside what campaigns measured, with 95 % intervals that resample instances and training seeds. An order or a trend is reproduced if the
whole interval says so, for every solver and scenario that the claim is about; a number, if the interval meets the range that counts. Of several quantities the least and
the largest are given, of a claim that is not reproduced those that fail. The paper's learners see the raw state: ours are those of the track `plain`; in the sweeps (Figures 5 to 7)
and for the critic's rates (Figure 4) those of `structured`, in the sweeps not trained again, for plain policies fit one number of devices only. Latency and energy
count served requests, of which `random` has few. Written by
`python -m skyedge.results.publication.reproduction`; the claims, and what measures each, are in `results/publication/paper_claims.toml`."""  # noqa: E501


class Measure(Strict):
    """What measures a claim.

    ``value`` is the mean of each solver in each scenario; ``ratio`` that of each solver over that of each in
    ``against``; ``change`` that of a solver in the last scenario over that in the first, ``rise`` the difference of the
    two; ``step`` is the rise between the two scenarios of ``between`` less the largest between any other two that
    follow one another.
    """

    campaign: str  # or "learning curves"
    metric: str
    kind: Literal["value", "ratio", "change", "rise", "step"]
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    solvers: Annotated[tuple[str, ...], Field(min_length=1)]  # "all": whatever the campaign has
    against: tuple[str, ...] = ()
    between: tuple[str, str] | None = None
    above: float = -INFINITE  # the interval must lie above, or
    below: float = INFINITE  # below it, or
    about: tuple[float, float] | None = None  # meet this range

    def holds(self, found: Quantity) -> bool:
        """Whether a measured quantity is what the claim says."""
        if self.about:
            return found.low <= self.about[1] and found.high >= self.about[0]
        return self.above < found.low and found.high < self.below

    def quantities(self, evidence: Evidence) -> list[Quantity]:
        """Measure."""
        solvers = evidence.solvers(self.scenarios) if self.solvers == ("all",) else self.solvers
        if self.kind == "value":
            return [evidence.value(place, one) for place in self.scenarios for one in solvers]
        if self.kind == "ratio":
            return [
                evidence.ratio((place, one), (place, other))
                for place in self.scenarios
                for one in solvers
                for other in self.against
            ]
        if self.kind == "change":
            return [evidence.ratio((self.scenarios[-1], one), (self.scenarios[0], one)) for one in solvers]
        if self.kind == "rise":
            return [evidence.rise(self.scenarios, one) for one in solvers]
        return [evidence.step(self.scenarios, self.between or self.scenarios[:2], one) for one in solvers]


class Claim(Strict):
    """A claim of the paper, in our words. It is measured, or not comparable, or waits for a campaign."""

    id: str
    figure: str
    kind: Literal["value", "ordering", "trend"]
    says: str
    paper: str  # its number, or its order
    measure: Measure | None = None
    not_comparable: str = ""  # why
    waits_for: str = ""  # what is still to be run

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.measure, self.not_comparable, self.waits_for))) != 1:
            raise ValueError("give one of measure, not_comparable and waits_for")
        return self


class Claims(Strict):
    """All claims."""

    claims: tuple[Claim, ...]

    @classmethod
    def load(cls, path: Path = CLAIMS) -> Self:
        """Read claims from a TOML file.

        Raises
        ------
        InputError
            If it does not describe claims.
        """
        with document(path) as values:
            return cls.model_validate(values)


def judge(claim: Claim, runs: Path, read: Reader) -> tuple[str, str]:
    """Return what was measured of a claim, and the verdict.

    Parameters
    ----------
    claim : Claim
    runs : Path
        Folder of the campaigns' folders.
    read : callable
        What reads one of them.
    """
    if claim.measure is None:
        return "–", f"not comparable: {claim.not_comparable}" if claim.not_comparable else _unmeasured(claim.waits_for)
    try:
        found = claim.measure.quantities(_evidence(claim.measure, runs, read))
    except LookupError as missing:
        return "–", _unmeasured(str(missing.args[0]))
    failing = [one for one in found if not claim.measure.holds(one)]
    if not failing:
        return _words(found), "reproduced"
    return _words(failing), f"not reproduced, in {len(failing)} of {len(found)}" if len(found) > 1 else "not reproduced"


def _unmeasured(lacking: str) -> str:
    return f"not measured yet: {lacking}"


def _evidence(measure: Measure, runs: Path, read: Reader) -> Evidence:
    if measure.campaign == CURVES:
        return curve_evidence(measure.metric)
    directory = runs / measure.campaign
    if not (directory / RECORD).exists():
        raise LookupError(f"campaign {measure.campaign}")
    return row_evidence(read(directory), measure.metric, f"campaign {measure.campaign}")


def _words(found: Sequence[Quantity]) -> str:
    """Say the quantities: one in full, several by the range of their estimates."""
    first = found[0]
    if len(found) == 1:
        return f"{first.what}: {first.estimate:.4g} [{first.low:.4g}, {first.high:.4g}]"
    least, most = min(found, key=lambda one: one.estimate), max(found, key=lambda one: one.estimate)
    return f"{least.estimate:.4g} ({least.what}) to {most.estimate:.4g} ({most.what})"


def as_markdown(claims: Claims, runs: Path, read: Reader) -> str:
    """Return the table of all claims.

    Parameters
    ----------
    claims : Claims
    runs : Path
        Folder of the campaigns' folders.
    read : callable
        What reads one of them; many claims are about the same.
    """
    header = ["| figure | claim | paper | measured | verdict |", "| --- | --- | --- | --- | --- |"]
    judged = [(one, *judge(one, runs, read)) for one in claims.claims]
    body = [f"| {one.figure} | {one.says} | {one.paper} | {measured} | {said} |" for one, measured, said in judged]
    counts = {kind: sum(re.split("[:,]", said)[0] == kind for *_, said in judged) for kind in VERDICTS}
    count = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    return "\n\n".join([TITLE, INTRODUCTION, f"{len(judged)} claims: {count}.", "\n".join(header + body)]) + "\n"


@click.command()
@click.option("--runs", type=click.Path(path_type=Path, file_okay=False), default=RUNS, help="Where campaigns ran.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=OUTPUT, help="File to write.")
def command(runs: Path, output: Path) -> None:
    """Write which claims of the paper are reproduced."""
    write_text(output, as_markdown(Claims.load(), runs, cache(read_rows)))
    click.echo(f"written: {output}", err=True)


if __name__ == "__main__":
    try:
        command.main(standalone_mode=False)
    except Exception as error:
        leave(error)
