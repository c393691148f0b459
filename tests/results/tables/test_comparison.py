import numpy as np
import pandas as pd
import pytest

from skyedge.results.storage.store import CONSTRAINTS, TRAINING
from skyedge.results.tables import comparison as table
from skyedge.results.tables.columns import NONE, comparison_columns, lines, method


def rows(*runs: tuple) -> pd.DataFrame:
    """Rows from (solver, instance, cost, *rest of the row as a dict); a cost of None means a failed run."""
    made = []
    for solver, seed, cost, *more in runs:
        score = float("nan") if cost is None else float(cost)
        row = {
            "scenario": "paper",
            "solver": solver,
            "information": "online",
            "track": "",
            **dict.fromkeys(TRAINING, float("nan")),
            "instance_seed": seed,
            "instance_id": f"instance {seed}",
            "status": "failed" if cost is None else "feasible",
            "cost": score,
            "bound": float("nan"),
            "served_fraction": score * 0 + 0.5,
            "satellite_share": score * 0 + 0.25,
            "mean_latency_s": score * 0 + 2.0,
            "energy_per_slot_j": score * 0 + 100.0,
            "wall_s": 1.0,
            **dict.fromkeys(CONSTRAINTS, score * 0 + 1),
        }
        made.append(row | (more[0] if more else {}))
    return pd.DataFrame(made)


def words(data: pd.DataFrame) -> list[list[str]]:
    """What the rows of the comparison say."""
    summaries = table.compare(data)
    return lines(summaries, comparison_columns(summaries)[0])


def test_solvers_are_sorted_by_mean_cost_and_compared_with_the_best():
    data = rows(("slow", 0, 2), ("slow", 1, 30), ("good", 0, 1), ("good", 1, 20))
    found = table.compare(data).set_index("solver")
    assert list(found.index) == ["good", "slow"]
    assert found.loc["slow", "relative_cost"] == pytest.approx((2 / 1 + 30 / 20) / 2)
    assert found.loc["good", "relative_cost"] == 1.0
    assert found.loc["slow", "C3"] == 2


def test_repeats_are_averaged_before_instances_are():
    data = rows(("a", 0, 1), ("a", 0, 3), ("a", 1, 10))
    found = table.compare(data).iloc[0]
    assert found["cost"] == pytest.approx((2 + 10) / 2)
    assert found["scored"] == 2
    assert found["C3"] == 2, "one of each instance, however many repeats"


def test_a_solver_that_lacks_an_instance_is_paired_on_those_it_has_and_ranked_last():
    data = rows(("full", 0, 100), ("full", 1, 10), ("half", 0, None), ("half", 1, 9))
    found = table.compare(data).set_index("solver")
    assert list(found.index) == ["full", "half"], "a mean over easier instances must not win"
    assert found.loc["half", "relative_cost"] == pytest.approx(0.9)
    assert table.notes(data, "paper") == [
        "† half lacks 1 of 2 runs (1 failed): its means are over 1 instance, on which full costs 10.0"
    ]
    assert "| half † | online | 1 / 2 | 9.0 |" in table.as_markdown(data, table.compare(data), "title")


def test_a_solver_without_any_score_has_dashes_and_a_reason():
    data = rows(("good", 0, 1), ("bad", 0, None, {"status": "timeout"}))
    bad = words(data)[1]
    assert bad[0] == "bad †"
    assert bad[2] == "0 / 1"
    assert set(bad[3:]) == {NONE}
    assert table.notes(data, "paper") == ["† bad lacks 1 of 1 run (1 timeout)"]


def test_a_table_without_any_score_still_appears():
    data = rows(("bad", 0, None), ("worse", 0, None))
    assert "| worse † |" in table.as_markdown(data, table.compare(data), "title")


def test_a_bound_is_reported_as_one_and_not_as_a_failure():
    data = rows(("good", 0, 9), ("bound", 0, None, {"status": "bound-only", "bound": 8.0}))
    assert table.notes(data, "paper") == ["bound: mean lower bound 8.0 over 1 run"]
    assert table.compare(data)["complete"].all()


def test_the_gap_is_to_the_highest_bound_of_each_instance_whoever_proved_it():
    data = rows(
        ("good", 0, 10, {"bound": 7.0}),
        ("good", 1, 20, {"bound": 18.0}),
        ("bound", 0, None, {"status": "bound-only", "bound": 9.0}),
        ("bound", 1, None, {"status": "bound-only", "bound": 15.0}),
    )
    found = table.compare(data).set_index("solver")
    assert found.loc["good", "gap"] == pytest.approx(((10 - 9) / 10 + (20 - 18) / 20) / 2)
    assert found.loc["good", "best_bound"] == pytest.approx((9 + 18) / 2)
    good, bound = words(data)
    assert good[4] == "10.00"
    assert bound[2:5] == [NONE, "≥ 12.0", NONE]


def test_a_gap_without_bounds_is_a_dash_and_nothing_at_no_cost_is_no_gap():
    assert words(rows(("a", 0, 1)))[0][4] == NONE
    assert table.compare(rows(("a", 0, 0, {"bound": 0.0}))).iloc[0]["gap"] == 0.0


def test_a_decision_cheaper_than_a_bound_is_called_wrong():
    data = rows(("good", 3, 9.99), ("bound", 3, None, {"status": "bound-only", "bound": 10.0}))
    assert table.notes(data, "paper")[0] == (
        "WRONG: good costs 9.990000 on instance 3, below the lower bound 10.000000"
    )
    assert "WRONG" not in " ".join(table.notes(rows(("good", 3, 10.0, {"bound": 10.0})), "paper"))


def test_scenarios_are_compared_apart():
    data = pd.concat([rows(("a", 0, 1), ("b", 0, 2)), rows(("a", 0, 4), ("b", 0, 3)).assign(scenario="hotspot")])
    found = table.compare(data)
    assert list(found["solver"]) == ["a", "b", "b", "a"]
    assert list(found["relative_cost"]) == pytest.approx([1, 2, 1, 4 / 3])


def test_latency_of_an_instance_on_which_nobody_is_served_is_left_out():
    data = rows(("a", 0, 1, {"mean_latency_s": float("nan")}), ("a", 1, 1, {"mean_latency_s": 3.0}))
    assert table.compare(data).iloc[0]["mean_latency_s"] == 3.0
    assert np.isfinite(table.compare(data).iloc[0]["cost"])


def test_a_narrow_terminal_gets_fewer_columns_and_is_told_which_it_misses():
    data = rows(("good", 0, 1), ("good", 1, 2))
    wide, narrow = (list(table.as_rich(data, table.compare(data), width)) for width in (200, 60))
    assert len(wide[0].columns) == 11
    assert len(narrow[0].columns) < 11
    assert narrow[1].startswith("table.md also has: ")


def learned(solver: str, track: str, costs: list[list[float | None]]) -> pd.DataFrame:
    """Rows of a learned method: a cost per training seed and instance."""
    runs = [
        (solver, instance, cost, {"track": track, "training_seed": seed, "training_slots": 5e4, "training_seconds": 90})
        for seed, line in enumerate(costs)
        for instance, cost in enumerate(line)
    ]
    return rows(*runs)


ALL = "ppo[track=plain,training_seed=all]"


def test_a_learned_method_is_the_mean_over_its_training_seeds_and_never_the_best_of_them():
    data = pd.concat([learned(ALL, "plain", [[10, 20], [30, 60]]), rows(("greedy", 0, 15), ("greedy", 1, 30))])
    found = table.compare(data).set_index("solver")
    assert list(found.index) == ["greedy", ALL]
    assert found.loc[ALL, "cost"] == pytest.approx(30)
    assert tuple(found.loc[ALL, ["seed_low", "seed_high"]]) == (15, 45)
    assert found.loc[ALL, "training_seeds"] == 2
    assert found.loc["greedy", "relative_cost"] == 1.0, "more runs do not make a reference"
    assert (found.loc[ALL, "scored"], found.loc["greedy", "training_seeds"]) == (2, 0)


def test_the_interval_of_a_learned_method_knows_that_training_anew_gives_another_policy():
    alike = table.compare(learned(ALL, "plain", [[10, 12, 14]] * 3)).iloc[0]
    apart = table.compare(learned(ALL, "plain", [[5, 7, 9], [10, 12, 14], [15, 17, 19]])).iloc[0]
    assert alike["cost"] == apart["cost"]
    assert apart["cost_high"] - apart["cost_low"] > 3 * (alike["cost_high"] - alike["cost_low"])


def test_tables_never_mix_tracks_and_each_has_the_methods_that_have_not_learned():
    other = "ppo[track=structured,training_seed=all]"
    learners = [learned(ALL, "plain", [[10, 20], [30, 60]]), learned(other, "structured", [[9, 18], [12, 24]])]
    data = pd.concat([*learners, rows(("greedy", 0, 15), ("greedy", 1, 30))])
    plain, structured = table.as_markdown(data, table.compare(data), "title").split("\n## ")[1:]
    assert plain.startswith("paper, track plain\n")
    assert structured.startswith("paper, track structured\n")
    for text, its, others in ((plain, "plain", "structured"), (structured, "structured", "plain")):
        assert f"| ppo | online | {its} | 2 |" in text
        assert f"| {others} |" not in text
        assert "| greedy | online | – | – |" in text


def test_an_instance_that_is_not_the_same_for_all_is_called_wrong():
    data = rows(("a", 0, 1), ("a", 1, 1), ("b", 0, 2), ("b", 1, 2, {"instance_id": "another"}))
    assert table.notes(data, "paper") == ["WRONG: instance 1 is not the same for all solvers"]


def test_tables_with_learned_methods_say_their_tracks_seeds_and_budget():
    data = pd.concat([learned(ALL, "plain", [[10, 20], [30, 60]]), rows(("greedy", 0, 15), ("greedy", 1, 30))])
    text = table.as_markdown(data, table.compare(data), "title")
    assert "| solver | information | track | seeds | scored |" in text
    assert "| ppo | online | plain | 2 | 2 / 2 | 30.0 [" in text
    assert "| greedy | online | – | – | 2 / 2 |" in text
    assert "| ppo | plain | 2 | 50,000 | 90 | 1.00 | 15.0 to 45.0 |" in text
    assert "never the best" in text
    shown = [part for part in table.as_rich(data, table.compare(data), 200) if not isinstance(part, str)]
    assert [len(part.columns) for part in shown] == [13, 7]


def test_tables_without_learned_methods_do_not_speak_of_learning():
    text = table.as_markdown(rows(("a", 0, 1)), table.compare(rows(("a", 0, 1))), "title")
    assert "track" not in text


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("greedy", "greedy"),
        ("greedy-mobile[sight=3]", "greedy-mobile[sight=3]"),
        (ALL, "ppo"),
        ("ppo[track=plain,training_seed=3]", "ppo[training_seed=3]"),
    ],
)
def test_a_methods_name_leaves_out_what_other_columns_say(spec, shown):
    assert method(spec) == shown


def test_a_training_seed_that_failed_marks_the_method():
    data = learned(ALL, "plain", [[10, 20], [None, 60]])
    found = table.compare(data).iloc[0]
    assert not found["complete"]
    assert found["cost"] == pytest.approx((10 + 40) / 2)
    assert table.notes(data, "paper")[0].startswith(f"† {ALL} lacks 1 of 4 runs (1 failed)")
