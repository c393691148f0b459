import pytest

from skyedge.problem import Scenario, generate
from skyedge.results import console
from skyedge.results.describe.world_summary import describe
from skyedge.results.figures.sky_map import sky_map
from skyedge.results.figures.style import write_image
from skyedge.results.figures.world_map import world_map


def text_of(world, capsys) -> str:
    console.results().print(*describe(world), sep="\n")
    return capsys.readouterr().out


def test_servers_that_are_alike_share_a_line_and_others_do_not(capsys):
    text = text_of(generate(Scenario.preset("congested"), 0), capsys)
    assert "satellite 0–3" in text
    assert all(f"UAV {m} " in text for m in range(3))


def test_uavs_of_a_fleet_go_by_their_names(capsys, tmp_path):
    (tmp_path / "fleet.toml").write_text('[[uav]]\nname = "kite"\n[[uav]]\nname = "lark"\n')
    world = generate(Scenario.preset("paper").replace(uav_fleet=str(tmp_path / "fleet.toml")), 0)
    text = text_of(world, capsys)
    assert "UAV 0: kite" in text
    assert "UAV 1: lark" in text
    assert {"kite", "lark"} <= {label.get_text() for label in world_map(world).axes[0].texts}


def test_the_description_counts_what_is_there(capsys):
    world = generate(Scenario.preset("paper"), 0)
    text = text_of(world, capsys)
    assert "15, 3, 4" in text
    assert f"{world.active.sum(axis=1).mean():.1f}" in text
    assert f"{(world.sat_window_s[..., 3] > 0).mean():.0%}" in text


@pytest.mark.parametrize("changes", [{"uavs": 0}, {"satellites": 0}, {"slots": 1}, {"arrival_rate": [0.0, 0.0]}])
def test_worlds_that_lack_something_are_described_too(changes, capsys):
    assert "Servers" in text_of(generate(Scenario.preset("tiny").replace(**changes), 0), capsys)


def test_satellites_of_a_constellation_are_named_and_their_passes_drawn(capsys, tmp_path):
    world = generate(Scenario.preset("iridium").replace(slots=5), 0)
    text = text_of(world, capsys)
    assert "at latitude 1.3°, longitude 103.8°, under iridium-next" in text
    assert all(f"{n}: {name}" in text for n, name in enumerate(world.ephemeris.names))
    figure = sky_map(world)
    drawn = {label.get_text() for label in figure.axes[0].texts} - {""}
    assert drawn == set(world.ephemeris.names[(world.sat_window_s > 0).any(axis=(0, 1))])
    write_image(figure, tmp_path / "sky.svg")
    assert (tmp_path / "sky.svg").stat().st_size > 10_000


def test_a_sky_without_a_pass_is_drawn_empty():
    world = generate(Scenario.preset("iridium").replace(slots=2, sat_min_elevation_deg=89.9), 0)
    assert not (world.sat_window_s > 0).any()
    assert "0 of 8 satellites" in sky_map(world).axes[0].get_title(loc="left")


def test_a_cloud_is_told_from_satellites(capsys):
    text = text_of(generate(Scenario.preset("cloud").replace(slots=5), 0), capsys)
    assert "15, 3, 4 and a cloud" in text
    assert "satellite 0–3" in text
    assert "on the ground, behind a gateway" in text
    rows = [line.split() for line in text.split("\n") if line.strip().startswith("cloud")]
    assert rows[-1] == ["cloud", "0%", "100%", "–", "–"]  # never in view, reached all the same


def test_ways_within_slots_are_described(capsys):
    text = text_of(generate(Scenario.preset("paper").replace(slots=5, device_motion=True), 0), capsys)
    assert "way within a slot, m" in text
