"""Small files that would take much memory or time: ``python -m tests.fuzz.bombs`` says what becomes of each."""

import importlib
import io
import json
import resource
import struct
import time
import zipfile
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skyedge.problem.instance import FORMAT
from tests.fuzz.kinds import TARGETS
from tests.fuzz.targets import CAMPAIGN, check, omm_seed, scenario_with, shipped

ROOM = 2**30  # of memory beyond what the interpreter has when all is imported
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HEADER = '<?xml version="1.0"?><!DOCTYPE ndm [<!ENTITY l0 "ha">'


def archive(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def instance(**changes: np.ndarray) -> bytes:
    """An instance's file with other arrays."""
    with np.load(io.BytesIO(TARGETS["instance"].seeds()[0])) as found:
        return archive(**dict(found) | changes)


def zip_bomb() -> bytes:
    """A file whose directory promises 60 GiB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(15):
            archive.writestr(f"a{number}.npy", b"")
    data = stream.getvalue()
    start = data.index(b"PK\1\2")
    entry = b"PK\1\2"
    return data[:start] + entry.join(
        part[:20] + struct.pack("<I", 2**32 - 2) + part[24:] if len(part) > 24 else part
        for part in data[start:].split(entry)
    )


def parquet(rows: int) -> bytes:
    stream = io.BytesIO()
    zeros = np.zeros(rows, np.int64)
    pq.write_table(pa.table({"seed": zeros, "slots": zeros, "cost": zeros.astype(float)}), stream)
    return stream.getvalue()


def policy(**hyperparameters: object) -> bytes:
    record = json.loads(shipped("ppo")[1])
    record["hyperparameters"] |= hyperparameters
    return json.dumps(record).encode()


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "TOML nested 100 000 deep": ("scenario", lambda: b"a = " + nested(10**5)),
    "a key of 100 000 parts": ("scenario", lambda: b".".join([b"a"] * 10**5) + b" = 1"),
    "a table of 100 000 parts": ("campaign", lambda: b"[" + b".".join([b"a"] * 10**5) + b"]"),
    "a number of a million digits": ("scenario", lambda: scenario_with("devices", "9" * 10**6)),
    "a hexadecimal number of 100 000 digits": ("scenario", lambda: scenario_with("devices", "0x" + "f" * 10**5)),
    "a million devices": ("scenario", lambda: scenario_with("devices", "1_000_000")),
    "ten million devices in one slot": ("scenario", lambda: scenario_with("slots", "1\ndevices = 10_000_000")),
    "a billion slots": ("scenario", lambda: scenario_with("slots", "1_000_000_000")),
    "ten thousand satellites of a window": (
        "scenario",
        lambda: scenario_with("satellites", "10_000\nsat_planes = 10_000\nslots = 1"),
    ),
    "a constellation of a million": (
        "scenario",
        lambda: scenario_with(
            "constellation", "{planes = 1000, per_plane = 1000, altitude_m = 5e5, inclination_deg = 50}"
        ),
    ),
    "a hot spot for 10^19 slots": (
        "scenario",
        lambda: b'base = "hotspot"\n[hotspot]\nperiod_slots = 10000000000000000000\n',
    ),
    "10^19 requests a slot": ("scenario", lambda: scenario_with("arrival_rate", "[1e19, 1e19]")),
    "a TOML file of 2 MiB": ("scenario", lambda: b'base = "paper"\n' + b"#" * 2**21),
    "an endless file of devices": ("scenario", lambda: scenario_with("trace", '{devices = "/dev/zero"}')),
    "a billion cells": ("campaign", lambda: CAMPAIGN.replace(b"instances = 2", b"instances = 1_000_000_000")),
    "a billion runs": (
        "trainings",
        lambda: (
            b'name = "x"\nscenario = "tiny"\nalgorithms = ["ppo"]\ntracks = ["plain"]\nseeds = 1_000_000_000\nslots = 1'
        ),
    ),
    "a zip bomb": ("instance", zip_bomb),
    "a hundred million idle devices": ("instance", lambda: instance(active=np.zeros((1, 10**8), bool))),
    "a name of a hundred million letters": ("instance", lambda: instance(format=np.array(FORMAT + " " * 2 * 10**7))),
    "a scenario nested 100 000 deep": ("instance", lambda: instance(scenario=np.array("[" * 10**5))),
    "a billion laughs": ("omm-xml", lambda: f"{HEADER}{LAUGHS}]><ndm>&l11;</ndm>".encode()),
    "a long laugh, often": (
        "omm-xml",
        lambda: (HEADER.replace("ha", "h" * 10**6) + "]><ndm>" + "&l0;" * 10**4 + "</ndm>").encode(),
    ),
    "XML nested 100 000 deep": ("omm-xml", lambda: b"<a>" * 10**5 + b"</a>" * 10**5),
    "JSON nested 100 000 deep": ("omm-json", lambda: nested(10**5)),
    "a value nested 900 deep": ("omm-json", lambda: omm_seed("json").replace(b'"90001"', nested(900))),
    "a million blanks": ("omm-kvn", lambda: b"EPOCH = a" + b" " * 10**6 + b"b"),
    "a line of ten million letters": ("trace-devices", lambda: b"device,x_m,y_m\n" + b"a" * 10**7),
    "a field of ten million letters": ("omm-csv", lambda: b"OBJECT_NAME\n" + b"a" * 10**7),
    "a set nested 100 000 deep": ("set", lambda: nested(10**5)),
    "a campaign's record nested 100 000 deep": ("campaign-record", lambda: nested(10**5)),
    "a policy's record nested 100 000 deep": ("policy-record", lambda: nested(10**5)),
    "networks a million wide": ("policy-record", lambda: policy(width=10**6)),
    "a curve of ten million equal points": ("curve", lambda: parquet(10**7)),
}


def main() -> None:
    """Print a line of JSON for each bomb: what refused it, and after how many seconds."""
    made = {name: (TARGETS[target], make()) for name, (target, make) in BOMBS.items()}
    for target, _ in made.values():
        target.seeds()  # imports all there is to import
    importlib.import_module(
        "skyedge.rl.policies.policy_files"
    )  # which seeds leave out; some builds of torch are larger than the room
    now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, resource.RLIM_INFINITY))
    for name, (target, content) in made.items():
        started = time.process_time()
        try:
            outcome = "read" if check(target, content) else "refused"
        except BaseException as error:
            outcome = f"{type(error).__name__}: {str(error)[:300]}"
        print(json.dumps([name, outcome, round(time.process_time() - started, 2), len(content)]), flush=True)


if __name__ == "__main__":
    main()
