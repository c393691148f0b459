"""The image of windows over time."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.patches import Rectangle

from skyedge.problem import Scenario, generate
from skyedge.results.figures.satellite_windows import MANY, REACHED, windows
from skyedge.results.figures.style import write_image


def drawn(instance):
    """The panel's bars by row: of windows, and of satellites that are reached through others [s]."""
    panel = windows(instance).axes[0]
    bars = [one for one in panel.patches if isinstance(one, Rectangle)]
    spans = {True: {}, False: {}}
    for bar in bars:
        row, start_s = round(bar.get_y() + bar.get_height() / 2), bar.get_x()
        reached = same_color(bar.get_facecolor(), REACHED)
        spans[reached].setdefault(row, []).append((start_s, start_s + bar.get_width()))
    return panel, spans[False], spans[True]


def total(spans):
    return sum(end - start for start, end in spans)


@pytest.mark.parametrize("name", ["paper", "iridium"])
def test_bars_last_as_long_as_the_device_in_the_middle_sees_or_reaches_a_satellite(name):
    instance = generate(Scenario.preset(name), 0)
    away = np.linalg.norm(instance.device_xy - instance.area_m / 2, axis=-1).mean(axis=0)
    device = int(np.argmin(away))
    panel, seen, reached = drawn(instance)
    names = [label.get_text() for label in panel.get_yticklabels()]
    known = list(instance.ephemeris.names) if instance.ephemeris else list("0123")
    assert sorted(names) == sorted(known)
    assert f"device {device}" in panel.get_title(loc="left")
    for row, label in enumerate(names):
        satellite = known.index(label)
        in_view = instance.sat_window_s[:, device, satellite] > 0
        through = (instance.sat_access[:, device, satellite] >= 0) & ~in_view
        assert total(seen.get(row, [])) == pytest.approx(in_view.sum() * instance.slot_s)
        assert total(reached.get(row, [])) == pytest.approx(through.sum() * instance.slot_s)


def test_satellites_come_in_the_order_in_which_they_rise():
    instance = generate(Scenario.preset("iridium"), 0)
    _, seen, _ = drawn(instance)
    starts = [min(seen[row])[0] for row in sorted(seen)]
    assert starts == sorted(starts)
    assert sorted(seen) == list(range(len(seen)))


def test_hops_are_written_where_there_is_room():
    instance = generate(Scenario.preset("paper"), 0)
    panel, _, _ = drawn(instance)
    hops = {text.get_text() for text in panel.texts}
    assert hops <= {str(count) for count in np.unique(instance.isl_hops)}
    assert hops


def test_bars_of_too_many_satellites_are_left_out_and_counted():
    instance = generate(Scenario.preset("starlink").replace(slots=3, satellites=MANY + 7), 0)
    panel, _, _ = drawn(instance)
    assert len(panel.get_yticks()) == MANY
    assert "7 further ones not shown" in panel.get_title(loc="left")


@pytest.mark.parametrize("changes", [{"slots": 1}, {"sat_min_elevation_deg": 89.99}, {"satellites": 1}])
def test_worlds_with_little_to_see_are_drawn_too(changes, tmp_path):
    instance = generate(Scenario.preset("paper").replace(**changes), 0)
    path = Path(tmp_path / "windows.svg")
    write_image(windows(instance), path)
    assert path.stat().st_size > 5_000


@pytest.mark.parametrize("name", ["paper", "iridium"])
def test_a_cloud_is_called_so_and_counts_as_no_satellite(name):
    scenario = Scenario.preset(name)
    instance = generate(scenario.replace(cloud=Scenario.preset("cloud").cloud), 0)
    panel, _, _ = drawn(instance)
    assert "cloud" in [label.get_text() for label in panel.get_yticklabels()]
    assert f" of {scenario.satellites} satellites " in panel.get_title(loc="left")
