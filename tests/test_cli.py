"""The command line as its users meet it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from skyedge.cli import main
from skyedge.problem import Decision, Instance, Scenario, evaluate, generate
from skyedge.solvers import available, solve
from tests.results.command_line import COMMAND, environment, error_line, skyedge, write_campaign

PNG = b"\x89PNG"


@pytest.fixture
def call(monkeypatch, capsys, day):
    """Run a command in this process, in the folder of ``day``; return its status, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.chdir(day)
        monkeypatch.setattr(sys, "argv", ["skyedge", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return left.value.code or 0, printed.out, printed.err

    return run


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> Path:
    """A folder with an instance and a decision for it."""
    folder = tmp_path_factory.mktemp("day")
    instance = generate(Scenario.preset("tiny"), 3)
    instance.save(folder / "day.npz")
    solve("greedy", instance).decision.save(folder / "plan.npz")
    return folder


def test_help_is_instant_and_names_every_command(tmp_path):
    started = time.perf_counter()
    run = skyedge("--help", cwd=tmp_path)
    print(f"skyedge --help took {time.perf_counter() - started:.2f} s")
    assert run.returncode == 0
    for command in (
        "generate",
        "show",
        "solve",
        "score",
        "export",
        "solvers",
        "catalogue",
        "profile-model",
        "train",
        "train-all",
        "benchmark",
        "report",
    ):
        assert f"\n  {command}" in run.stdout


def test_help_imports_nothing_heavy(tmp_path):
    code = (
        "import sys, contextlib\nfrom skyedge.cli import main\n"
        "sys.argv = ['skyedge', '--help']\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "print({'numpy', 'pandas', 'torch', 'problem', 'rich'} & set(sys.modules))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.stdout.endswith("set()\n"), run


def test_the_version_is_the_packages(tmp_path):
    from importlib.metadata import version

    assert version("skyedge") in skyedge("--version", cwd=tmp_path).stdout


def test_no_command_at_all_is_a_call_for_help(tmp_path):
    run = skyedge(cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Usage: skyedge")


def test_an_instance_is_drawn_solved_and_scored(tmp_path):
    assert skyedge("generate", "tiny", "--seed", 3, "-o", "a.npz", cwd=tmp_path).returncode == 0
    instance = Instance.load(tmp_path / "a.npz")
    assert instance.id == generate(Scenario.preset("tiny"), 3).id
    assert skyedge("solve", "greedy", "a.npz", "-o", "b.npz", cwd=tmp_path).returncode == 0
    score = evaluate(instance, Decision.load(tmp_path / "b.npz"))
    found = json.loads(skyedge("score", "a.npz", "b.npz", "--json", cwd=tmp_path).stdout)
    assert found["cost"] == score.cost
    assert found["violations"] == score.violations


def test_an_instance_without_a_name_is_called_after_its_scenario(day, call):
    (day / "valley.toml").write_text('base = "tiny"\ndevices = 2\n')
    assert call("generate", "valley.toml", "--seed", 4) == (0, "", "written: valley-4.npz\n")
    assert Instance.load(day / "valley-4.npz").devices == 2


def test_show_prints_the_world_and_draws_its_map(day):
    run = skyedge("show", "day.npz", cwd=day)
    assert run.returncode == 0
    for words in ("Instance of tiny", "UAV 0–1", "satellite 0", "accuracy floor", "in view"):
        assert words in run.stdout
    assert (day / "day.png").read_bytes().startswith(PNG)
    assert run.stderr == "written: day.png\nwritten: day-windows.png\n"


def test_show_draws_the_sky_of_a_constellation_too(day, call):
    generate(Scenario.preset("iridium").replace(slots=2), 0).save(day / "far.npz")
    status, printed, remarks = call("show", "far.npz")
    assert (status, remarks) == (0, "written: far.png\nwritten: far-sky.png\nwritten: far-windows.png\n")
    assert "under iridium-next" in printed
    for image in ("far-sky.png", "far-windows.png"):
        assert (day / image).read_bytes().startswith(PNG)


def test_export_writes_the_model_beside_the_instance(day, call):
    assert call("export", "day.npz", "--slots", "0:2") == (0, "", "written: day.nl\n")
    assert (day / "day.nl").read_text().startswith("g3")


def test_score_says_which_requests_failed_and_counts_what_it_leaves_out(day, call):
    instance, plan = Instance.load(day / "day.npz"), Decision.load(day / "plan.npz")
    Decision(np.full_like(plan.server, -1), plan.power, plan.uav_xy).save(day / "nobody.npz")
    active = int(instance.active.sum())
    text = call("score", "day.npz", "nobody.npz", "--limit", 2)[1]
    assert text.count("C1 not offloaded") == 2
    assert f"… and {active - 2} more" in text
    assert f"0 of {active} requests" in text
    found = json.loads(call("score", "day.npz", "nobody.npz", "--json")[1])
    assert found["mean_latency_s"] is None
    assert len(found["explain"]) == active


def test_solvers_lists_each_with_what_it_sees(tmp_path):
    run = skyedge("solvers", cwd=tmp_path)
    listed = {line.split()[0]: line for line in run.stdout.splitlines() if line.strip()}
    assert set(available()) <= listed.keys()
    assert "online" in listed["greedy-mobile"]
    assert "cloud, device_motion" in listed["greedy-mobile"]  # options of the model
    assert "sight=2.0" in listed["greedy-mobile"]


def test_benchmark_compares_and_report_prints_the_same_again(tmp_path):
    write_campaign(tmp_path / "small.toml", ["greedy", "slow[seconds=0]"])
    first = skyedge("benchmark", "small.toml", "-o", "out", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert {"table.md", "table.csv", "cost.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert [line.split()[0] for line in first.stdout.splitlines() if " / " in line] == ["greedy", "slow[seconds=0]"]
    assert skyedge("report", "out", cwd=tmp_path).stdout == first.stdout


def test_a_reader_that_stops_early_is_no_error(day):
    command = [*COMMAND, "score", "day.npz", "plan.npz", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=day, env=environment(), **pipes)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait()


def test_a_real_process_reports_a_mistake_in_one_line(day):
    assert "did you mean 'paper'" in error_line(skyedge("generate", "papr", cwd=day))
    assert "Did you mean 'score'" in error_line(skyedge("scor", cwd=day))


MISTAKES = [
    (["frobnicate"], "see skyedge --help"),
    (["show"], "see skyedge show --help"),
    (["show", "day.npz", "--outptu", "x"], "Did you mean '--output'"),
    (["show", "day.npz", "-o", "map.docx"], "must end in one of .png"),
    (["show", "day.npz", "-o", "absent/map.png"], "No such file or directory"),
    (["show", "plan.npz"], "plan.npz"),
    (["show", "."], "directory"),
    (["generate", "tiny", "--seed", "-1"], "--seed"),
    (["generate", "tiny", "--seed", "x"], "--seed"),
    (["generate", "absent.toml"], "no such file"),
    (["generate", "bad.toml"], "did you mean 'devices'"),
    (["generate", "tiny", "-o", "absent/day.npz"], "absent/day.npz"),
    (["generate", "tiny", "-o", "day.npz/day.npz"], "Not a directory"),
    (["solve", "gredy", "day.npz"], "did you mean 'greedy'"),
    (["solve", "greedy", "absent.npz"], "absent.npz"),
    (["score", "day.npz"], "PLAN"),
    (["score", "day.npz", "day.npz"], "day.npz"),
    (["score", "other.npz", "plan.npz"], "plan.npz, as a decision for other.npz: server has shape"),
    (["score", "day.npz", "plan.npz", "--limit", "-1"], "--limit"),
    (["benchmark", "quik"], "did you mean 'quick'"),
    (["benchmark", "quick", "-j", "0"], "--jobs"),
    (["benchmark", "quick", "-o", "day.npz"], "day.npz"),
    (["benchmark", "quick", "-o", "day.npz/out"], "cannot be a folder"),
    (["benchmark", "absent.toml"], "no such file"),
    (["benchmark", "quick", "-s", "gredy"], "did you mean 'greedy'"),
    (["benchmark", "quick", "-s", "greedy-mobile[sight=-1]"], "sight"),
    (["benchmark", "quick", "-s", "greedy", "-s", "greedy"], "twice"),
    (["benchmark", "quick", "--only", "all"], "--only"),
    (["train-all", "papr"], "no list of trainings is called 'papr', and it is no .toml file: did you mean 'paper'"),
    (["train-all", "paper", "-j", "0"], "--jobs"),
    (["report", "absent"], "skyedge benchmark"),
    (["report", "."], "skyedge benchmark"),
]


@pytest.mark.parametrize(
    ("arguments", "said"), MISTAKES, ids=lambda value: " ".join(value) if type(value) is list else ""
)
def test_a_mistake_is_one_line_and_touches_nothing(day, call, arguments, said):
    (day / "bad.toml").write_text('base = "tiny"\ndevics = 3\n')
    generate(Scenario.preset("tiny").replace(slots=3), 0).save(day / "other.npz")
    before = {path: path.read_bytes() for path in day.rglob("*") if path.is_file()}
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("skyedge: error: ")
    assert len(err.splitlines()) == 1
    assert said in err
    assert {path: path.read_bytes() for path in day.rglob("*") if path.is_file()} == before


def test_a_bug_is_not_dressed_up_as_a_mistake_of_the_user(monkeypatch, call):
    def broken(*_):
        raise ValueError("operands could not be broadcast")

    monkeypatch.setattr("skyedge.problem.Instance.load", broken)
    with pytest.raises(ValueError, match="broadcast"):
        call("show", "day.npz")


def test_an_interrupted_command_is_one_line(monkeypatch, call):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("skyedge.problem.Instance.load", interrupted)
    assert call("show", "day.npz") == (130, "", "skyedge: error: interrupted: what was not finished is not written\n")
