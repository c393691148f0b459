"""Elements of real satellites: read from files of every form, propagated, sorted into planes."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sgp4.api import Satrec
from sgp4.exporter import export_omm

from skyedge.problem import InputError, Scenario, generate
from skyedge.problem.constellations import fields_of
from skyedge.problem.constellations.lookup import FIELDS, read_elements
from tests.problem.constellations.satellites import EPOCH, ISS, tle, walker_tles

TWO = ISS + tle(270001, 53.0, 10.0, 0.001, 20.0, 30.0, 15.1, 2e-4, name="ALPHA FIVE")


def omms(text):
    """The same satellites as OMMs, by sgp4's own reader and writer."""
    lines = text.splitlines()
    sets = zip(lines[::3], lines[1::3], lines[2::3], strict=True)
    return [export_omm(Satrec.twoline2rv(first, second), name) for name, first, second in sets]


def as_csv(messages):
    rows = [messages[0].keys(), *(message.values() for message in messages)]
    return "\n".join(",".join(map(str, row)) for row in rows)


def as_xml(messages):
    def group(name, message):
        return f"<{name}>" + "".join(f"<{key}>{value}</{key}>" for key, value in message.items()) + f"</{name}>"

    return "<ndm>" + "".join(group("segment", message) for message in messages) + "</ndm>"


def as_kvn(messages):
    head = "CCSDS_OMM_VERS = 2.0\nCOMMENT of a test\nREF_FRAME = TEME\n"
    return "\n".join(head + "\n".join(f"{key} = {value}" for key, value in one.items()) for one in messages)


WRITERS = {".csv": as_csv, ".json": lambda messages: json.dumps(messages, default=str), ".xml": as_xml, ".kvn": as_kvn}


def written(path, text):
    path.write_text(text)
    return path


def test_a_tle_says_what_sgp4s_own_reader_finds(tmp_path):
    found = read_elements(written(tmp_path / "two.tle", TWO))
    for one, message in zip(found, omms(TWO), strict=True):
        theirs = {name: message[keyword] for name, keyword in FIELDS.items() if name not in ("name", "number", "epoch")}
        assert {name: getattr(one, name) for name in theirs} == pytest.approx(theirs, rel=1e-12)
        epoch = datetime.fromisoformat(message["EPOCH"]).replace(tzinfo=UTC)
        assert abs(one.epoch - epoch) < timedelta(milliseconds=1)
    assert [one.number for one in found] == [25544, 270001]
    assert [one.name for one in found] == ["ISS (ZARYA)", "ALPHA FIVE"]


@pytest.mark.parametrize("suffix", WRITERS)
def test_all_forms_of_an_omm_say_what_the_tle_says(suffix, tmp_path):
    expected = read_elements(written(tmp_path / "two.tle", TWO))
    found = read_elements(written(tmp_path / f"two{suffix}", WRITERS[suffix](omms(TWO))))
    for ours, theirs in zip(found, expected, strict=True):
        difference = ours.model_dump(exclude={"epoch"}), theirs.model_dump(exclude={"epoch"})
        assert difference[0] == pytest.approx(difference[1])
        assert abs((ours.epoch - theirs.epoch).total_seconds()) < 1e-3


def test_sets_without_names_are_called_by_their_number_and_a_zero_before_a_name_is_none_of_it(tmp_path):
    nameless = "\n".join(ISS.splitlines()[1:])
    assert read_elements(written(tmp_path / "a.2le", nameless))[0].name == "25544"
    assert read_elements(written(tmp_path / "b.3le", "0 " + ISS))[0].name == "ISS (ZARYA)"


def catalogue(folder, text, **fields):
    return fields_of({"file": str(written(folder / "some.tle", text)), **fields})["constellation"]


def test_positions_are_those_of_sgp4_turned_with_the_earth(tmp_path):
    fleet = catalogue(tmp_path, ISS).fleet()
    record = Satrec.twoline2rv(*ISS.splitlines()[1:])
    minutes = np.array([0.0, 45.0, 300.0])
    ours = fleet.positions(60 * minutes, np.zeros(1, int))[:, 0]
    for position, minute in zip(ours, minutes, strict=True):
        _, theirs, _ = record.sgp4_tsince(minute)
        assert np.linalg.norm(position) == pytest.approx(1e3 * np.linalg.norm(theirs), abs=1)
        assert position[2] == pytest.approx(1e3 * theirs[2], abs=10)  # the epoch is kept to a microsecond


def test_satellites_fly_as_high_as_their_positions_say(tmp_path):
    constellation = catalogue(tmp_path, ISS)
    path = constellation.fleet().positions(np.linspace(0, 92 * 60, 200), np.array([0]))  # one revolution
    above = np.linalg.norm(path, axis=-1).mean() - 6371e3
    assert constellation.altitude_m == pytest.approx(above, abs=10e3)
    assert 350e3 < constellation.altitude_m < 450e3


def test_the_epoch_is_the_newest_of_the_elements_unless_given(tmp_path):
    assert catalogue(tmp_path, TWO.replace(ISS, "")).epoch == EPOCH
    with pytest.raises(InputError, match=r"SGP4 is of no use beyond 30 days"):
        catalogue(tmp_path, TWO)
    with pytest.raises(InputError, match="constellation: epoch: Input should have timezone info"):
        catalogue(tmp_path, ISS, epoch=EPOCH.replace(tzinfo=None))


def test_a_shell_of_elements_has_the_links_of_the_walker_shell(tmp_path):
    shape = {"planes": 12, "per_plane": 8, "phasing": 5}
    shell = fields_of({"altitude_m": 550e3, "inclination_deg": 53, **shape})["constellation"].fleet()
    fleet = catalogue(tmp_path, walker_tles(12, 8, 5, 360.0)).fleet()
    assert fleet.names == shell.names
    assert fleet.links.tolist() == shell.links.tolist()


def test_a_star_of_elements_has_no_links_across_its_seam(tmp_path):
    fleet = catalogue(tmp_path, walker_tles(6, 5, 0, 180.0, inclination=86.4)).fleet()
    plane = np.array([int(name.split("-")[0]) for name in fleet.names])[fleet.links]
    assert set(np.abs(plane[:, 0] - plane[:, 1])) == {0, 1}


def test_satellites_of_different_shells_have_no_links(tmp_path):
    mixed = tle(1, 53.0, 10.0) + tle(2, 53.0, 10.0, anomaly=20.0) + tle(3, 97.6, 10.0) + tle(4, 53.0, 10.0, motion=13.1)
    assert catalogue(tmp_path, mixed).fleet().links.tolist() == [[0, 1]]


def test_satellites_that_fall_are_named(tmp_path):
    falling = catalogue(tmp_path, tle(1, 53.0, 10.0, motion=16.9, bstar=0.9, name="FALLING"), start_within_s=0)
    with pytest.raises(InputError, match="SGP4 fails for FALLING"):
        falling.fleet().positions(np.array([0.0, 10 * 86400.0]), np.zeros(1, int))


def test_a_scenario_holds_its_elements_so_that_it_needs_no_file_any_more(tmp_path):
    (tmp_path / "sky").mkdir()
    (tmp_path / "sky" / "some.tle").write_text(walker_tles(4, 5, 1, 360.0))
    (tmp_path / "world.toml").write_text(
        'base = "paper"\nsatellites = 20\nsite_latitude_deg = 40\n[constellation]\nfile = "sky/some.tle"\n'
        "epoch = 2026-03-01T14:00:00+02:00\nstart_within_s = 3600.0"
    )
    scenario = Scenario.load(tmp_path / "world.toml")
    again = Scenario.from_json(scenario.model_dump_json())
    (tmp_path / "sky" / "some.tle").unlink()
    assert again == scenario
    assert again.constellation.epoch == EPOCH
    assert generate(again, 1).id == generate(scenario, 1).id != generate(scenario, 2).id
