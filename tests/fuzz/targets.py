"""What is fuzzed: for each kind of file its valid examples, how it is made wrong, and how a user's command reads it."""

import atexit
import hashlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from skyedge.problem import Decision, InputError, Instance, Scenario, evaluate, generate
from tests import ROOT
from tests.fuzz import mutations
from tests.fuzz.mutations import Mutation

HARBOUR = ROOT / "docs" / "examples" / "harbour"
SMALL = 20_000  # entries of a world that is generated on the spot
SCRATCH = Path(tempfile.mkdtemp(prefix="skyedge-fuzz-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


@dataclass(frozen=True)
class Target:
    """One kind of file.

    Attributes
    ----------
    seeds : callable
        Returns the contents of valid files.
    read : callable
        Reads a content as a user's command does: returns, or raises InputError.
    mutate : callable
    """

    seeds: Callable[[], list[bytes]]
    read: Callable[[bytes], Any]
    mutate: Mutation


class BrokenError(AssertionError):
    """A file that was neither read nor refused by one clear line."""


def check(target: Target, content: bytes) -> bool:
    """Return whether a content was read; refusing it by one line of text, and without a warning, is as good."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            target.read(content)
    except InputError as error:
        if not str(error).isprintable() or len(str(error)) > 5000:
            raise BrokenError(f"not one clear line: {str(error)[:500]!r}") from error
        return False
    return True


def scratch(name: str, content: bytes) -> Path:
    """Return a file of that name and content."""
    path = SCRATCH / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def contents(folder: Path, pattern: str) -> Callable[[], list[bytes]]:
    """Return what reads all files of a pattern."""
    return lambda: [path.read_bytes() for path in sorted(folder.glob(pattern))]


def harbour() -> Path:
    """Return a folder with the worked example, whose files may be replaced."""
    folder = SCRATCH / "harbour"
    if not folder.exists():
        shutil.copytree(HARBOUR, folder)
    return folder


@cache
def tiny() -> Instance:
    """Return a small instance."""
    return generate(Scenario.preset("tiny"), 0)


def idle(instance: Instance) -> Decision:
    """Return the decision that serves nothing."""
    shape = instance.active.shape
    path = np.clip(instance.uav_start_xy, 0, instance.area_m)
    return Decision(np.full(shape, -1), np.zeros(shape), np.repeat(path[None], len(instance.active), axis=0))


def saved(write: Callable[[Path], object], name: str) -> bytes:
    """Return what a function writes to a path."""
    path = scratch(name, b"")
    write(path)
    return path.read_bytes()


def small(scenario: Scenario) -> Scenario:
    """Return a scenario whose instances are small."""
    return scenario.replace(slots=min(scenario.slots, 2))


def draw(scenario: Scenario) -> None:
    """Generate an instance, of a small world."""
    servers = scenario.uavs + scenario.satellites
    entries = scenario.slots * max(scenario.devices, scenario.satellites) * servers
    if max(entries, scenario.devices * 60, scenario.constellation.size if scenario.constellation else 0) <= SMALL:
        generate(scenario, 0)


# instances and decisions


def instance_seeds() -> list[bytes]:
    worlds = [tiny(), generate(small(Scenario.load(HARBOUR / "harbour.toml")), 0)]
    return [saved(one.save, "day.npz") for one in worlds]


def read_instance(content: bytes) -> None:
    instance = Instance.load(scratch("day.npz", content))
    evaluate(instance, idle(instance))


def decision_seeds() -> list[bytes]:
    return [saved(idle(tiny()).save, "plan.npz")]


def read_decision(content: bytes) -> None:
    evaluate(tiny(), Decision.load(scratch("plan.npz", content)))


# scenarios, and what they name


def scenario_seeds() -> list[bytes]:
    hotspot = b'base = "hotspot"\nslots = 2\ndevices = 3\nuav_capacity = [1, 2]\n[hotspot]\nperiod_slots = 3\n'
    shell = b'base = "paper"\nslots = 2\ndevices = 2\nsatellites = 9\nsat_min_elevation_deg = 5.0\n[constellation]\n'
    shell += b"altitude_m = 1.2e6\ninclination_deg = 60\nplanes = 4\nper_plane = 5\nphasing = 1\n"
    presets = [
        path.read_bytes().replace(b"slots = 50", b"slots = 2")
        for path in sorted((ROOT / "problem/scenario/presets").glob("*.toml"))
    ]
    return [hotspot, shell, (HARBOUR / "harbour.toml").read_bytes(), *presets]


def scenario_with(field: str, value: str) -> bytes:
    """Return a scenario that is `paper` but for one field."""
    return f'base = "paper"\n{field} = {value}\n'.encode()


def read_scenario(content: bytes) -> None:
    harbour()
    draw(Scenario.load(scratch("harbour/world.toml", content)))


def read_trace(name: str) -> Callable[[bytes], None]:
    def read(content: bytes) -> None:
        harbour()
        scratch(f"harbour/traced-{name}", content)
        text = (HARBOUR / "harbour.toml").read_text().replace(f'"{name}"', f'"traced-{name}"')
        draw(small(Scenario.load(scratch("harbour/traced.toml", text.encode()))))

    return read


# orbital elements

OMM = {
    "CCSDS_OMM_VERS": "2.0",
    "OBJECT_NAME": "EXAMPLE 1",
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP4",
    "EPOCH": "2026-03-01T12:00:00.000000",
    "MEAN_MOTION": "14.342",
    "ECCENTRICITY": "0.0002",
    "INCLINATION": "86.4",
    "RA_OF_ASC_NODE": "0.0",
    "ARG_OF_PERICENTER": "90.0",
    "MEAN_ANOMALY": "270.0",
    "NORAD_CAT_ID": "90001",
    "BSTAR": "0.0001",
}
SATELLITES = [OMM, OMM | {"NORAD_CAT_ID": "90002", "MEAN_ANOMALY": "20.5", "OBJECT_NAME": "EXAMPLE 2"}]


def omm_seed(suffix: str) -> bytes:
    if suffix == "csv":
        rows = [",".join(OMM), *(",".join(one.values()) for one in SATELLITES)]
        return "\n".join(rows).encode()
    if suffix == "json":
        return json.dumps(SATELLITES, indent=1).encode()
    if suffix == "kvn":
        return "\n".join(f"{keyword} = {value}" for one in SATELLITES for keyword, value in one.items()).encode()
    segments = ["".join(f"<{keyword}>{value}</{keyword}>\n" for keyword, value in one.items()) for one in SATELLITES]
    body = "".join(f"<omm><body><segment><data>\n{segment}</data></segment></body></omm>" for segment in segments)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>{body}</ndm>'.encode()


def read_elements(suffix: str) -> Callable[[bytes], None]:
    world = Scenario.preset("tiny").replace(slots=1, devices=1)

    def read(content: bytes) -> None:
        path = scratch(f"elements.{suffix}", content)
        scenario = world.replace(constellation={"file": str(path)}, satellites=1)
        if scenario.constellation and scenario.constellation.size < 100:
            generate(scenario.replace(satellites=scenario.constellation.size), 0)

    return read


def elements(suffix: str, seeds: Callable[[], list[bytes]], mutate: Mutation = mutations.text_changed) -> Target:
    return Target(seeds, read_elements(suffix), mutate)


# campaigns and what is published


def read_campaign(content: bytes) -> None:
    from skyedge.results.campaign.spec import Campaign

    Campaign.load(scratch("campaign.toml", content)).replace(modules=()).cells()


def read_trainings(content: bytes) -> None:
    from skyedge.results.training.run_list import Trainings

    list(Trainings.load(scratch("trainings.toml", content)).runs())


def read_publication(content: bytes) -> None:
    from skyedge.results.publication.publish import Publication

    Publication.load(scratch("publication.toml", content))


def read_set(content: bytes) -> None:
    from skyedge.results.instance_sets.sets import InstanceSet

    InstanceSet.load(scratch("paper-v1.json", content)).seeds  # noqa: B018


def read_set_decisions(content: bytes) -> None:
    from skyedge.results.instance_sets.sets import InstanceSet, _content_hash

    scratch("sets/paper-v1.npz", content)
    record = json.loads((ROOT / "results/sets/paper-v1.json").read_bytes())
    try:  # so that the hash does not stand before all else
        arrays = mutations.arrays_of(content)
        record["decisions"] = _content_hash(arrays)
    except Exception:
        pass
    InstanceSet.load(scratch("sets/paper-v1.json", json.dumps(record).encode())).best()


def record_seeds() -> list[bytes]:
    from skyedge.results.campaign.record import RECORD, write_record
    from skyedge.results.campaign.spec import Campaign

    campaign = Campaign.load(scratch("mine.toml", CAMPAIGN))
    folder = SCRATCH / "recorded"
    write_record(campaign, campaign.cells(), folder)
    return [(folder / RECORD).read_bytes()]


CAMPAIGN = b"""name = "mine"
solvers = ["greedy", "greedy-mobile[sight=3]"]
instances = 2
seconds = 30
cell_seconds = 60
memory_gb = 4
figures = ["cost"]
[[scenarios]]
base = "tiny"
[[scenarios]]
base = "tiny"
label = "slow"
uav_speed_mps = 5.0
knowledge = {forecast = "flat"}
"""


def read_record(content: bytes) -> None:
    from skyedge.results.campaign.record import read_rows

    read_rows(scratch("runs/campaign.json", content).parent)


# policies

WEIGHTS, RECORD = "policy.safetensors", "policy.json"


@cache
def shipped(algorithm: str, scenario: str = "paper", track: str = "structured") -> tuple[bytes, bytes]:
    folder = ROOT / "results/published/policies" / algorithm / scenario / track / "seed-0"
    return (folder / WEIGHTS).read_bytes(), (folder / RECORD).read_bytes()


@cache
def day(name: str) -> Instance:
    return generate(Scenario.preset(name).replace(slots=1), 0)


def play(weights: bytes, record: bytes) -> None:
    from skyedge.solvers import solve

    scratch(f"policy/{WEIGHTS}", weights)
    folder = scratch(f"policy/{RECORD}", record).parent
    from skyedge.rl.policies.record import PolicyRecord

    read = PolicyRecord.read(folder)
    if read.algorithm not in ("ppo", "d3qn", "ad-sac", "adp"):
        raise InputError("another algorithm")
    instance = day("hotspot" if read.algorithm == "adp" else "paper")
    solution = solve(read.algorithm, instance, config={"policy": str(folder), "track": read.track})
    assert solution.status == "feasible" or solution.log  # numbers that overflow in the networks fail, and say so


def read_policy_record(content: bytes) -> None:
    algorithm = next((name for name in ("adp", "ad-sac", "d3qn") if f'"{name}"'.encode() in content), "ppo")
    weights, _ = shipped(algorithm, *(("hotspot", "model-based") if algorithm == "adp" else ()))
    play(weights, content)


def read_policy_weights(content: bytes) -> None:
    record = json.loads(shipped("ppo")[1])
    play(content, json.dumps(record | {"sha256": hashlib.sha256(content).hexdigest()}).encode())


def read_checkpoint(content: bytes) -> None:
    from skyedge.rl.training.tree_file import read_tree

    read_tree(scratch("checkpoint.safetensors", content), "skyedge-checkpoint-1")


def checkpoint_seeds() -> list[bytes]:
    from skyedge.rl.training.tree_file import write_tree

    tree = {"a": [1, 2.5, "x", None], 3: {"b": np.arange(4.0)}}
    return [saved(lambda path: write_tree(path, "skyedge-checkpoint-1", tree), "seed.safetensors")]


# tables


def read_curve(content: bytes) -> None:
    from skyedge.results.figures.learning_curves import read_curve

    read_curve(scratch("curve.parquet", content))


KEY = "k" * 40


def cell_seeds() -> list[bytes]:
    from skyedge.results.storage.store import SCORES, TRAINING, Store, pack

    numbers = dict.fromkeys((*TRAINING, *SCORES, "wall_s", "seconds"), 1.0)
    whole = dict.fromkeys(("instance_seed", "repeat", "solver_seed", "slots"), 1)
    words = ("scenario", "scenario_hash", "instance_id", "solver", "information", "track", "status", "error")
    row = numbers | whole | dict.fromkeys(words, "x") | dict.fromkeys(("config", "versions", "machine"), "{}")
    Store(SCRATCH).write(row | {"key": KEY, "decision": pack(idle(tiny()))})
    return [(SCRATCH / f"{KEY}.parquet").read_bytes()]


def read_cell(content: bytes) -> Any:
    from skyedge.results.storage.store import Store

    scratch(f"{KEY}.parquet", content)
    return Store(SCRATCH).read(KEY)


def read_packed(content: bytes) -> None:
    from skyedge.results.storage.store import unpack

    unpack(content)


def packed_seeds() -> list[bytes]:
    from skyedge.results.storage.store import pack

    return [pack(idle(tiny()))]


OWN = {
    "instance": Target(instance_seeds, read_instance, mutations.archive_changed),
    "decision": Target(decision_seeds, read_decision, mutations.archive_changed),
    "scenario": Target(scenario_seeds, read_scenario, mutations.text_changed),
    "trace-devices": Target(contents(HARBOUR, "devices.csv"), read_trace("devices.csv"), mutations.text_changed),
    "trace-requests": Target(contents(HARBOUR, "requests.csv"), read_trace("requests.csv"), mutations.text_changed),
    "tle": elements("tle", contents(HARBOUR, "*.tle"), mutations.lines_resummed),
    **{
        f"omm-{suffix}": elements(suffix, lambda suffix=suffix: [omm_seed(suffix)])
        for suffix in ("csv", "json", "xml", "kvn")
    },
    "campaign": Target(
        lambda: [CAMPAIGN, *contents(ROOT / "results/campaign/shipped", "*.toml")()],
        read_campaign,
        mutations.text_changed,
    ),
    "trainings": Target(contents(ROOT / "results/training/shipped", "*.toml"), read_trainings, mutations.text_changed),
    "publication": Target(
        contents(ROOT / "results/publication/shipped", "*.toml"), read_publication, mutations.text_changed
    ),
    "set": Target(contents(ROOT / "results/sets", "paper-v1.json"), read_set, mutations.text_changed),
    "set-decisions": Target(
        contents(ROOT / "results/sets", "paper-v1.npz"), read_set_decisions, mutations.archive_changed
    ),
    "campaign-record": Target(record_seeds, read_record, mutations.text_changed),
    "policy-record": Target(
        lambda: [
            shipped("ppo")[1],
            shipped("ad-sac")[1],
            shipped("d3qn")[1],
            shipped("adp", "hotspot", "model-based")[1],
        ],
        read_policy_record,
        mutations.text_changed,
    ),
    "policy-weights": Target(lambda: [shipped("ppo")[0]], read_policy_weights, mutations.weights_changed),
    "checkpoint": Target(checkpoint_seeds, read_checkpoint, mutations.weights_changed),
    "curve": Target(
        contents(ROOT / "results/published/policies/ppo/paper", "*/seed-0/curve.parquet"),
        read_curve,
        mutations.table_changed,
    ),
    "cell": Target(cell_seeds, read_cell, mutations.table_changed),
    "packed-decision": Target(packed_seeds, read_packed, mutations.archive_changed),
}
