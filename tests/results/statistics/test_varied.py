"""Which scenarios of a campaign make a sweep."""

from itertools import product

from skyedge.problem import Scenario
from skyedge.results.statistics.varied import described, find_sweeps
from skyedge.solvers import Knowledge


def worlds(**changes: dict) -> dict[str, dict]:
    return {label: Scenario.preset("tiny").replace(**one).model_dump(mode="json") for label, one in changes.items()}


def test_a_sweep_is_three_scenarios_that_differ_in_one_number():
    found = find_sweeps(
        worlds(few={"devices": 3}, usual={}, many={"devices": 9}, late={"max_latency_s": 9.0}, same={"devices": 3})
    )
    assert [(sweep.field, sweep.labels) for sweep in found] == [("devices", {3: "few", 4: "usual", 9: "many"})]


def test_a_sweep_of_levels_needs_a_single_one_in_each_scenario():
    swept = {label: {"min_accuracy": value} for label, value in (("a", 0.3), ("b", 0.5), ("c", [0.3, 0.5]))}
    assert find_sweeps(worlds(**swept)) == []
    (found,) = find_sweeps(worlds(**swept | {"d": {"min_accuracy": 0.4}}))
    assert found.labels == {0.3: "a", 0.4: "d", 0.5: "b"}


def test_words_are_swept_too_and_what_solvers_are_told_counts():
    words = ("flat", "exact", "shuffled")
    told = {label: Knowledge(forecast=word).model_dump() for label, word in zip("abc", words, strict=True)}
    record = {"scenarios": worlds(a={}, b={}, c={}), "knowledge": told}
    (sweep,) = find_sweeps(described(record))
    assert (sweep.field, sweep.labels) == ("forecast", {"flat": "a", "exact": "b", "shuffled": "c"})


def test_two_sweeps_of_a_field_are_told_apart_by_their_worlds():
    swept = {f"{name} {devices}": {"name": name, "slots": slots, "devices": devices}
             for name, slots in (("short", 2), ("long", 3)) for devices in (3, 4, 5)}  # fmt: skip
    found = {sweep.title: list(sweep.places) for sweep in find_sweeps(worlds(**swept))}
    assert found == {f"devices, {name}": [f"{name} {count}" for count in (3, 4, 5)] for name in ("short", "long")}


def test_two_sweeps_of_a_field_in_worlds_of_one_name_are_told_apart_by_what_differs():
    both = product((3.0, 4.0), (6, 7, 8))
    swept = {f"{limit} {phi}": {"max_latency_s": limit, "unserved_penalty": phi} for limit, phi in both}
    titles = {sweep.title: list(sweep.labels) for sweep in find_sweeps(worlds(**swept))}
    assert titles == {f"unserved_penalty, max_latency_s = {limit:g}": [6, 7, 8] for limit in (3.0, 4.0)}


def test_worlds_are_told_apart_by_an_option_of_the_model_that_only_one_has():
    both = product(({}, {"device_motion": True}), (6, 7, 8))
    swept = {f"{option} {phi}": option | {"unserved_penalty": phi} for option, phi in both}
    titles = [sweep.title for sweep in find_sweeps(worlds(**swept))]
    assert titles == ["unserved_penalty, no device_motion", "unserved_penalty, device_motion = True"]
