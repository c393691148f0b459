"""A scenario: every parameter of a world, validated, with presets in ``problem/scenario/presets/*.toml``."""

from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from skyedge import paths
from skyedge.problem.array_checks import MOST_VALUES, refuse_oversize
from skyedge.problem.catalogue import Deployment
from skyedge.problem.common import (
    LEAST,
    LONGEST_S,
    UNSIGNED,
    Count,
    Decibel,
    Finite,
    Levels,
    Name,
    NonNegative,
    PerServer,
    PerServerOrZero,
    PerServerShare,
    Positive,
    Seconds,
    Share,
    Strict,
    documents,
    located,
    read_toml,
    refuse_any,
    refuse_if,
    scenario_mistake,
    shown,
    where_used,
)
from skyedge.problem.constellations import WGS84, Catalogue, Site, WalkerShell
from skyedge.problem.physics.rotor import Rotor
from skyedge.problem.recorded import Trace
from skyedge.problem.scenario.cloud import Cloud
from skyedge.problem.scenario.demand import Hotspot, Lane, LogNormal
from skyedge.problem.scenario.references import found_in, resolved
from skyedge.problem.scenario.uav_fleet import UavFleet

MOST_IN_WINDOW = 500  # satellites; their routes take time as its cube
WIDEST_M = 2e7  # half way round the Earth

Rate = Annotated[float, Field(ge=0, le=1e9), UNSIGNED]
Altitude = Annotated[float, Field(ge=1e-3, le=1e7)]
Switch = Annotated[bool, Field(exclude_if=lambda value: not value)]  # left out of the JSON where it is off
Width = Annotated[float, Field(ge=LEAST, le=WIDEST_M)]

PARTS = {
    "hotspot": Hotspot.model_fields,
    "lane": Lane.model_fields,
    "input_lognormal": LogNormal.model_fields,
    "cloud": Cloud.model_fields,
    "rotor": Rotor.model_fields,
}


class Scenario(Strict):
    """The parameters of a world; instances are drawn from it.

    A ``uav_*`` value is one number for all UAVs or a list that repeats in turn, and so is what satellites compute
    with; a ``uav_model`` or ``sat_model``, or a list of them, stands for such values. ``max_latency_s``,
    ``min_accuracy`` and ``output_words`` are one value or the levels that requests draw from evenly.
    Pairs such as ``input_bits`` are the ends of a uniform draw. A ``constellation`` takes the place of the window that
    ``sat_*`` values describe, a ``trace`` that of drawn devices, requests and gains, and a ``uav_fleet``
    describes each UAV. They may name files.
    """

    name: Name = "custom"
    # sizes
    devices: Annotated[Count, Field(ge=1)]
    uavs: Count
    satellites: Count
    slots: Annotated[Count, Field(ge=1)]
    slot_s: Annotated[Seconds, Field(ge=LEAST)]
    area_m: tuple[Width, Width]
    # demand
    arrival_rate: tuple[Rate, Rate]  # of each device's Poisson arrivals, per slot
    input_bits: tuple[Positive, Positive]
    output_words: Levels
    bits_per_word: NonNegative
    max_latency_s: Levels
    min_accuracy: Annotated[tuple[Share, ...], Field(min_length=1)]
    input_lognormal: LogNormal | None = where_used()  # then input_bits are the least and the most
    hotspot: Hotspot | None = None
    lane: Lane | None = where_used()
    trace: Trace | None = where_used()  # devices, requests: recorded, not drawn
    # devices
    max_power_w: NonNegative
    device_speed_mps: NonNegative  # mean speed of the Gauss–Markov walk
    device_memory: Share  # its correlation from slot to slot
    # objective
    latency_weight: NonNegative  # ω1, per second
    energy_weight: NonNegative  # ω2, per joule
    device_energy_weight: NonNegative  # ρ
    unserved_penalty: NonNegative  # φ
    # radio
    noise_dbm_per_hz: Decibel
    reference_gain_db: Decibel  # β0, at 1 m
    path_loss_exponent: Annotated[float, Field(ge=0, le=20)]
    rician_k_db: Decibel
    # UAVs
    uav_altitude_m: Altitude | Annotated[tuple[Altitude, ...], Field(min_length=1)]
    uav_radius_m: PerServerOrZero
    uav_speed_mps: PerServerOrZero
    uav_start: tuple[Share, Share]  # starts are drawn between these fractions of each side of the area
    uav_bandwidth_hz: PerServer
    uav_transmit_w: PerServer
    uav_flops: PerServer
    uav_flop_per_word: PerServerOrZero
    uav_compute_w: PerServerOrZero
    uav_accuracy: PerServerShare
    uav_capacity: Count | Annotated[tuple[Count, ...], Field(min_length=1)]
    uav_model: tuple[Deployment | None, ...] | None = where_used()  # sets flops, flop_per_word, compute_w and accuracy
    uav_battery_j: Annotated[PerServerOrZero, Field(exclude_if=lambda value: value == 0)] = 0.0  # 0: not limited
    rotor: Rotor | None = where_used()  # of UAVs with batteries; published values by default
    uav_fleet: UavFleet | None = where_used()  # names and starts; a fleet's file sets the fields above too
    # satellites
    sat_altitude_m: Annotated[float, Field(ge=150e3, le=2000e3)]
    sat_min_elevation_deg: Annotated[float, Field(ge=0, lt=90)]
    sat_spacing_deg: Annotated[float, Field(gt=0, le=180)]  # between neighbours in a plane
    sat_phase_deg: NonNegative  # the window's centre is drawn within ± this along the track
    sat_offset_deg: NonNegative  # and the plane within ± this across it
    sat_planes: Annotated[int, Field(ge=1)] = 1
    sat_plane_spacing_deg: NonNegative = 0.0  # of the ascending nodes
    sat_phasing_deg: Finite = 0.0  # along-track shift from one plane to the next
    sat_inclination_deg: Annotated[float, Field(ge=0, le=180)] = 90.0
    site_latitude_deg: Annotated[float, Field(ge=-85, le=85)] = 0.0  # of the area's centre
    earth_rotates: bool = False
    # in place of the window: a constellation, of which `satellites` are kept; left out of the JSON where not used
    constellation: WalkerShell | Catalogue | None = where_used()
    site_longitude_deg: Annotated[float, Field(ge=-180, le=180, exclude_if=lambda value: value == 0)] = 0.0
    sat_bandwidth_hz: Positive
    sat_carrier_hz: Positive
    sat_antenna_dbi: Decibel  # all antenna gains of the link together
    sat_shadowing: tuple[Positive, Positive, NonNegative]  # b, m_s, Ω of the shadowed-Rician fading
    sat_transmit_w: Positive
    sat_flops: PerServer
    sat_flop_per_word: PerServerOrZero
    sat_compute_w: PerServerOrZero
    sat_accuracy: PerServerShare
    sat_capacity: Count
    sat_model: tuple[Deployment, ...] | None = where_used()
    isl_rate_bps: Positive
    isl_power_w: NonNegative
    # options of the model
    cloud: Cloud | None = where_used()  # on the ground, reached through satellites
    device_motion: Switch = False  # within slots
    shared_bandwidth: Switch = False  # in place of sub-channels
    interference: Switch = False  # one band for all UAVs, and one for all satellites

    @field_validator("output_words", "max_latency_s", "min_accuracy", "area_m", mode="before")
    @classmethod
    def _several(cls, value: Any, info: ValidationInfo) -> Any:
        """Accept a number for a list of one level, and for both sides of a square."""
        times = 2 if info.field_name == "area_m" else 1
        return (value,) * times if isinstance(value, int | float) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("arrival_rate", "input_bits", "uav_start"):
            low, high = getattr(self, name)
            refuse_if(low > high, f"{name} runs from {low:g} down to {high:g}: give the lower end first")
        places = [name for name in ("hotspot", "lane", "trace") if getattr(self, name) is not None]
        refuse_any(
            (self.uavs + self.satellites == 0, "uavs and satellites are both 0: a world needs a server"),
            (
                self.cloud is not None and self.satellites == 0,
                "satellites is 0, and they lead to the cloud: give a satellite or leave the cloud out",
            ),
            (
                self.rotor is not None and not np.any(self.uav_battery_j),
                "rotor says what flight takes from batteries: give uav_battery_j too, or leave rotor out",
            ),
            (len(places) > 1, f"{' and '.join(places)} say where devices are: leave one of them out"),
            (
                self.lane is not None and self.device_memory != 1,
                f"device_memory is {self.device_memory:g}: set it to 1, for vessels hold their course",
            ),
        )
        refuse_oversize(self.slots, self.devices, self.uavs, self.satellites)
        too_long = self.slots * self.slot_s > LONGEST_S
        refuse_if(too_long, f"slots x slot_s is over {LONGEST_S:g} s: make the horizon shorter")
        if self.uav_fleet is not None:
            self.uav_fleet.check_fits(self.uavs, self.area_m)
        if self.trace is not None:
            self.trace.check_fits(self.devices, self.area_m, self.slots * self.slot_s)
        return self

    @model_validator(mode="after")
    def _consistent_satellites(self) -> Self:
        count, planes, spacing_deg = self.satellites, self.sat_planes, self.sat_spacing_deg
        if self.constellation is not None:
            size = self.constellation.size
            refuse_any(
                (not 1 <= count <= size, f"satellites is {count}: keep 1 to {size}, all of the constellation"),
                (
                    3 * self.slots * size > MOST_VALUES,
                    f"slots x satellites of the constellation is over {MOST_VALUES / 3:g}: make one smaller",
                ),
            )
            return self
        per_plane, latitude, inclination = (
            count // planes,
            *np.radians([self.site_latitude_deg, self.sat_inclination_deg]),
        )
        refuse_any(
            (count > MOST_IN_WINDOW, f"satellites is {count}: a window holds at most {MOST_IN_WINDOW}"),
            (count % planes, f"satellites = {count} do not fill sat_planes = {planes} evenly"),
            (
                per_plane * spacing_deg > 360 + 1e-9,
                f"{per_plane} satellites {spacing_deg:g} deg apart do not fit in one plane",
            ),
            (
                abs(np.sin(latitude)) > np.sin(inclination) + 1e-12,
                "site_latitude_deg is beyond sat_inclination_deg: no plane passes over the area",
            ),
        )
        return self

    @property
    def site(self) -> Site:
        """Where the area is, on the Earth that the satellites go round."""
        earth = WGS84 if self.constellation is None else self.constellation.earth
        return Site(earth, self.area_m, self.site_latitude_deg, self.site_longitude_deg)

    @property
    def orbit_altitude_m(self) -> float:
        """How high satellites fly [m], on average."""
        return self.sat_altitude_m if self.constellation is None else self.constellation.altitude_m

    @property
    def uav_names(self) -> tuple[str, ...]:
        """Names of the UAVs: their numbers, if no fleet names them."""
        return self.uav_fleet.names if self.uav_fleet else tuple(map(str, range(self.uavs)))

    @property
    def satellite_names(self) -> tuple[str, ...]:
        """Names of the satellites that an instance may hold: without a constellation their numbers."""
        return self.constellation.fleet().names if self.constellation else tuple(map(str, range(self.satellites)))

    def draw_input_bits(self, rng: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
        """Draw input sizes of requests [bit]."""
        if self.input_lognormal is None:
            return rng.uniform(*self.input_bits, shape)
        return np.clip(self.input_lognormal.drawn(rng, shape), *self.input_bits)

    @classmethod
    def presets(cls) -> list[str]:
        """Names of the presets."""
        return documents.names(paths.SCENARIOS)

    @classmethod
    def preset(cls, name: str) -> Self:
        """Return a preset.

        Raises
        ------
        InputError
            If there is no such preset; the error names the nearest.
        """
        return cls._from_toml(documents.shipped(name, paths.SCENARIOS, "preset"))

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """Return a preset by its name, or a scenario from a TOML file.

        A file may start from a preset with ``base = "paper"`` and give only what differs.

        Raises
        ------
        InputError
            If there is neither, or the file does not describe a valid scenario.
        """
        return cls._from_toml(documents.find(source, paths.SCENARIOS, "preset"))

    @classmethod
    def _from_toml(cls, path: Path) -> Self:
        values = read_toml(path)
        with located(path):
            base = values.pop("base", None)
            inherited = {} if base is None else cls.preset(base if isinstance(base, str) else shown(base))._values()
            fields = resolved(inherited | {"name": path.stem}, found_in(path.parent, values), cls._validated)
            return cls._validated(fields)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a scenario from the JSON text that an instance carries.

        Raises
        ------
        InputError
            If the text does not describe a valid scenario.
        """
        with located("", cls._mistake):
            return cls.model_validate_json(text)

    def replace(self, /, **changes: Any) -> Self:
        """Return this scenario with some fields changed, e.g. ``replace(devices=20, min_accuracy=0.6)``.

        Raises
        ------
        InputError
            If a field is unknown (the error names the nearest) or a value is not valid.

        Examples
        --------
        >>> world = Scenario.preset("paper").replace(devices=20, area_m=800)
        >>> world.devices, world.area_m
        (20, (800.0, 800.0))
        """
        return self._validated(resolved(self._values(), changes, self._validated))

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}

    @classmethod
    def _validated(cls, values: dict[str, Any]) -> Self:
        with located("", cls._mistake):
            return cls.model_validate(values)

    @classmethod
    def _mistake(cls, error: ValidationError) -> str:
        return scenario_mistake(error, cls.model_fields, PARTS)
