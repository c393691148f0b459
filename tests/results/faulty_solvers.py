"""Solvers that fail in every way a cell can; a campaign loads them with ``modules = ["faulty_solvers"]``."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from pydantic import Field

from skyedge.problem import Decision
from skyedge.solvers import Budget, Progress, Solution, Solver, SolverConfig, register

KEPT: list = []


def idle(instance) -> Decision:
    """Serve nobody and hover."""
    shape = (instance.slots_count, instance.devices)
    hover = np.tile(instance.uav_start_xy, (instance.slots_count, 1, 1))
    return Decision(np.full(shape, -1), np.zeros(shape), hover)


class Faulty(Solver):
    information = "offline"

    def solve(self, instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        return Solution(self.fail(instance) or idle(instance))


@register
class Raises(Faulty):
    """Raises, over two lines."""

    name = "raises"

    def fail(self, instance):
        raise RuntimeError("the matrix is\nsingular")


@register
class Hangs(Faulty):
    """Ignores its budget, and so does a process that it starts."""

    name = "hangs"

    def fail(self, instance):
        if os.environ.get("CHILD_PID_FILE"):
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            Path(os.environ["CHILD_PID_FILE"]).write_text(str(child.pid))
        time.sleep(600)


@register
class Crashes(Faulty):
    """Reads from address 0, as a broken library does."""

    name = "crashes"

    def fail(self, instance):
        ctypes.string_at(0)


@register
class Killed(Faulty):
    """Is killed from outside, as for the machine's memory."""

    name = "killed"

    def fail(self, instance):
        os.kill(os.getpid(), signal.SIGKILL)


@register
class Leaves(Faulty):
    """Ends its process, with some last words."""

    name = "leaves"

    def fail(self, instance):
        print("licence expired", file=sys.stderr, flush=True)
        os._exit(3)


@register
class Hoards(Faulty):
    """Takes a gigabyte."""

    name = "hoards"

    def fail(self, instance):
        self.hoard = np.ones(2**27)
        time.sleep(600)


@register
class Spins(Faulty):
    """Loops forever, and heeds no signal that it can ignore."""

    name = "spins"

    def fail(self, instance):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        while True:
            pass


@register
class Leaks(Faulty):
    """Takes more and more memory."""

    name = "leaks"

    def fail(self, instance):
        while True:
            KEPT.append(np.ones(2**23))
            time.sleep(0.01)


@register
class Delegates(Faulty):
    """Lets a process that it starts take a gigabyte."""

    name = "delegates"

    def fail(self, instance):
        subprocess.run([sys.executable, "-c", "import time; hoard = b'1' * 2**30; time.sleep(600)"], check=True)


@register
class Locks(Faulty):
    """Serves nobody, and leaves a lock behind."""

    name = "locks"

    def fail(self, instance):
        KEPT.append(multiprocessing.Lock())


@register
class Unprepared(Faulty):
    """Raises unless what it preloads is there already."""

    name = "unprepared"
    preload = ("colorsys", "no_such_module")

    def fail(self, instance):
        assert "colorsys" in sys.modules


@register
class Cheats(Faulty):
    """Flies faster than a UAV can."""

    name = "cheats"

    def fail(self, instance):
        good = idle(instance)
        jump = np.where(good.uav_xy < instance.area_m / 2, instance.area_m, 0.0)
        return Decision(good.server, good.power, jump)


class SlowConfig(SolverConfig):
    seconds: float = Field(0.2, description="how long it takes")


@register
class Slow(Faulty):
    """Serves nobody, slowly, and notes in a file that it was asked to."""

    name = "slow"
    Config = SlowConfig

    def fail(self, instance):
        if os.environ.get("STARTS_FILE"):
            with open(os.environ["STARTS_FILE"], "a") as file:
                file.write(f"{instance.id}\n")
        time.sleep(self.config.seconds)


class ReaderConfig(SolverConfig):
    file: str = Field("", description="what it reads")


@register
class Reads(Faulty):
    """Serves nobody, after a file has been read that it depends on."""

    name = "reads"
    Config = ReaderConfig

    def files(self, scenario):
        return (Path(self.config.file),)

    def fail(self, instance):
        Path(self.config.file).read_text()
