"""The table of algorithms: what it says is what the classes are, and nobody else takes their names."""

import pytest

from skyedge.rl.algorithms import Algorithm, available, get, register
from skyedge.rl.algorithms.common import registry
from skyedge.rl.algorithms.common.registry import ALGORITHMS, Listing, algorithm_modules


@pytest.fixture(autouse=True)
def _others(monkeypatch):
    monkeypatch.setattr(registry, "_registry", {})


class Mine(Algorithm):
    name, view = "mine", "box"


def test_the_table_says_what_the_classes_say():
    for name, module in algorithm_modules().items():
        entry = get(name)
        assert (entry.name, entry.__module__, entry.tracks) == (name, module, ALGORITHMS[name].tracks)


def test_an_algorithm_of_another_module_is_known_once_it_is_registered():
    assert available() == sorted(ALGORITHMS)
    assert register(Mine) is register(Mine) is get("mine")
    assert set(available()) == {*ALGORITHMS, "mine"}


def test_no_two_algorithms_have_one_name():
    register(Mine)
    for name in ("mine", "ppo"):
        with pytest.raises(ValueError, match=f"two algorithms are called '{name}'"):
            register(type("Other", (Mine,), {"name": name}))


def test_one_of_the_suite_is_as_the_table_lists_it(monkeypatch):
    monkeypatch.setitem(ALGORITHMS, "mine", Listing(f"{__name__}:Mine", tracks=("plain",)))
    with pytest.raises(ValueError, match="tracks"):
        register(Mine)
    monkeypatch.setitem(ALGORITHMS, "mine", Listing(f"{__name__}:Mine"))
    assert register(Mine) is Mine
