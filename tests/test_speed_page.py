"""What writes the page of `make speed`: fits, numbers, tables, figures."""

import numpy as np
import pytest
from jinja2 import UndefinedError

from tests.speed import figures
from tests.speed.growth import Growth, number
from tests.speed.page import Record, markdown, render

SIZES = (10, 20, 40, 80)


def growing(exponent, noise=0.0, filled=None, name="greedy", sizes=SIZES):
    rng, growth = np.random.default_rng(0), Growth(name, sizes)
    for size in sizes:
        for _ in range(3):
            growth.add(size, 2.0 * size**exponent * np.exp(noise * rng.normal()))
        if size == filled:
            growth.filled = size
            break
    return growth


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.3])
def test_the_exponent_of_a_power_law_is_found(exponent):
    assert growing(exponent).law() == pytest.approx((exponent, exponent, exponent), abs=1e-6)


def test_noise_widens_the_interval_around_the_exponent():
    little, much = growing(1.5, 0.05).law(), growing(1.5, 0.3).law()
    assert little.low < 1.5 < little.high
    assert much.low < 1.5 < much.high
    assert much.high - much.low > 3 * (little.high - little.low)


def test_the_last_sizes_alone_show_what_a_constant_share_hides():
    growth = Growth("greedy", (10, 100, 1000, 10_000))
    for size in growth.sizes:
        for _ in range(2):
            growth.add(size, 300 + size)
    assert growth.law(last=3).exponent > growth.law().exponent + 0.05


def test_a_size_that_fills_the_budget_counts_in_no_exponent():
    assert growing(1.0, filled=40).law() is None
    law = growing(1.0, filled=80).law()
    assert law.exponent == pytest.approx(1.0)
    assert growing(1.0, filled=40).row() == ("greedy", "20.0", "40.0", "fills its budget", "–", "–", "–")


def test_a_row_has_a_median_for_each_size_and_two_exponents():
    assert growing(2.0).row() == ("greedy", "200", "800", "3,200", "12,800", *["2.00 (2.00 to 2.00)"] * 2)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0012345, "0.00123"), (0.5, "0.500"), (7, "7.00"), (99.9, "99.9"), (12345.6, "12,346")]
)
def test_numbers_have_three_digits_that_count(value, text):
    assert number(value) == text


def test_tables_are_markdown_with_numbers_to_the_right():
    assert (
        markdown(("", "time"), [("one", "1"), ("two", "2")]) == "|  | time |\n| --- | ---: |\n| one | 1 |\n| two | 2 |"
    )


def recorded():
    record = Record()
    for section, columns in {
        "evaluator": 3,
        "memory": 2,
        "environment": 3,
        "exact": 4,
        "training": 2,
        "start": 2,
    }.items():
        record.row(section, f"of {section}", *["1"] * (columns - 1))
    for section in ("devices", "slots"):
        for name in ("greedy", "horizon"):
            record.growth(section, growing(1.2, 0.1, filled=40 if name == "horizon" else None, name=name))
    for size, power in {"batch": 1, "width": 2}.items():
        for track in ("plain", "structured"):
            sizes = (32, 64, 128, 256, 512, 1024)
            record.growth("updates", growing(power, 0.1, name=f"{size}, {track}", sizes=sizes))
    return record


FACTS = {
    "machine": {"cpu": "a processor", "cores": 2, "memory_gb": 8.0, "python": "3.11"},
    "date": "2026-01-01",
    "reference_ms": "0.07",
    "limit_s": "20",
}


def test_the_page_has_a_table_for_all_that_was_measured():
    page = render(recorded(), **FACTS)
    assert all(f"| of {section} |" in page for section in recorded().rows)
    assert page.count("| greedy |") == 2
    assert "fills its budget" in page
    assert "a processor, 2 cores" in page
    assert all(line.count("|") == len(line.split(" | ")) + 1 for line in page.splitlines() if line.startswith("|"))


def test_there_is_no_page_of_half_a_run():
    record = recorded()
    del record.rows["exact"]
    with pytest.raises(UndefinedError, match="exact"):
        render(record, **FACTS)


def test_figures_have_a_panel_for_every_solver_and_both_sizes_of_an_update():
    titles = [panel.get_title(loc="left") for panel in figures.solvers(recorded()).axes]
    assert titles[:2] == ["greedy", "horizon"]
    assert [panel.get_xlabel() for panel in figures.updates(recorded()).axes] == ["batch", "width of hidden layers"]
