"""The solver of ``docs/extending/add-a-solver.md``, added as its readers add theirs."""

import pytest

from skyedge.problem import Scenario, generate
from skyedge.solvers import available, get, solve
from tests.docs.pages import DOCS, EXAMPLES, example, fences
from tests.results.command_line import environment, skyedge
from tests.solvers import test_conformance as conformance

PAGE = DOCS / "extending" / "add-a-solver.md"


@pytest.fixture
def ring(user_module):
    return user_module("ring").Ring


def test_the_page_shows_the_file_as_it_is_and_it_is_short():
    assert fences(PAGE, "python")[0].text == example("ring")
    assert len(example("ring").splitlines()) <= 45


def test_it_is_known_by_its_name_and_its_options(ring):
    assert get("ring") is ring
    assert "ring" in available()
    instance = generate(Scenario.preset("paper").replace(slots=10), 0)
    wide, narrow = (solve(spec, instance).decision.uav_xy[-1] for spec in ("ring", "ring[size=0.3]"))
    assert abs(wide - 250).max() == pytest.approx(0.7 * 250)
    assert abs(narrow - 250).max() == pytest.approx(0.3 * 250)


@pytest.mark.parametrize("world", conformance.INSTANCES)
@pytest.mark.usefixtures("ring")
def test_it_gives_a_valid_decision_in_every_world(world):
    conformance.test_it_gives_a_valid_decision_in_every_world("ring", world)


@pytest.mark.parametrize(
    "check",
    [
        conformance.test_it_is_named_and_described,
        conformance.test_the_same_seed_gives_the_same_outcome,
        conformance.test_idle_devices_are_left_alone,
        conformance.test_progress_rises_to_one,
        conformance.test_it_states_its_versions_and_its_time,
        conformance.test_an_online_solver_does_not_see_the_future,
    ],
    ids=lambda check: check.__name__,
)
@pytest.mark.usefixtures("ring")
def test_it_conforms(check):
    check("ring")


@pytest.mark.usefixtures("ring")
def test_what_the_page_does_in_python_runs_and_prints_three_costs(capsys):
    exec(compile(fences(PAGE, "python")[1].text, str(PAGE), "exec"), {"__name__": "reader"})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [spec for spec, _ in printed] == ["ring", "ring[size=0.3]", "kmeans"]


def test_the_pages_campaign_finds_the_file_by_its_module(tmp_path):
    campaign = fences(PAGE, "toml")[0].text.replace('base = "paper"', 'base = "tiny"')
    (tmp_path / "rings.toml").write_text(campaign)
    path = f"{EXAMPLES}:{environment()['PYTHONPATH']}"
    run = skyedge("benchmark", "rings.toml", "-o", "out", cwd=tmp_path, PYTHONPATH=path)
    assert run.returncode == 0, run.stderr
    rows = {line.split()[0]: line for line in run.stdout.splitlines() if "2 / 2" in line}
    assert rows.keys() == {"ring", "ring[size=0.3]", "kmeans"}
