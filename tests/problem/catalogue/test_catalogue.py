"""Models and hardware by name: what they make of servers, and what is refused."""

import re

import numpy as np
import pytest

from skyedge.problem import InputError, Instance, Scenario, generate
from skyedge.problem.catalogue import TOKENS_PER_WORD, shipped
from tests import ROOT
from tests.results.command_line import skyedge

PAPER = Scenario.preset("paper")
ORIN = {"precision": "int4", "hardware": "orin-agx-64"}
SMALL = ORIN | {"model": "vila1.5-3b"}
LARGE = ORIN | {"model": "vila1.5-13b"}


def test_a_model_sets_the_measured_rate_the_power_and_the_accuracy():
    instance = generate(PAPER.replace(uav_model=SMALL, satellites=0), 0)
    words_per_s = instance.uav_flops / instance.uav_flop_per_word
    assert words_per_s == pytest.approx([42.5 * 0.75] * 3)
    assert instance.uav_flops.tolist() == [5.325e12] * 3
    assert instance.uav_compute_w.tolist() == [60.0] * 3
    assert instance.uav_accuracy.tolist() == [0.327] * 3


def test_lists_of_models_repeat_in_turn_on_uavs_and_on_satellites():
    instance = generate(PAPER.replace(uav_model=[SMALL, LARGE], sat_model=[LARGE, SMALL], unserved_penalty=20.0), 0)
    assert instance.uav_accuracy.tolist() == [0.327, 0.378, 0.327]
    assert instance.sat_accuracy.tolist() == [0.378, 0.327, 0.378, 0.327]
    rate = instance.sat_flops / instance.sat_flop_per_word * TOKENS_PER_WORD
    assert rate == pytest.approx([20.6, 42.5, 20.6, 42.5])


def test_figures_of_ones_own_stand_in_for_those_that_nobody_has_published():
    own = {"model": "obsidian-3b", "precision": "int4", "hardware": "orin-nx-16", "tokens_per_s": 12.0, "accuracy": 0.3}
    instance = generate(PAPER.replace(uav_model=own, unserved_penalty=20.0), 0)
    assert instance.uav_flops / instance.uav_flop_per_word == pytest.approx([9.0] * 3)
    assert instance.uav_accuracy.tolist() == [0.3] * 3
    assert instance.uav_compute_w.tolist() == [25.0] * 3


def test_an_instance_remembers_its_models_in_its_file(tmp_path):
    instance = generate(Scenario.preset("orin"), 0)
    instance.save(tmp_path / "day.npz")
    loaded = Instance.load(tmp_path / "day.npz")
    assert loaded.id == instance.id
    assert [one.model for one in loaded.scenario.uav_model] == ["vila1.5-3b", "vila1.5-8b"]


def test_scenarios_without_models_say_nothing_of_them():
    text = PAPER.model_dump_json()
    assert not re.search('"(uav_model|sat_model|lane|input_lognormal)"', text)


def test_naming_another_model_replaces_the_inherited_one():
    changed = Scenario.preset("orin").replace(uav_model=LARGE)
    assert changed.uav_accuracy == (0.378,)


REFUSALS = {
    "unknown model": (SMALL | {"model": "vila1.5-3"}, "uav_model: no model is called 'vila1.5-3': did you mean"),
    "unknown hardware": (SMALL | {"hardware": "orin-nx"}, "no hardware is called 'orin-nx': did you mean 'orin-nx-16'"),
    "unknown field": (SMALL | {"rate": 3}, "uav_model: unknown field 'rate'"),
    "a precision that does not exist": (SMALL | {"precision": "int8"}, "uav_model: precision: "),
    "no precision": ({"model": "vila1.5-3b", "hardware": "orin-agx-64"}, "precision: Field required"),
    "only a name": ("vila1.5-3b", "is 'vila1.5-3b': write {model = "),
    "a rate of zero": (SMALL | {"tokens_per_s": 0}, "tokens_per_s: "),
    "no model at all": ([], "is an empty list"),
    "too little memory": (
        {"model": "vila1.5-13b", "precision": "fp16", "hardware": "orin-nx-16"},
        "vila1.5-13b in fp16 needs 26 GB for its weights alone, and orin-nx-16 has 16 GB",
    ),
    "no room beside the weights": (
        {"model": "vila1.5-8b", "precision": "fp16", "hardware": "orin-nx-16"},
        "needs 16 GB for its weights alone, and orin-nx-16 has 16 GB",
    ),
    "a pair that was not measured": (
        SMALL | {"hardware": "orin-nx-16"},
        "nobody has measured vila1.5-3b in int4 on orin-nx-16: give its tokens_per_s (memory bandwidth suggests 21.2)",
    ),
    "a model that was never measured": (ORIN | {"model": "obsidian-3b"}, "on orin-agx-64: give its tokens_per_s"),
    "an accuracy that is not published": (
        ORIN | {"model": "llava-1.6-7b"},
        "no accuracy of llava-1.6-7b in int4 is known",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_model_is_refused_for(case):
    given, message = REFUSALS[case]
    with pytest.raises(InputError, match=re.escape(message)) as refusal:
        PAPER.replace(uav_model=given)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("field", ["flops", "flop_per_word", "compute_w", "accuracy"])
def test_a_model_and_a_field_that_it_sets_are_refused_together(field):
    for kind in ("uav", "sat"):
        with pytest.raises(InputError, match=f"{kind}_model sets {kind}_{field}: leave one of them out"):
            PAPER.replace(**{f"{kind}_model": SMALL, f"{kind}_{field}": 0.5})
        with pytest.raises(InputError, match=f"{kind}_model sets {kind}_{field}"):
            Scenario.preset("orin").replace(**{f"{kind}_{field}": 0.5})


def test_every_figure_of_the_catalogue_is_what_its_source_says():
    rates = {
        (name, version.precision): (version.accuracy, version.tokens_per_s.get("orin-agx-64"))
        for name, model in shipped().models.items()
        for version in model.versions
    }
    assert rates == {
        ("vila1.5-3b", "fp16"): (0.333, 25.4),
        ("vila1.5-3b", "int4"): (0.327, 42.5),
        ("vila1.5-8b", "fp16"): (0.369, 10.2),
        ("vila1.5-8b", "int4"): (0.360, 28.7),
        ("vila1.5-13b", "fp16"): (0.379, 6.1),
        ("vila1.5-13b", "int4"): (0.378, 20.6),
        ("llava-1.6-7b", "fp16"): (0.358, 11.8),
        ("llava-1.6-7b", "int4"): (None, 32.5),
        ("llava-1.6-13b", "fp16"): (0.362, None),
        ("llava-1.6-13b", "int4"): (None, 18.2),
        ("obsidian-3b", "fp16"): (None, None),
        ("obsidian-3b", "int4"): (None, None),
    }
    for cores, clock_hz, name in (
        (1024, 918e6, "orin-nx-16"),
        (1792, 930e6, "orin-agx-32"),
        (2048, 1.3e9, "orin-agx-64"),
    ):
        assert shipped().hardware[name].flops == pytest.approx(2 * cores * clock_hz, rel=1e-3)


def test_rates_are_of_hardware_that_the_catalogue_has():
    named = {
        computer
        for model in shipped().models.values()
        for version in model.versions
        for computer in version.tokens_per_s
    }
    assert named <= set(shipped().hardware)


def test_the_command_line_lists_models_and_says_what_was_not_measured(tmp_path):
    run = skyedge("catalogue", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    tables = run.stdout.split("Sources")[0]
    lines = {tuple(line.split()[:2]): line.split()[2:] for line in tables.splitlines()}
    assert lines["vila1.5-13b", "fp16"] == ["0.379", "26", "too", "large", "~6.1", "6.1"]
    assert lines["obsidian-3b", "int4"] == ["–", "1.5", "–", "–", "–"]


def test_show_names_the_models_on_board(tmp_path):
    generate(Scenario.preset("orin").replace(slots=2), 0).save(tmp_path / "day.npz")
    run = skyedge("show", "day.npz", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    shown = re.sub(r"\s+", " ", run.stdout)
    assert "vila1.5-13b" in shown
    assert "vila1.5-8b" in shown


def test_the_equations_of_the_page_give_what_instances_hold():
    page = (ROOT / "docs/worlds/models.md").read_text(encoding="utf-8")
    assert "42.5" in page
    assert "31.9 words/s" in page
    scenario = PAPER.replace(uav_model=SMALL)
    assert np.round(scenario.uav_flops[0] / scenario.uav_flop_per_word[0], 1) == 31.9
