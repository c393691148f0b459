"""The models and the computers that scenarios may name, in tables."""

from collections.abc import Iterable, Iterator

from rich.table import Table

from problem.catalogue import Model, Version, hardware, models, scaled_rate
from results import console


def model_catalogue() -> list[Table]:
    """Return the tables that ``skyedge catalogue`` prints."""
    computers = ("hardware", "what it is", "TFLOPS", "memory GB", "GB/s", "power W")
    columns = ("model", "precision", "accuracy", "weights GB", *hardware())
    note = "; ~ not measured: scaled by memory bandwidth, for orientation"
    return [
        console.table("Hardware", computers, _computers(), words=2),
        console.table(f"Models: MMMU accuracy, and tokens/s on hardware{note}", columns, _models(), words=2),
        console.table("Sources", ("of", "accuracy", "rate"), _sources(), words=3),
    ]


def _computers() -> Iterable[tuple[str, ...]]:
    for name, one in hardware().items():
        low, high = one.power_w
        numbers = (f"{one.flops / 1e12:.2f}", f"{one.memory_gb:g}", f"{one.bandwidth_gb_per_s:g}", f"{low:g}–{high:g}")
        yield (name, one.title, *numbers)


def _versions() -> Iterator[tuple[str, Model, Version]]:
    for name, model in models().items():
        for version in model.versions:
            yield name, model, version


def _models() -> Iterable[tuple[str, ...]]:
    for name, model, version in _versions():
        accuracy = "–" if version.accuracy is None else f"{version.accuracy:.3f}"
        rates = (_rate(model, version, computer) for computer in hardware())
        yield (name, version.precision, accuracy, f"{model.weights_gb(version.precision):g}", *rates)


def _rate(model: Model, version: Version, computer: str) -> str:
    if model.weights_gb(version.precision) >= hardware()[computer].memory_gb:
        return "too large"
    if computer in version.tokens_per_s:
        return f"{version.tokens_per_s[computer]:.1f}"
    scaled = scaled_rate(version, computer)
    return "–" if scaled is None else f"~{scaled:.1f}"


def _sources() -> Iterable[tuple[str, ...]]:
    for name, _, version in _versions():
        if version.accuracy_source or version.rate_source:
            yield (f"{name} {version.precision}", version.accuracy_source or "–", version.rate_source or "–")
    for name, one in hardware().items():
        yield (name, "–", one.source)
