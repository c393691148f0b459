"""The same campaign on real Dask workers, one of which is killed in mid-run."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from skyedge.problem import Scenario
from skyedge.results.campaign.record import read_rows
from skyedge.rl.training.train import train
from tests.results.command_line import COMMAND, environment, error_line, skyedge, write_campaign
from tests.results.execution.test_run_cells import alive, session_is_gone, session_of, stored
from tests.results.execution.test_sharing import PATIENCE_S, check_same, starts, until

pytest.importorskip("distributed")

pytestmark = pytest.mark.timeout(900)


class Service:
    """A scheduler or a worker, in a session of its own."""

    def __init__(self, folder: Path, *arguments: str, **extra: str) -> None:
        self.log = folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment(**extra), stdout=log, stderr=log, start_new_session=True
            )

    def says(self, pattern: str) -> str:
        """Wait for a line of its log, and return what the pattern's group matches."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.log.read_text())):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        return found[1]

    def kill(self, *but: str) -> None:
        """Kill its processes, as if the machine failed; but not those with one of some words in their command."""
        for pid in [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]:
            if session_of(pid) == self.process.pid and alive(pid):
                command = Path(f"/proc/{pid}/cmdline").read_text()
                if not any(word in command for word in but):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def cluster(tmp_path) -> Iterator[tuple[str, Callable[[], Service], Service]]:
    """The address of a scheduler without workers, what starts one, and the scheduler."""
    with ExitStack() as ends:

        def start(*arguments: str) -> Service:
            made = Service(tmp_path, *arguments, STARTS_FILE=str(tmp_path / "starts"))
            ends.callback(made.kill)
            return made

        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        address = scheduler.says(r"Scheduler at:\s+(tcp://\S+)")

        def worker() -> Service:
            one = start("worker", address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
            one.says(r"(Registered to)")
            return one

        yield address, worker, scheduler


def begin(folder: Path, address: str) -> subprocess.Popen:
    command = [*COMMAND, "benchmark", "mine.toml", "--scheduler", address, "-o", "out"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=environment(), start_new_session=True, **pipes)


@pytest.mark.slow
def test_two_workers_of_which_one_is_killed_come_to_the_same_table_as_one_machine(tmp_path, cluster):
    write_campaign(tmp_path / "mine.toml", ["slow[seconds=0.5]", "greedy"], instances=10)
    assert skyedge("benchmark", "mine.toml", "-j", 2, "-o", "alone", cwd=tmp_path).returncode == 0
    address, worker, _ = cluster
    lost, _ = worker(), worker()
    run = begin(tmp_path, address)
    until(lambda: len(stored(tmp_path / "out")) >= 6, run)
    before = stored(tmp_path / "out")
    lost.kill(
        "skyedge.results.execution.dask_host", "forkserver"
    )  # the worker and its nanny: what runs cells must see it and go too
    assert session_is_gone(lost.process.pid)
    _, remarks = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, remarks
    assert len(before) < 20, "else the worker was not killed in mid-run"
    after = stored(tmp_path / "out")
    assert {name: after[name] for name in before} == before, "what was finished is not computed again"
    check_same(tmp_path / "alone", tmp_path / "out")
    begun = starts(tmp_path / "starts")
    assert 10 <= len(begun) <= 12, "only what the killed worker had is begun again"


@pytest.mark.slow
def test_limits_hold_on_workers_and_what_nobody_waits_for_any_more_is_killed(tmp_path, cluster):
    write_campaign(tmp_path / "mine.toml", ["spins", "leaks", "greedy"], cell_seconds=30, memory_gb=0.7)
    address, worker, _ = cluster
    service = worker()
    run = begin(tmp_path, address)
    _, remarks = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, remarks
    rows = read_rows(tmp_path / "out").set_index("solver")
    assert list(rows.loc[["spins", "leaks", "greedy"], "status"]) == ["timeout", "out-of-memory", "feasible"]
    write_campaign(tmp_path / "mine.toml", ["slow[seconds=500]"], cell_seconds=600)
    run = begin(tmp_path, address)
    until(lambda: starts(tmp_path / "starts"), run)
    cells = cells_of(service)
    assert cells
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    deadline = time.monotonic() + PATIENCE_S
    while any(map(alive, cells)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert service.process.poll() is None


def cells_of(service: Service) -> list[int]:
    """Processes of a worker's session that lead a group of their own: its host and the cells."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    mine = [pid for pid in pids if session_of(pid) == service.process.pid and alive(pid)]
    return [pid for pid in mine if os.getpgid(pid) == pid and "forkserver" in Path(f"/proc/{pid}/cmdline").read_text()]


@pytest.mark.slow
def test_a_worker_with_other_policies_or_code_is_refused_in_one_line(tmp_path, cluster):
    """The campaign names a policy by a path that leads elsewhere from where the worker was started."""
    here = tmp_path / "elsewhere"
    train("ppo", Scenario.preset("tiny"), here / "policy", "plain", seed=0, slots=400)
    write_campaign(here / "mine.toml", ["ppo[track=plain,policy=policy]"], modules=[])
    address, worker, _ = cluster
    worker()
    run = skyedge("benchmark", "mine.toml", "--scheduler", address, "-o", "out", cwd=here)
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == (
        "skyedge: error: a worker has other code, or other policies, for ppo[track=plain,policy=policy]: "
        "give it the same checkout and files"
    )
    assert not stored(here / "out")


@pytest.mark.slow
def test_a_scheduler_that_dies_is_one_line_and_the_same_command_goes_on(tmp_path, cluster):
    write_campaign(tmp_path / "mine.toml", ["greedy", "slow[seconds=500]"], cell_seconds=600)
    address, worker, scheduler = cluster
    service = worker()
    run = begin(tmp_path, address)
    until(lambda: starts(tmp_path / "starts") and stored(tmp_path / "out"), run)
    scheduler.kill()
    _, remarks = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 2
    assert remarks.splitlines()[-1] == (
        f"skyedge: error: the Dask scheduler at {address} is gone: the same command goes on with another"
    )
    assert "Traceback" not in remarks
    assert session_is_gone(service.process.pid, PATIENCE_S), "a worker without a scheduler ends, and its cell with it"
    rehearsal = skyedge("benchmark", "mine.toml", "--dry-run", "-o", "out", cwd=tmp_path)
    assert "would compute 1 of 2 cells" in rehearsal.stderr


def test_without_a_scheduler_there_is_one_line_and_no_cell(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["slow"])
    run = skyedge("benchmark", "mine.toml", "--scheduler", "tcp://127.0.0.1:9", "-o", "out", cwd=tmp_path)
    assert "no Dask scheduler answers at 'tcp://127.0.0.1:9'" in error_line(run)
    assert not stored(tmp_path / "out")
