"""Real constellations: Walker shells and orbital elements, seen from a place on a turning Earth."""

from problem.constellations.choice import fields_of
from problem.constellations.elements import Catalogue
from problem.constellations.sky import Sky, sky_over
from problem.constellations.walker import WalkerShell

__all__ = ["Catalogue", "Sky", "WalkerShell", "fields_of", "sky_over"]
