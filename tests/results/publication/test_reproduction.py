"""The claims of the paper, and the verdicts on them, from rows made by hand."""

import numpy as np
import pandas as pd
import pytest

from skyedge import paths
from skyedge.problem import InputError
from skyedge.results.campaign.record import read_rows
from skyedge.results.publication.reproduction import Claim, Claims, Measure, as_markdown, judge
from skyedge.results.statistics.evidence import Evidence, curve_evidence, row_evidence
from skyedge.rl.policies.record import CURVE
from tests.results.tables.test_comparison import rows

COST = {"campaign": "c", "metric": "cost", "scenarios": ["paper"]}
LEARNED = [{"training_seed": float(seed)} for seed in range(3)]


def evidence_of(*runs):
    return row_evidence(rows(*runs), "cost", "campaign c")


def measured(found: Evidence, **fields):
    measure = Measure(**COST | fields)
    quantities = measure.quantities(found)
    return [one.estimate for one in quantities], all(map(measure.holds, quantities))


TWO = evidence_of(*(("a", i, 10 + i) for i in range(6)), *(("b", i, 20 + 2 * i) for i in range(6)))


@pytest.mark.parametrize(
    ("fields", "estimate", "holds"),
    [
        ({"kind": "value", "solvers": ["a"], "about": (12, 13)}, 12.5, True),
        ({"kind": "value", "solvers": ["a"], "about": (20, 21)}, 12.5, False),
        ({"kind": "ratio", "solvers": ["b"], "against": ["a"], "above": 1.0}, 2.0, True),
        ({"kind": "ratio", "solvers": ["a"], "against": ["b"], "above": 1.0}, 0.5, False),
        ({"kind": "ratio", "solvers": ["a"], "against": ["b"], "below": 1.0}, 0.5, True),
        ({"kind": "ratio", "solvers": ["b"], "against": ["a"], "about": (1.9, 2.1)}, 2.0, True),
    ],
)
def test_a_mean_or_a_ratio_holds_if_its_interval_says_so(fields, estimate, holds):
    assert measured(TWO, **fields) == ([pytest.approx(estimate)], holds)


def test_an_order_that_the_interval_leaves_open_is_not_reproduced():
    noisy = evidence_of(
        *(("a", i, 10 + 5 * (i % 2)) for i in range(6)), *(("b", i, 10.2 + 5 * (i // 3)) for i in range(6))
    )
    (estimate,), holds = measured(noisy, kind="ratio", solvers=["b"], against=["a"], above=1.0)
    assert estimate > 1
    assert not holds


def test_the_interval_of_a_learner_has_the_spread_of_its_training_seeds():
    spread = evidence_of(*(("l", i, 10 * (1 + seed), LEARNED[seed]) for i in range(4) for seed in range(3)))
    alike = evidence_of(*(("l", i, 20, LEARNED[seed]) for i in range(4) for seed in range(3)))
    wide, narrow = spread.value("paper", "l"), alike.value("paper", "l")
    assert wide.estimate == narrow.estimate == 20
    assert wide.low < 5
    assert wide.high > 35
    assert (narrow.low, narrow.high) == (20, 20)


def test_a_change_and_a_step_compare_scenarios():
    costs = {"low": 10, "middle": 12, "high": 30, "highest": 31}
    parts = [rows(*(("a", i, cost + i) for i in range(4))).assign(scenario=name) for name, cost in costs.items()]
    found = row_evidence(pd.concat(parts), "cost", "campaign c")
    names = list(costs)
    change, rises = measured(found, kind="change", scenarios=names, solvers=["all"], above=1.0)
    assert (change, rises) == ([pytest.approx(32.5 / 11.5)], True)
    step, steepest = measured(found, kind="step", scenarios=names, solvers=["a"], between=("middle", "high"), above=1.0)
    assert (step, steepest) == ([pytest.approx(18 - 2)], True)
    rise, more = measured(found, kind="rise", scenarios=names, solvers=["a"], above=0.0)
    assert (rise, more) == ([pytest.approx(31 - 10)], True)


def test_a_rise_from_nothing_and_a_step_among_level_ones_are_numbers():
    shares = {"low": 0.0, "middle": 0.0, "high": 0.5, "highest": 0.5}
    parts = [rows(*(("a", i, share) for i in range(4))).assign(scenario=name) for name, share in shares.items()]
    found = row_evidence(pd.concat(parts), "cost", "campaign c")
    assert found.rise(list(shares), "a")[1:] == (0.5, 0.5, 0.5)
    assert found.step(list(shares), ("middle", "high"), "a")[1:] == (0.5, 0.5, 0.5)


def test_a_solver_that_lacks_a_run_or_a_campaign_that_is_not_there_is_not_measured_yet(tmp_path):
    part = evidence_of(("a", 0, 1), ("a", 1, None), ("b", 0, 1), ("b", 1, 2))
    with pytest.raises(LookupError, match="campaign c with a in paper"):
        part.value("paper", "a")
    claim = {"id": "x", "figure": "3", "kind": "value", "says": "s", "paper": "1"}
    absent = Claim(**claim, measure=Measure(**COST, kind="value", solvers=["a"]))
    assert judge(absent, tmp_path, read_rows) == ("–", "not measured yet: campaign c")
    assert judge(Claim(**claim, not_comparable="why"), tmp_path, read_rows) == ("–", "not comparable: why")
    assert judge(Claim(**claim, waits_for="runs"), tmp_path, read_rows) == ("–", "not measured yet: runs")
    with pytest.raises(ValueError, match="one of measure"):
        Claim(**claim)


@pytest.fixture
def curves(tmp_path, monkeypatch):
    """Curves of two algorithms: one settles at once, the other late and never quite."""
    monkeypatch.setattr(paths, "POLICIES", tmp_path)
    late = [30.0, 25.0, 20.0, 15.0, 10.0, 10.2, 9.8, 10.2, 9.8, 10.2]
    for algorithm, costs in (("quick", [30.0] + [10.0] * 9), ("late", late)):
        for seed in range(2):
            folder = tmp_path / algorithm / "paper" / "plain" / f"seed-{seed}"
            write_curve(folder, costs)
    for seed in range(2):
        write_curve(tmp_path / "quick" / "paper" / "plain" / "critic-1e-2" / f"seed-{seed}", [40.0] * 10)


def write_curve(folder, costs):
    folder.mkdir(parents=True)
    pd.DataFrame({"slots": np.arange(10) * 100, "cost": costs}).to_parquet(folder / CURVE)


@pytest.mark.usefixtures("curves")
def test_learning_curves_say_when_they_settle_and_how_much_they_fluctuate():
    quick, late = ("paper", "quick[track=plain,training_seed=all]"), ("paper", "late[track=plain,training_seed=all]")
    assert curve_evidence("settled_slots").value(*quick).estimate == 100
    assert curve_evidence("settled_slots").value(*late).estimate == 400
    assert curve_evidence("unrest").value(*quick).estimate == 0
    assert curve_evidence("end").value(*late).estimate == pytest.approx(10.04)
    assert curve_evidence("unrest").value(*late).estimate == pytest.approx(
        np.std([10.2, 9.8, 10.2, 9.8, 10.2], ddof=1) / 10.04
    )


@pytest.mark.usefixtures("curves")
def test_curves_of_a_variant_are_not_those_of_the_algorithm():
    usual, variant = (f"quick[track=plain,{more}training_seed=all]" for more in ("", "variant=critic-1e-2,"))
    ends = curve_evidence("end")
    assert ends.ratio(("paper", variant), ("paper", usual)).estimate == 4
    assert ends.ratio(("paper", variant), ("paper", usual)).what == "quick[variant=critic-1e-2] / quick, paper"


def test_the_table_has_every_claim_and_counts_the_verdicts(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "POLICIES", tmp_path)
    claims = Claims.load()
    text = as_markdown(claims, tmp_path, read_rows)
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == len(claims.claims) + 2
    assert f"{len(claims.claims)} claims: 0 reproduced, 0 not reproduced, 2 not comparable" in text
    assert {one.figure for one in claims.claims} == {"3", "4", "5", "6", "7", "8"}
    assert len({one.id for one in claims.claims}) == len(claims.claims)


def test_a_mistake_in_the_claims_is_one_line(tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text('[[claims]]\nid = "x"\n')
    with pytest.raises(InputError, match=r"claims.toml: claims.0.figure: Field required"):
        Claims.load(path)
