import pytest

from problem import Scenario, generate
from results import console
from results.world import describe


def text_of(world, capsys) -> str:
    console.results().print(*describe(world), sep="\n")
    return capsys.readouterr().out


def test_servers_that_are_alike_share_a_line_and_others_do_not(capsys):
    text = text_of(generate(Scenario.preset("congested"), 0), capsys)
    assert "satellite 0–3" in text
    assert all(f"UAV {m} " in text for m in range(3))


def test_the_description_counts_what_is_there(capsys):
    world = generate(Scenario.preset("paper"), 0)
    text = text_of(world, capsys)
    assert "15, 3, 4" in text
    assert f"{world.active.sum(axis=1).mean():.1f}" in text
    assert f"{(world.sat_window_s[..., 3] > 0).mean():.0%}" in text


@pytest.mark.parametrize("changes", [{"uavs": 0}, {"satellites": 0}, {"slots": 1}, {"arrival_rate": [0.0, 0.0]}])
def test_worlds_that_lack_something_are_described_too(changes, capsys):
    assert "Servers" in text_of(generate(Scenario.preset("tiny").replace(**changes), 0), capsys)
