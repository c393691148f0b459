"""A method without one of its parts: changes against the whole, paired by instance."""

import pandas as pd
import pytest

from skyedge.problem import InputError
from skyedge.results.figures import ablations
from tests.results.tables.test_comparison import rows

WHOLE, LESS = "ad-sac[track=plain,training_seed=all]", "ad-sac[track=plain,variant=no-masks,training_seed=all]"
METHODS = ("ad-sac", "ad-sac, no-masks")


def runs(solver: str, factor: float, track: str = "plain") -> pd.DataFrame:
    """Costs that differ much between instances and by a factor between methods."""
    more = [{"track": track, "training_seed": float(seed)} for seed in range(2)]
    return rows(*((solver, i, factor * 10 * (1 + i), one) for i in range(4) for one in more))


def test_changes_are_paired_so_that_instances_do_not_blur_them():
    data = ablations.data(pd.concat([runs(WHOLE, 1.0), runs(LESS, 1.2), rows(("myopic", 0, 5))]), {}, METHODS)
    less = data[(data["method"] == "ad-sac, no-masks") & (data["metric"] == "cost")].iloc[0]
    assert less["mean"] == pytest.approx(30)
    assert less["high"] - less["low"] > 10
    assert (less["ratio"], less["ratio_low"], less["ratio_high"]) == pytest.approx((1.2, 1.2, 1.2))


def test_only_tracks_that_have_every_method_are_shown():
    lone = runs("ad-sac[track=structured,training_seed=all]", 0.5, "structured")
    data = ablations.data(pd.concat([runs(WHOLE, 1.0), runs(LESS, 1.2), lone]), {}, METHODS)
    assert set(data["track"]) == {"plain"}
    with pytest.raises(InputError, match="no track has all of ad-sac; ad-sac, no-masks"):
        ablations.data(lone, {}, METHODS)


def test_a_method_of_which_a_number_is_missing_has_the_others():
    less = runs(LESS, 1.2)
    less.loc[0, "mean_latency_s"] = float("nan")  # nobody was served
    data = ablations.data(pd.concat([runs(WHOLE, 1.0), less]), {}, METHODS)
    assert set(data.loc[data["method"] != "ad-sac", "metric"]) == {"cost", "energy_per_slot_j", "served_fraction"}
    assert len(ablations.draw(data).axes) == 4


def test_the_figure_says_the_values_of_the_whole_and_draws_the_change_of_the_rest():
    data = ablations.data(pd.concat([runs(WHOLE, 1.0), runs(LESS, 1.2)]), {}, METHODS)
    first, *_ = ablations.draw(data).axes
    assert first.get_title(loc="left") == "cost: 25.0"
    assert [label.get_text() for label in first.get_yticklabels()] == ["no-masks"]
    assert first.containers[0].lines[0].get_xdata()[0] == pytest.approx(20)
