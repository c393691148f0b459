"""The sky over the area: the passes of a constellation's satellites."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from skyedge.problem import Instance
from skyedge.results.figures.style import GREY, HALO, WINDOWS, style

MANY = 24  # names of more passes than this would hide each other


def sky_map(instance: Instance) -> Figure:
    """Draw the passes as seen from the area's centre: the zenith in the middle, the horizon at the rim.

    Parameters
    ----------
    instance : Instance
        With an ephemeris. Satellites are drawn where one of the devices sees them; an arrow ends each pass.
    """
    ephemeris = instance.ephemeris
    assert ephemeris is not None
    seen = np.any(instance.sat_window_s > 0, axis=1)
    passes = np.flatnonzero(seen.any(axis=0))
    longest = float(instance.sat_window_s.max(initial=0.0))
    colour = ScalarMappable(Normalize(0, max(longest, 1.0)), WINDOWS)
    with style():
        figure = Figure(figsize=(6.4, 5.6), layout="constrained")
        panel = figure.add_subplot(projection="polar")
        assert isinstance(panel, PolarAxes)
        for satellite in passes:
            during = np.flatnonzero(seen[:, satellite])
            window = instance.sat_window_s[during, :, satellite].max(axis=1)
            zenith = 90 - np.degrees(ephemeris.elevation_rad[during, satellite])
            azimuth = ephemeris.azimuth_rad[during, satellite]
            name = str(ephemeris.names[satellite]) if len(passes) <= MANY else ""
            _draw_pass(panel, azimuth, zenith, colour.to_rgba(window), name)
        _frame(panel, instance)
        shown = f"{len(passes)} of {len(ephemeris.names)} satellites come into view"
        panel.set_title(f"{_name(instance)}: {shown}", pad=16)
        figure.colorbar(colour, ax=panel, label="remaining window [s]", shrink=0.7, pad=0.08)
    return figure


def _draw_pass(panel: PolarAxes, azimuth: np.ndarray, zenith: np.ndarray, colours: np.ndarray, name: str) -> None:
    """Draw a pass slot by slot, with an arrow head along its last step."""
    panel.scatter(azimuth, zenith, s=9, c=colours, linewidths=0, zorder=3)
    if len(azimuth) > 1:
        ends = [(azimuth[-2], zenith[-2]), (azimuth[-1], zenith[-1])]
        arrow = {"arrowstyle": "-|>", "color": colours[-1], "shrinkA": 0, "shrinkB": 0, "mutation_scale": 11}
        panel.annotate("", ends[1], ends[0], arrowprops=arrow, zorder=4)
    middle = len(azimuth) // 2
    label = panel.annotate(
        name, (azimuth[middle], zenith[middle]), (4, 3), textcoords="offset points", color=GREY, fontsize="x-small"
    )
    label.set(zorder=5, path_effects=HALO)


def _frame(panel: PolarAxes, instance: Instance) -> None:
    """Put north at the top and east on the left, as one who looks up sees them; mark the lowest elevation."""
    panel.set_theta_zero_location("N")
    panel.set_theta_direction(1)
    panel.set_rlim(0, 90)
    panel.set_rgrids([30, 60, 90], ["60°", "30°", "0°"], angle=135)
    panel.set_thetagrids([0, 90, 180, 270], ["N", "E", "S", "W"])
    if instance.scenario is not None:
        lowest = 90 - instance.scenario.sat_min_elevation_deg
        panel.plot(np.linspace(0, 2 * np.pi, 361), np.full(361, lowest), color=GREY, linestyle="--", linewidth=1)


def _name(instance: Instance) -> str:
    constellation = instance.scenario.constellation if instance.scenario else None
    return constellation.name if constellation else "recorded"
