"""All that is fuzzed: the kinds of :mod:`tests.fuzz.targets`, and tables, fleets and entries that scenarios name."""

import io
from collections.abc import Callable

import pandas as pd

from skyedge.problem import Scenario
from tests.fuzz import mutations
from tests.fuzz.targets import HARBOUR, OWN, Target, contents, draw, harbour, read_trace, scratch, small

WORLD = 'base = "tiny"\ndevices = 2\nuavs = 2\n[trace]\ndevices = "two.csv"\n'
TWO = "device,x_m,y_m\na,10,20\nb,30,40\n"
FADING = "device,time_s,uav,fading_db\n" + "".join(
    f"{device},{time_s},{uav},{level}\n" for device in "ab" for uav in "01" for time_s, level in ((0, -2.5), (4, 1))
)
ENTRY = b"""[models.mine]
title = "Mine"
parameters = 7e9
[[models.mine.versions]]
precision = "int4"
accuracy = 0.31
accuracy_source = "us"
tokens_per_s = { ours = 12.5 }
rate_source = "us"
[hardware.ours]
title = "Ours"
memory_gb = 16
flops = 2e12
power_w = [10, 30]
source = "us"
"""


def as_parquet(text: str) -> bytes:
    """Return a CSV file's table as a Parquet file."""
    stream = io.BytesIO()
    pd.read_csv(io.StringIO(text)).to_parquet(stream)
    return stream.getvalue()


def read_named(name: str, line: str, world: str = WORLD) -> Callable[[bytes], None]:
    """Return what reads a file that one line of a scenario names."""

    def read(content: bytes) -> None:
        scratch("named/two.csv", TWO.encode())
        scratch(f"named/{name}", content)
        draw(small(Scenario.load(scratch("named/world.toml", f"{world}{line}\n".encode()))))

    return read


def read_parquet_devices(content: bytes) -> None:
    harbour()
    scratch("harbour/traced.parquet", content)
    text = (HARBOUR / "harbour.toml").read_text().replace('"devices.csv"', '"traced.parquet"')
    draw(small(Scenario.load(scratch("harbour/traced.toml", text.encode()))))


MODEL = 'uav_model = { catalogue = "entry.toml", model = "mine", precision = "int4", hardware = "ours" }'

TARGETS = {
    **OWN,
    "fleet": Target(contents(HARBOUR, "fleet.toml"), read_trace("fleet.toml"), mutations.text_changed),
    "parquet-devices": Target(
        lambda: [as_parquet((HARBOUR / "devices.csv").read_text())], read_parquet_devices, mutations.table_changed
    ),
    "fading": Target(
        lambda: [FADING.encode()], read_named("fading.csv", 'uav_fading = "fading.csv"'), mutations.text_changed
    ),
    "parquet-fading": Target(
        lambda: [as_parquet(FADING)],
        read_named("fading.parquet", 'uav_fading = "fading.parquet"'),
        mutations.table_changed,
    ),
    "entry": Target(
        lambda: [ENTRY], read_named("entry.toml", MODEL, 'base = "tiny"\nslots = 1\n'), mutations.text_changed
    ),
}
