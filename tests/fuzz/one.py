"""One target under atheris, in a process of its own: see :mod:`tests.fuzz.__main__`."""

import inspect
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import FunctionType, ModuleType

import atheris

from tests.fuzz.kinds import TARGETS
from tests.fuzz.targets import check

ROOM = 3 * 2**30  # bytes of memory beyond what the interpreter has at the start
LONGEST_S = 30  # that one input may take
LARGEST = 500_000  # bytes of an input
READERS = ("skyedge", "tomllib", "csv", "json")
COMPILED = ("skyedge.problem.physics.equations", "skyedge.problem.physics.best_power", "skyedge.problem.physics.links")


def guides() -> Iterator[ModuleType]:
    """Yield the loaded modules whose coverage guides the search: all that read files, and nothing that is compiled."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name.split(".")[0] in READERS and file.endswith(".py") and name not in COMPILED:
            source = Path(file).read_bytes()
            if b"njit" not in source and b"jitable" not in source:
                yield module


def functions(module: ModuleType) -> Iterator[FunctionType]:
    """Yield the functions and methods that a module defines."""
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            yield value
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            members = (getattr(member, "__func__", member) for member in vars(value).values())
            yield from (member for member in members if inspect.isfunction(member))


def main(name: str, seconds: str, found: str) -> None:
    """Fuzz a target; never returns, and the exit status is 0 if nothing was found."""
    target = TARGETS[name]
    corpus = Path(tempfile.mkdtemp(prefix=f"skyedge-corpus-{name}-"))
    for number, content in enumerate(target.seeds()):
        check(target, content)  # imports what it needs
        (corpus / str(number)).write_bytes(content)
    for module in guides():
        for function in functions(module):
            atheris.instrument_func(function)

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.3:
            return atheris.Mutate(content, most)
        return target.mutate(content, random)[:most]

    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, resource.RLIM_INFINITY))
    options = {
        "max_total_time": seconds,
        "timeout": LONGEST_S,
        "max_len": LARGEST,
        "rss_limit_mb": 0,  # the operating system's limit above makes MemoryErrors instead
        "artifact_prefix": f"{found}/{name}-",
        "print_final_stats": 1,
        "detect_leaks": 0,
    }
    arguments = [sys.argv[0], str(corpus), *(f"-{option}={value}" for option, value in options.items())]
    atheris.Setup(arguments, lambda content: check(target, content) and None, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
