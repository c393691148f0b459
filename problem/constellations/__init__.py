"""Real constellations: Walker shells and orbital elements, seen from a place on a turning Earth."""

from skyedge.problem.constellations.elements import Catalogue
from skyedge.problem.constellations.frames import SPHERE, WGS84, Earth, Site, ground
from skyedge.problem.constellations.gateway import Gateway
from skyedge.problem.constellations.lookup import fields_of
from skyedge.problem.constellations.sky import Sky, sky_over
from skyedge.problem.constellations.walker import WalkerShell

__all__ = [
    "SPHERE",
    "WGS84",
    "Catalogue",
    "Earth",
    "Gateway",
    "Site",
    "Sky",
    "WalkerShell",
    "fields_of",
    "ground",
    "sky_over",
]
