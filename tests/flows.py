"""Through which files of ours work flows: ``python -m tests.flows`` prints them, floor by floor.

Counted are files in which a function is entered, in the main process; not what imports run, nor comprehensions, nor
compiled code. A stay is a stretch of calls within one file, and a climb a call into a floor above.
"""

import inspect
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import skyedge
from skyedge.problem import Scenario

PACKAGE = Path(skyedge.__file__).parent
FLOORS = ("problem", "rl", "solvers", "results", "cli.py")


@dataclass
class Flow:
    """What a piece of work entered.

    Attributes
    ----------
    files : dict of str to None
        In the order of the first visit.
    stays : int
    climbs : set of (str, str)
        Files of the caller, below, and the callee, above.
    """

    files: dict[str, None] = field(default_factory=dict)
    stays: int = 0
    climbs: set[tuple[str, str]] = field(default_factory=set)
    _last: str = ""

    def enter(self, frame: FrameType, event: str, argument: Any) -> None:
        """Take note of a call (a profile function)."""
        if (
            event != "call"
            or not (here := place_of(frame.f_code))
            or frame.f_code.co_name.startswith("<")
            or frame.f_back is None
        ):
            return
        callers = list(ours(frame.f_back))
        if any(name == "<module>" for _, name in callers):
            return
        self.files.setdefault(here)
        self.stays += here != self._last
        self._last = here
        if callers and floor(callers[0][0]) < floor(here):
            self.climbs.add((callers[0][0], here))

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Follow what the block calls."""
        sys.setprofile(self.enter)
        try:
            yield
        finally:
            sys.setprofile(None)


def ours(frame: FrameType | None) -> Iterator[tuple[str, str]]:
    """Yield file and function of our frames, from the innermost."""
    while frame:
        if place := place_of(frame.f_code):
            yield place, frame.f_code.co_name
        frame = frame.f_back


@cache
def place_of(code: CodeType) -> str:
    """Return where in the package code stands, nothing for other code and for bodies of classes."""
    path, function = Path(code.co_filename), code.co_flags & inspect.CO_NEWLOCALS or code.co_name == "<module>"
    return path.relative_to(PACKAGE).as_posix() if function and path.is_relative_to(PACKAGE) else ""


def floor(place: str) -> int:
    """Return the number of a file's floor, from the ground."""
    return FLOORS.index(place.split("/")[0])


def benchmark() -> Flow:
    """Follow ``skyedge benchmark quick`` until its first cell's process starts."""
    from skyedge import cli
    from skyedge.results.execution import killable

    class FirstCellError(Exception):
        pass

    def stop(*arguments: object, **named: object) -> None:
        raise FirstCellError

    flow, start = Flow(), killable.CONTEXT.Process
    killable.CONTEXT.Process = stop  # type: ignore[method-assign,assignment]
    try:
        with tempfile.TemporaryDirectory() as folder, suppress(FirstCellError), flow.followed():
            cli.cli(["benchmark", "quick", "-o", folder], standalone_mode=False)
    finally:
        killable.CONTEXT.Process = start  # type: ignore[method-assign]
    return flow


def gradient_step(track: str) -> Flow:
    """Follow a gradient step of AD-SAC."""
    from skyedge.rl import algorithms

    entry = algorithms.get("ad-sac")
    config = algorithms.hyperparameters("ad-sac", track, {"learning_starts": 16, "batch_size": 16})
    env = entry.environment(Scenario.preset("tiny"), config, track, seed=0)
    model = entry.build(env, config, track, seed=0)
    model.learn(64)
    flow = Flow()
    with flow.followed():
        model.train(1)
    return flow


FLOWS: dict[str, Callable[[], Flow]] = {
    "skyedge benchmark quick, to the first cell": benchmark,
    "a gradient step of AD-SAC, plain": lambda: gradient_step("plain"),
    "a gradient step of AD-SAC, structured": lambda: gradient_step("structured"),
}


def main() -> None:
    """Print every flow."""
    for name, follow in FLOWS.items():
        flow = follow()
        print(f"{name}: {len(flow.files)} files, {flow.stays} stays, {len(flow.climbs)} climbs")
        print(*(f"  {place}" for place in flow.files), sep="\n")
        print(*(f"  climbs: {caller} -> {callee}" for caller, callee in sorted(flow.climbs)), sep="\n")


if __name__ == "__main__":
    main()
