"""The package as others install it: what a wheel holds, and that it works from any folder, whatever lies there."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import ROOT, tracked

FLOORS = ("problem", "solvers", "rl", "results")
REPORTS = "results/published/"  # reports and figures stay in the repository; policies come along
POLICIES = f"{REPORTS}policies/"
TRAP = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
raise SystemExit("code of the working folder ran")
"""


def run(*command: object, cwd: Path, **environment: str) -> str:
    """Run a command to its end, which must be good, and return what it printed."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = inherited | environment
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done
    return done.stdout


def packaged() -> list[str]:
    """Return the files of the package that git tracks, links to the floors left out."""
    links = {f"src/skyedge/{floor}" for floor in FLOORS}
    return [name for name in tracked(*FLOORS, "src") if name not in links and (REPORTS not in name or POLICIES in name)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the files that git tracks, built by way of a source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in (*packaged(), "pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    for floor in FLOORS:
        (source / "src" / "skyedge" / floor).symlink_to(Path("../..") / floor)
    run(sys.executable, "-c", "import setuptools.build_meta as backend; backend.build_sdist('..')", cwd=source)
    [sdist] = folder.glob("*.tar.gz")
    pip = (sys.executable, "-m", "pip", "--no-input", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", folder, sdist, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


def test_a_wheel_holds_what_git_tracks_of_the_package(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("skyedge/")}
    assert held == {name.removeprefix("src/") if name.startswith("src/") else f"skyedge/{name}" for name in packaged()}


@pytest.fixture(scope="module")
def skyedge(wheel, tmp_path_factory):
    """Run the console script of a wheel that is unpacked beside the locked dependencies, in a folder full of traps."""
    site, folder = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("folder")
    pip = (sys.executable, "-m", "pip", "--no-input", "install", "--quiet", "--no-deps", "--target")
    run(*pip, site, wheel, cwd=site)
    for package in ("solvers", "rl"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text(TRAP)
    for module in ("results", "problem", "random", "selectors"):
        (folder / f"{module}.py").write_text(TRAP)

    def call(*arguments: object) -> str:
        printed = run(site / "bin" / "skyedge", *arguments, cwd=folder, PYTHONPATH=str(site))
        assert not [*folder.rglob("ran")]
        return printed

    call.folder = folder  # type: ignore[attr-defined]
    return call


def test_an_instance_is_drawn_shown_and_solved_by_a_shipped_policy(skyedge):
    skyedge("generate", "paper", "--seed", 0, "-o", "day.npz")
    assert "Instance of paper" in skyedge("show", "day.npz")
    skyedge("solve", "ad-sac", "day.npz", "-o", "plan.npz")
    assert "cost" in skyedge("score", "day.npz", "plan.npz")


def test_a_campaign_and_trainings_run_in_children_and_write_to_the_working_folder(skyedge):
    folder = skyedge.folder
    (folder / "small.toml").write_text(
        'name = "small"\nsolvers = ["greedy", "relaxed-minlp"]\ninstances = 2\nseconds = 5\n'
        'cell_seconds = 60\nmemory_gb = 4\nscenarios = [{ base = "tiny" }]\n'
    )
    skyedge("benchmark", "small.toml", "-j", 2)
    assert "greedy" in (folder / "skyedge-runs" / "small" / "table.md").read_text()
    (folder / "list.toml").write_text(
        'name = "list"\nscenario = "tiny"\nalgorithms = ["ppo"]\ntracks = ["plain"]\nseeds = 1\nslots = 800\n'
    )
    skyedge("train-all", "list.toml")
    assert (folder / "skyedge-runs" / "training" / "ppo-tiny-plain-0" / "policy.json").exists()
