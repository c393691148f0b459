"""A publication: campaigns, run where cells are missing, figures of them, and a page that says where it comes from."""

import json
import re

import pytest

from skyedge.problem import InputError
from skyedge.problem.common.documents import names
from skyedge.results.campaign.spec import Campaign
from skyedge.results.publication.publish import COPIED, PUBLICATIONS, Publication, index
from tests.results.command_line import error_line, skyedge, write_campaign

MINE = """
campaigns = ["small.toml"]

[[figures]]
name = "figure-1"
campaign = "small"
plot = "cost"
scenarios = ["tiny"]
caption = "What it costs."

[[figures]]
name = "figure-2"
campaign = "small"
plot = "learning-curves"
caption = "Nothing has learned."
"""
TWO_WORLDS = '[[scenarios]]\nbase = "tiny"\n[[scenarios]]\nbase = "tiny"\ndevices = 3\n'


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """What the command wrote the first time, and what it said the first and the second time."""
    here = tmp_path_factory.mktemp("publication")
    write_campaign(here / "small.toml", ["greedy", "random"], TWO_WORLDS, instances=2, modules=[])
    (here / "mine.toml").write_text(MINE)
    said = []
    for _ in range(2):
        run = skyedge("publish", "mine.toml", "--runs", "runs", "-o", "out", cwd=here)
        assert run.returncode == 0, run.stderr
        said.append(run.stderr)
    return here / "out", *said


def test_what_is_published_is_tables_reports_and_figures_and_nothing_else(published):
    out, *_ = published
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    figures = {f"figures/figure-1/figure-1.{suffix}" for suffix in ("png", "pdf", "csv")}
    assert files == {*(f"small/{name}" for name in COPIED), *figures, "README.md", "provenance.json", "reproduction.md"}
    assert max(path.stat().st_size for path in out.rglob("*")) < 5e6


def test_a_figure_is_of_the_scenarios_that_it_names_and_one_that_cannot_be_drawn_is_said(published):
    out, said, _ = published
    assert "devices=3" not in (out / "figures" / "figure-1" / "figure-1.csv").read_text()
    assert "figure-2 is not drawn: the figure learning-curves needs learned solvers" in said


def test_the_same_command_computes_nothing_twice(published):
    _, first, second = published
    assert "computed 8 cells" in first
    assert "nothing to compute" in second


def test_the_page_says_command_commit_machine_and_links_to_what_is_there(published):
    out, *_ = published
    page, known = (out / "README.md").read_text(), json.loads((out / "provenance.json").read_text())
    assert known["run"]["command"] == "skyedge publish mine.toml --runs runs -o out"
    assert known["campaigns"]["small"]["cells"] == 8
    assert known["campaigns"]["small"]["without_result"] == 0
    (machine,) = known["campaigns"]["small"]["machines"]
    for words in (known["run"]["command"], known["run"]["commit"], machine["cpu"], "What it costs."):
        assert words in page
    links = set(re.findall(r"\]\(([^)]+)\)", page))
    assert {"small/report.html", "figures/figure-1/figure-1.png", "reproduction.md"} <= links
    assert all((out / link).exists() for link in links)


def test_runs_that_ended_without_a_result_are_counted():
    run = {"command": "skyedge publish", "commit": "c" * 40, "started": "then"}
    small = run | {"cells": 9, "without_result": 2, "solver_seconds": 600, "machines": []}
    page = index(run, {"small": small}, {})
    assert "| small | then | `cccccccccccc` | 9 | 2 | 10 min |" in page


@pytest.mark.parametrize("name", names(PUBLICATIONS))
def test_a_shipped_publication_is_of_shipped_campaigns_and_scenarios(name):
    publication = Publication.load(name)
    campaigns = {one: Campaign.load(one) for one in publication.campaigns}
    for figure in publication.figures:
        labels = {scenario.title for scenario in campaigns[figure.campaign].scenarios}
        assert set(figure.scenarios) <= labels
        assert len(figure.caption) > 20


def test_the_papers_publication_has_figures_3_to_8():
    drawn = [figure.name for figure in Publication.load("paper").figures]
    assert drawn[:6] == [f"figure-{number}" for number in range(3, 9)]
    assert len(set(drawn)) == len(drawn)


def test_a_campaign_that_cannot_run_is_said_before_any_other_runs(tmp_path):
    write_campaign(tmp_path / "small.toml", ["greedy"])
    write_campaign(tmp_path / "other.toml", ["greedyy"])
    (tmp_path / "mine.toml").write_text('campaigns = ["small.toml", "other.toml"]\n')
    assert "'greedyy'" in error_line(skyedge("publish", "mine.toml", "--runs", "runs", "-o", "out", cwd=tmp_path))
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "out").exists()


def test_mistakes_are_one_line_that_says_what_to_do(tmp_path):
    assert "no publication is called 'papers'" in error_line(skyedge("publish", "papers", cwd=tmp_path))
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace('"cost"', '"costs"'))
    with pytest.raises(InputError, match=r"mine.toml: .*no plot is called 'costs': did you mean 'cost'"):
        Publication.load(path)
    write_campaign(tmp_path / "small.toml", ["greedy"])
    path.write_text(MINE.replace('campaign = "small"\nplot = "cost"', 'campaign = "other"\nplot = "cost"'))
    with pytest.raises(InputError, match=r"figure-1 is of no campaign listed, 'other'"):
        Publication.load(path)
