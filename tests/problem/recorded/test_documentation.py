"""What docs/worlds/data.md says of columns and fields."""

import re

import pytest

from skyedge.problem import Scenario
from skyedge.problem.recorded.rows import DeviceRow, FadingRow, GainRow, RequestRow
from skyedge.problem.scenario.uav_fleet import Uav
from tests import ROOT

PAGE = (ROOT / "docs" / "worlds" / "data.md").read_text(encoding="utf-8")
SECTIONS = {
    "### Devices": [DeviceRow],
    "### Requests": [RequestRow],
    "### Gains": [FadingRow, GainRow],
    "## UAVs": [Uav],
}


@pytest.mark.parametrize("heading", SECTIONS)
def test_the_page_lists_every_column_and_no_other(heading):
    section = PAGE.split(f"\n{heading}\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert listed == {name for kind in SECTIONS[heading] for name in kind.model_fields}


def test_the_fleet_of_the_page_is_one(tmp_path):
    text = re.search(r"```toml\n(\[\[uav\]\].*?)```", PAGE, re.DOTALL)[1]
    (tmp_path / "fleet.toml").write_text(text)
    site = {"site_latitude_deg": 53.54, "site_longitude_deg": 9.97, "area_m": 600}
    scenario = Scenario.preset("paper").replace(uav_fleet=str(tmp_path / "fleet.toml"), **site)
    assert scenario.uav_names == ("tether", "gull")
    assert [one and one.model for one in scenario.uav_model] == [None, "vila1.5-3b"]
