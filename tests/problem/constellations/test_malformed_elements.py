"""Malformed TLE and OMM files: refused by line or record and field, with exit status 2."""

import json

import pytest

from tests.problem.constellations.satellites import ISS
from tests.problem.constellations.test_elements import as_csv, as_kvn, as_xml, omms
from tests.refusals import assert_refused, run

NAME, FIRST, SECOND = ISS.splitlines()


def checked(line):
    """The line with the checksum that it should have."""
    from sgp4.io import compute_checksum

    return line[:68] + str(compute_checksum(line))


def first(old, new):
    assert old in FIRST
    return f"{NAME}\n{checked(FIRST.replace(old, new))}\n{SECOND}"


def second(old, new):
    assert old in SECOND
    return f"{NAME}\n{FIRST}\n{checked(SECOND.replace(old, new))}"


def changed(write, **fields):
    message = omms(ISS)[0]
    return write([message | {key: value for key, value in fields.items() if value is not None}])


def without(write, field):
    return write([{key: value for key, value in omms(ISS)[0].items() if key != field}])


FILES = {
    "a line cut off": ("a.tle", f"{NAME}\n{FIRST[:60]}\n{SECOND}", "line 2: has 60 columns"),
    "a flipped digit": ("a.tle", f"{NAME}\n{FIRST.replace('067A', '068A')}\n{SECOND}", "line 2: the checksum is 7"),
    "a set without its second line": ("a.tle", f"{NAME}\n{FIRST}", "the file ends within a set"),
    "a second line alone": ("a.tle", SECOND, "line 1: a second line without its first"),
    "two names": (
        "a.tle",
        f"{NAME}\n{NAME}\n{FIRST}\n{SECOND}",
        "line 2: 'ISS (ZARYA)' where a line that starts with '1 '",
    ),
    "a first line twice": ("a.tle", f"{FIRST}\n{FIRST}\n{SECOND}", "line 2: '1 25544U"),
    "lines of two satellites": ("a.tle", second("25544", "25545"), "line 3: NORAD_CAT_ID is '25545'"),
    "a letter in the inclination": ("a.tle", second("51.6416", "51.x416"), "line 3: INCLINATION is '51.x416'"),
    "an inclination over 180": ("a.tle", second(" 51.6416", "251.6416"), "line 3: INCLINATION is '251.6416'"),
    "a blank eccentricity": ("a.tle", second("0006703", "       "), "line 3: ECCENTRICITY"),
    "a geostationary orbit": ("a.tle", second("15.72125391", " 1.00270000"), "line 3: MEAN_MOTION is '1.00270000'"),
    "a day 400": ("a.tle", first("08264.51782528", "08400.51782528"), "line 2: EPOCH is '08400.51782528'"),
    "a drag term without digits": ("a.tle", first("-11606-4", "-1x606-4"), "line 2: BSTAR is '-1x606-4'"),
    "the same satellite twice": ("a.tle", ISS + ISS, "line 5: NORAD_CAT_ID 25544 is that of line 2 already"),
    "no text": ("a.tle", b"\xff\xfe\x00", "not a text file"),
    "nothing": ("a.tle", "", "holds no elements"),
    "another suffix": ("a.dat", ISS, "elements come in files that end in .tle"),
    "a CSV row cut off": ("a.csv", as_csv(omms(ISS)).rsplit(",", 3)[0], "line 2: has not the"),
    "a CSV field that is no number": ("a.csv", changed(as_csv, MEAN_MOTION="fast"), "line 2: MEAN_MOTION is 'fast'"),
    "a CSV without a column": ("a.csv", without(as_csv, "BSTAR"), "line 2: BSTAR is missing"),
    "a JSON that ends early": ("a.json", '[{"OBJECT_NAME": ', "not valid JSON"),
    "a JSON list of numbers": ("a.json", "[1, 2]", "record 1: is no object"),
    "a JSON without a field": (
        "a.json",
        without(lambda messages: json.dumps(messages, default=str), "RA_OF_ASC_NODE"),
        "record 1: RA_OF_ASC_NODE is missing",
    ),
    "an infinite anomaly": (
        "a.json",
        changed(lambda messages: json.dumps(messages, default=str), MEAN_ANOMALY=float("inf")),
        "record 1: MEAN_ANOMALY is inf",
    ),
    "XML that is not closed": ("a.xml", "<ndm><segment>", "not valid XML"),
    "an XML eccentricity of one": ("a.xml", changed(as_xml, ECCENTRICITY=1.0), "record 1: ECCENTRICITY is '1.0'"),
    "a KVN line without a value": ("a.kvn", as_kvn(omms(ISS)).replace("BSTAR =", "BSTAR"), "is not KEYWORD = value"),
    "a KVN date that is none": ("a.kvn", changed(as_kvn, EPOCH="2008-13-45"), "line 10: EPOCH is '2008-13-45'"),
    "another frame": (
        "a.kvn",
        as_kvn(omms(ISS)).replace("TEME", "ICRF"),
        "line 7: REF_FRAME is 'ICRF': SGP4 needs TEME",
    ),
    "another theory": ("a.xml", changed(as_xml, MEAN_ELEMENT_THEORY="DSST"), "MEAN_ELEMENT_THEORY is 'DSST'"),
}


@pytest.mark.parametrize("case", FILES)
def test_elements_are_refused_for(case, tmp_path, monkeypatch, capsys):
    name, content, message = FILES[case]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    world = tmp_path / "world.toml"
    world.write_text(f'base = "paper"\nsatellites = 1\n[constellation]\nfile = "{name}"')
    assert_refused(run(monkeypatch, capsys, "generate", world, "-o", tmp_path / "day.npz"), message)
    assert not (tmp_path / "day.npz").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path, monkeypatch, capsys):
    world = tmp_path / "world.toml"
    world.write_text('base = "paper"\n[constellation]\nfile = "gone.tle"')
    assert_refused(run(monkeypatch, capsys, "generate", world), "gone.tle: no such file")
