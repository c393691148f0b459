"""What goes into the report, computed from rows and scenarios alone."""

import tomllib

import numpy as np
import pytest

from skyedge.problem import Scenario
from skyedge.results.campaign.spec import Campaign
from skyedge.results.report.certainty import certainty, rank_figure
from skyedge.results.report.charts import cost_figure, gap_data, gap_figure, time_figure
from skyedge.results.report.headline import UNDECIDED, headline
from skyedge.results.report.page import embedded, emphasised
from skyedge.results.report.series import looks
from skyedge.results.report.settings import as_toml, parameters
from skyedge.results.report.sweeps import sweep_figure
from skyedge.results.report.tables import sections, sort_key
from skyedge.results.statistics.comparisons import compared
from skyedge.results.tables.comparison import compare
from skyedge.results.tables.significance_text import as_markdown
from tests.results.tables.test_comparison import rows

OFFLINE, PLAIN, STRUCTURED = {"information": "offline"}, {"track": "plain"}, {"track": "structured"}
WORLD = Scenario.preset("tiny")


def worlds(**changes: dict) -> dict[str, dict]:
    return {label: WORLD.replace(**one).model_dump(mode="json") for label, one in changes.items()}


@pytest.fixture
def mixed():
    """Two instances: an offline method, one that does not learn, and one method in two tracks."""
    bounded = {"bound": 95.0}
    return rows(
        ("horizon", 0, 100, OFFLINE | bounded), ("horizon", 1, 100, OFFLINE | bounded),
        ("greedy", 0, 110), ("greedy", 1, 130),
        ("ppo[track=plain]", 0, 300, PLAIN), ("ppo[track=plain]", 1, 300, PLAIN),
        ("ppo[track=structured]", 0, 106, STRUCTURED), ("ppo[track=structured]", 1, 104, STRUCTURED),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("769.2 [757.1, 780.3]", 769.2), ("≥ 766.6", 766.6), ("50,016", 50016), ("4 0 12 0 0 0", 16), ("10 / 10", 10),
        ("1296.2 to 1360.1", 1296.2), ("-0.50", -0.5), ("–", None), ("online", None),
    ],
)  # fmt: skip
def test_words_sort_by_their_first_number_and_counts_by_their_sum(words, key):
    assert sort_key(words) == key


def test_no_table_holds_two_tracks(mixed):
    (section,) = sections(mixed, compare(mixed))
    tables = {table.track: table for table in section.tables if "took" not in table.title}
    assert tables.keys() == {"plain", "structured"}
    for track, table in tables.items():
        place = table.header.index("track")
        methods = {line.entries[0].words: line.entries[place].words for line in table.lines}
        assert methods == {"horizon": "–", "greedy": "–", "ppo": track}, "methods that do not learn are in each"
    assert section.bound == 95


def test_the_tests_say_what_the_comparisons_file_says(mixed):
    compared_rows = compared(mixed)
    (section,) = certainty(compared_rows)
    text = as_markdown(compared_rows, "title")
    for table in section.tables:
        for line in table.lines:
            assert " | ".join(entry.words for entry in line.entries) in text, "the same words, to the last digit"
    assert [table.track for table in section.tables] == ["plain", "plain", "structured", "structured"]


def test_it_is_said_in_words_what_the_tests_tell_apart():
    costs = {"good": range(9), "alike": [1, 0, 3, 2, 5, 4, 7, 6, 8], "poor": range(5, 14)}
    data = rows(*((solver, seed, 100 + cost) for solver, some in costs.items() for seed, cost in enumerate(some)))
    (section,) = certainty(compared(data))
    first, second = section.notes
    assert first == "Tests at 5 % tell good from all other methods but alike."
    assert second.startswith("Ranks: Friedman's test gives p = 0.001; at 5 % the critical difference")


def test_bars_of_mean_ranks_touch_where_nemenyis_test_tells_nothing_apart():
    rng = np.random.default_rng(0)
    data = rows(*((f"s{place}", seed, 100 + 4 * place + rng.normal(0, 5)) for place in range(6) for seed in range(12)))
    (one,) = compared(data)
    (trace,) = rank_figure([one], looks(compare(data)))["variants"][0]["panels"][0]["traces"]
    half = trace["error_x"]["value"]
    bars = {name: (x - half, x + half) for name, x in zip(trace["y"], trace["x"], strict=True)}
    apart = {(a, b) for a in bars for b in bars if bars[a][1] < bars[b][0]}
    mean, p = one.ranks.mean, one.ranks.p
    assert apart == {(a, b) for a in bars for b in bars if p.loc[a, b] < 0.05 and mean[a] < mean[b]}
    assert 0 < len(apart) < 15


def test_two_methods_have_tests_but_no_ranks():
    data = rows(*((solver, seed, cost) for solver, cost in (("a", 1), ("b", 2)) for seed in range(3)))
    assert rank_figure(compared(data), looks(compare(data))) is None
    (section,) = certainty(compared(data))
    assert [table.title for table in section.tables] == ["Robust means and ranks", "Paired with a, the cheapest"]


def test_the_headline_names_the_cheapest_its_proof_and_the_best_that_sees_no_future(mixed):
    words = headline(compare(mixed))
    assert words.startswith("horizon is the cheapest on paper, proved to be within 5.00 % of the optimum on average")
    assert "without seeing the future ppo (structured) is the cheapest, and the least cost is 5.0 % higher" in words


def test_the_headline_counts_scenarios_and_claims_no_proof_without_bounds():
    data = rows(
        ("a", 0, 1, {"scenario": "x"}), ("b", 0, 2, {"scenario": "x"}), ("a", 0, 3, {"scenario": "y"}),
        ("b", 0, 4, {"scenario": "y"}), ("a", 0, 6, {"scenario": "z"}), ("b", 0, 5, {"scenario": "z"}),
    )  # fmt: skip
    assert headline(compare(data)) == "a is the cheapest in 2 of 3 scenarios."


def test_the_headline_admits_that_nothing_is_complete():
    assert headline(compare(rows(("a", 0, None)))) == UNDECIDED


def test_gaps_are_those_to_the_best_bound_of_each_instance():
    data = rows(("a", 0, 100, {"bound": 90.0}), ("b", 0, 200, {"bound": 95.0}), ("a", 1, 50), ("free", 0, 0))
    found = gap_data(data[data["solver"] != "free"]).set_index("solver")["gap"]
    assert found.to_dict() == pytest.approx({"a": 5.0, "b": 52.5}), "instance 1 has no bound"


def test_a_gap_profile_climbs_from_nothing_to_all_instances(mixed):
    figure = gap_figure(mixed, looks(compare(mixed)))
    for trace in figure["variants"][0]["panels"][0]["traces"]:
        assert trace["y"] == [0, 50, 100, 100]
        assert trace["x"] == sorted(trace["x"])


def test_without_bounds_there_is_no_gap_profile():
    data = rows(("a", 0, 100))
    assert gap_figure(data, looks(compare(data))) is None


def test_good_methods_get_a_panel_of_their_own_when_others_press_them_together(mixed):
    comparison = compare(mixed)
    everyone, near = cost_figure(mixed, comparison, looks(comparison))["variants"][0]["panels"]
    assert len(everyone["layout"]["yaxis"]["categoryarray"]) == 4
    assert near["layout"]["yaxis"]["categoryarray"] == ["ppo<br>(structured)", "horizon"], "greedy is 20 % dearer"


def test_the_front_joins_the_methods_that_none_beats_in_time_and_cost():
    measured = {"thorough": (10, 9.0), "quick": (20, 1.0), "beaten": (21, 2.0)}
    data = rows(*((name, 0, cost, {"wall_s": seconds}) for name, (cost, seconds) in measured.items()))
    comparison = compare(data)
    front, *points = time_figure(comparison, looks(comparison))["variants"][0]["panels"][0]["traces"]
    assert (front["x"], front["y"]) == ([1.0, 9.0], [20.0, 10.0])
    assert {point["name"] for point in points if "text" in point["mode"]} == {"thorough", "quick"}


def test_a_swept_method_is_drawn_in_the_order_of_the_values_beside_the_bound():
    swept = worlds(many={"devices": 9}, few={"devices": 3}, usual={})
    costs = {"many": 30, "few": 10, "usual": 20}
    data = rows(*(("a", 0, cost, {"scenario": label, "bound": cost - 1.0}) for label, cost in costs.items()))
    comparison = compare(data)
    cost = sweep_figure(comparison, swept, looks(comparison))["variants"][0]["panels"][0]
    assert [(trace["name"], trace["x"], trace["y"]) for trace in cost["traces"]] == [
        ("a", [3, 4, 9], [10, 20, 30]),
        ("lower bound", [3, 4, 9], [9, 19, 29]),
    ]


def test_the_settings_are_a_campaign_file_that_gives_the_same_campaign():
    for name in Campaign.shipped():
        campaign = Campaign.load(name)
        assert Campaign.model_validate(tomllib.loads(as_toml(campaign.model_dump()))) == campaign
    nested = Campaign.load("quick").model_dump() | {"scenarios": [{"base": "paper", "hotspot": {"jitter_m": 3.0}}]}
    assert tomllib.loads(as_toml(nested))["scenarios"][0]["hotspot"] == {"jitter_m": 3.0}


def test_parameters_are_shared_or_differ():
    found = parameters(worlds(few={"devices": 3}, many={"devices": 9}))
    assert list(found.differing) == ["devices"]
    assert found.of == {"few": ["3"], "many": ["9"]}
    assert found.shared["uavs"] == str(WORLD.uavs)
    assert "devices" not in found.shared


def test_parameters_that_only_some_scenarios_have_differ_and_long_lists_are_counted():
    shell = {"altitude_m": 550e3, "inclination_deg": 53, "planes": 5, "per_plane": 5}
    found = parameters(worlds(near={}, far={"constellation": shell}))
    assert list(found.differing) == ["constellation"]
    assert found.of["near"] == [""]
    assert "planes 5" in found.of["far"][0]
    assert parameters({"listed": {"elements": [{"number": 1}] * 66}}).shared == {"elements": "66 entries"}


def test_methods_look_different_from_each_other_and_alike_in_all_figures():
    data = rows(*((f"solver-{number}", 0, number + 1) for number in range(24)))
    found = looks(compare(data))
    assert len({(look.colour, look.symbol) for look in found.values()}) == 24


def test_text_from_a_campaign_cannot_become_part_of_the_page():
    assert "<" not in embedded(["</script><script>alert(1)</script>"])
    assert emphasised("<b> is *not* bold") == "&lt;b&gt; is <em>not</em> bold"
    with pytest.raises(ValueError, match="JSON"):
        embedded(np.nan)
