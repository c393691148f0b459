"""The search that ``tuning.toml`` declares: ``python -m skyedge.rl.algorithms.common.tuning ALGORITHM TRACK``.

Trials are appended to a file, one line of JSON each; those that stand there are not repeated.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import click
import torch
from pydantic import BaseModel, ConfigDict, Field

from skyedge.problem import Scenario
from skyedge.problem.common.documents import document
from skyedge.rl import algorithms
from skyedge.rl.environment.held_out import HeldOut

Track = Literal["plain", "structured"]
DECLARATION = Path(__file__).with_suffix(".toml")
TRIALS = Path("results/runs/tuning.jsonl")


class Tuning(BaseModel):
    """The search: values of hyper-parameters to combine, by algorithm, and what a trial is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    seed: Annotated[int, Field(ge=0)]
    instances: list[int]
    slots: dict[Track, int]
    space: dict[str, dict[str, list[float]]]

    @classmethod
    def load(cls, path: Path = DECLARATION) -> Self:
        """Read a declaration."""
        with document(path) as values:
            return cls.model_validate(values)

    def options(self, algorithm: str) -> Iterator[dict[str, float]]:
        """Return the trials of an algorithm: all combinations of its values."""
        values = self.space[algorithm]
        return (dict(zip(values, combination, strict=True)) for combination in product(*values.values()))

    def cost(self, algorithm: str, track: Track, options: dict[str, float]) -> float:
        """Train and return the mean cost on the instances."""
        torch.set_num_threads(1)
        scenario, entry = Scenario.preset(self.scenario), algorithms.get(algorithm)
        config = algorithms.hyperparameters(algorithm, track, options)
        env = entry.environment(scenario, config, track, self.seed)
        model = entry.build(env, config, track, self.seed).learn(self.slots[track])
        return HeldOut(scenario, entry.view, track, self.instances).score(model)["cost"]


def search(tuning: Tuning, algorithm: str, track: Track, path: Path) -> Iterator[dict[str, Any]]:
    """Run the trials that are not in a file yet, append each as it ends, and return all of this search."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done = [json.loads(line) for line in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    for options in tuning.options(algorithm):
        trial = {"algorithm": algorithm, "track": track, "slots": tuning.slots[track], "options": options}
        known = next((other for other in done if trial.items() <= other.items()), None)
        if known is None:
            known = trial | {"cost": tuning.cost(algorithm, track, options)}
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(known) + "\n")
        yield known


@click.command()
@click.argument("algorithm", type=click.Choice(list(Tuning.load().space)))
@click.argument("track", type=click.Choice(["plain", "structured"]))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=TRIALS, show_default=True)
@click.option("--slots", type=click.IntRange(min=1), help="Of a trial.  [default: what is declared for the track]")
def main(algorithm: str, track: Track, output: Path, slots: int | None) -> None:
    """Try the declared hyper-parameters of ALGORITHM in a TRACK, and say what each costs."""
    tuning = Tuning.load()
    tuning = tuning.model_copy(update={"slots": tuning.slots | ({track: slots} if slots else {})})
    for trial in search(tuning, algorithm, track, output):
        values = "  ".join(f"{name} = {value:g}" for name, value in trial["options"].items())
        click.echo(f"{algorithm}  {track}  {values}: {trial['cost']:.1f}")


if __name__ == "__main__":
    main()
