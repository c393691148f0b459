import json
import re
import subprocess
import sys

import pytest

from skyedge.results.campaign import record as provenance
from skyedge.results.campaign.record import UNKNOWN, commit, run_of
from skyedge.results.report.origin import origin
from tests.results.storage.test_cells import cell
from tests.results.tables.test_comparison import rows

CELLS = [{"key": "a", "solver": "greedy", "seconds": 5.0}]


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "campaign.json"
    path.write_text(json.dumps({"cells": CELLS, "run": {"command": "skyedge benchmark earlier"}}))
    return path


def test_the_run_that_first_asked_for_the_same_cells_stays_on_record(record):
    assert run_of(CELLS, record) == {"command": "skyedge benchmark earlier"}


def test_other_cells_are_asked_for_by_this_process(record, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["skyedge.py", "benchmark", "my campaign.toml", "-j", "2"])
    found = run_of([CELLS[0] | {"key": "b"}], record)
    assert found["command"] == "skyedge benchmark 'my campaign.toml' -j 2"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", found["started"])


@pytest.mark.parametrize("content", [None, "", "[]", '{"cells": []}'])
def test_a_record_that_tells_no_run_is_no_hindrance(tmp_path, content):
    path = tmp_path / "campaign.json"
    if content is not None:
        path.write_text(content)
    assert run_of(CELLS, path)["command"].startswith("skyedge")


def test_the_commit_tells_whether_files_differ_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "CHECKOUT", tmp_path)
    assert commit() == UNKNOWN, "no repository"

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-m", "first")
    assert re.fullmatch(r"[0-9a-f]{40}", commit())
    (tmp_path / "file").write_text("two")
    assert commit().endswith(", with local changes")


def test_the_report_names_versions_machines_instances_and_hashes():
    machines = ['{"cpu": "X", "python": "3.11.7"}', '{"cpu": "Y", "python": "3.11.7"}']
    versions = ['{"numpy": "2.4", "sources": "abc"}', '{"numpy": "2.5"}']
    data = rows(*(
        ("greedy", seed, 1, cell().blank_row() | {"key": str(seed), "instance_id": f"id-{seed}", "instance_seed": seed}
         | {"machine": machines[seed], "versions": versions[seed]})
        for seed in range(2)
    ))  # fmt: skip
    found = origin(data, {"command": "skyedge benchmark quick"}, {"table.csv": b""})
    assert found.facts["command"] == "skyedge benchmark quick"
    assert (found.facts["machine"], found.facts["Python"]) == ("X; Y", "3.11.7")
    assert found.facts["table.csv"] == "SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert found.versions == {"numpy": "2.4, 2.5"}
    assert found.instances == [("tiny", 0, "id-0"), ("tiny", 1, "id-1")]
