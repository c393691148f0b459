"""Satellites for tests, as TLEs: one of which the sums can be looked up, and a Walker shell's."""

from datetime import UTC, datetime, timedelta

import numpy as np
from sgp4.api import WGS72, Satrec
from sgp4.exporter import export_tle

ISS = """ISS (ZARYA)
1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927
2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537
"""
EPOCH = datetime(2026, 3, 1, 12, tzinfo=UTC)


def tle(number, inclination, node, eccentricity=0.0005, perigee=0.0, anomaly=0.0, motion=15.05, bstar=1e-4, name=None):
    """The lines of one satellite at EPOCH, angles in degrees."""
    record = Satrec()
    day = (EPOCH - datetime(1949, 12, 31, tzinfo=UTC)) / timedelta(days=1)
    perigee, inclination, anomaly, node = np.radians([perigee, inclination, anomaly, node]) % (2 * np.pi)
    motion *= 2 * np.pi / 1440
    record.sgp4init(WGS72, "i", number, day, bstar, 0, 0, eccentricity, perigee, inclination, anomaly, motion, node)
    record.intldesg, record.classification = "26001A", "U"
    return "\n".join([name or f"SAT {number}", *export_tle(record)]) + "\n"


def walker_tles(planes, per_plane, phasing, spread, inclination=53.0):
    """A Walker shell as TLEs."""
    lines = []
    for number in range(planes * per_plane):
        plane, member = divmod(number, per_plane)
        along = 360 * (member / per_plane + phasing * plane / (planes * per_plane))
        lines.append(tle(number + 1, inclination, spread * plane / planes, anomaly=along, name=f"{plane}-{member}"))
    return "".join(lines)
