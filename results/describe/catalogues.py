"""The solvers at hand: what they see, which options of the model they take into account, and their own options."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.table import Table

from skyedge.problem.catalogue import Entries, Measurement, Model, Quartiles, Version, known
from skyedge.results import console
from skyedge.solvers import available, get


def print_solvers() -> None:
    """Print the table of ``skyedge solvers``."""
    columns = ("name", "information", "what it does", "takes", "options")
    console.results().print(console.table("Solvers", columns, map(_line, available()), words=5))


def _line(name: str) -> tuple[str, ...]:
    solver = get(name)
    summary = (solver.__doc__ or "").strip().split("\n")[0]
    options = ", ".join(f"{option}={field.default}" for option, field in solver.Config.model_fields.items())
    return name, solver.information, summary, ", ".join(sorted(solver.takes_options())), options or "–"


def print_models(path: Path | None) -> None:
    """Print the tables of ``skyedge catalogue``: the shipped entries, and those of a file."""
    entries = known(path)
    computers = ("hardware", "what it is", "TFLOPS", "memory GB", "GB/s", "power W")
    columns = ("model", "precision", "accuracy", "weights GB", *entries.hardware)
    note = "; ~ not measured: scaled by memory bandwidth, for orientation"
    tables = [
        console.table("Hardware", computers, _computers(entries), words=2),
        console.table(f"Models: MMMU accuracy, and tokens/s on hardware{note}", columns, _models(entries), words=2),
        console.table("Sources", ("of", "accuracy", "rate"), _sources(entries), words=3),
    ]
    if entries.measurements:
        tables.append(measured(entries.measurements))
    console.results().print(*tables, sep="\n")


def measured(measurements: Sequence[Measurement]) -> Table:
    """Return a table of what ``skyedge profile-model`` has measured."""
    figures = ("tokens/s", "prefill s", "tokens out", "words out", "tokens/word", "weights GB", "peak GB")
    rows = (
        (
            f"{one.model} in {one.precision} on {one.hardware}",
            *map(_quartiles, (one.tokens_per_s, one.prefill_s, one.output_tokens, one.output_words)),
            *map(_number, (one.tokens_per_word, one.weights_gb, one.peak_gb)),
        )
        for one in measurements
    )
    return console.table("Measured: median [quartiles] over prompts", ("what", *figures), rows)


def _computers(entries: Entries) -> Iterable[tuple[str, ...]]:
    for name, one in entries.hardware.items():
        power = "–" if one.power_w is None else "–".join(f"{end:g}" for end in one.power_w)
        bandwidth = _number(one.bandwidth_gb_per_s)
        yield (name, one.title, f"{one.flops / 1e12:.2f}", f"{one.memory_gb:g}", bandwidth, power)


def _versions(entries: Entries) -> Iterator[tuple[str, Model, Version]]:
    for name, model in entries.models.items():
        for version in model.versions:
            yield name, model, version


def _models(entries: Entries) -> Iterable[tuple[str, ...]]:
    for name, model, version in _versions(entries):
        accuracy = "–" if version.accuracy is None else f"{version.accuracy:.3f}"
        rates = (_rate(entries, model, version, computer) for computer in entries.hardware)
        yield (name, version.precision, accuracy, _number(model.weights_gb(version.precision)), *rates)


def _rate(entries: Entries, model: Model, version: Version, computer: str) -> str:
    if model.weights_gb(version.precision) >= entries.hardware[computer].memory_gb:
        return "too large"
    if computer in version.tokens_per_s:
        return f"{version.tokens_per_s[computer]:.1f}"
    scaled = entries.scaled_rate(version, computer)
    return "–" if scaled is None else f"~{scaled:.1f}"


def _sources(entries: Entries) -> Iterable[tuple[str, ...]]:
    for name, _, version in _versions(entries):
        if version.accuracy_source or version.rate_source:
            yield (f"{name} {version.precision}", version.accuracy_source or "–", version.rate_source or "–")
    for name, one in entries.hardware.items():
        yield (name, "–", one.source)


def _quartiles(values: Quartiles) -> str:
    return f"{values.median:.4g} [{values.lower:.4g}, {values.upper:.4g}]"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
