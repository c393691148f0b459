"""A cloud on the ground, which devices reach through satellites (Section 12 of the formulation)."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from skyedge.problem.common import Count, NonNegative, Positive, Share, Strict
from skyedge.problem.constellations import Earth, Gateway, ground


class Cloud(Strict):
    """A data centre behind a gateway; it runs requests as a satellite does, each on a share of its machines."""

    gateway_latitude_deg: Annotated[float, Field(ge=-90, le=90)]
    gateway_longitude_deg: Annotated[float, Field(ge=-180, le=180)]
    min_elevation_deg: Annotated[float, Field(ge=0, lt=90)]  # from which on the gateway sees a satellite
    delay_s: NonNegative  # one way, from the gateway to the data centre
    flops: Positive
    flop_per_word: NonNegative
    compute_w: NonNegative  # of a request's share
    accuracy: Share
    capacity: Count

    def gateway(self, earth: Earth, meridian_deg: float) -> Gateway:
        """Return the gateway on an Earth whose frame has longitude 0 at a meridian."""
        latitude, longitude, elevation = np.radians(
            [self.gateway_latitude_deg, self.gateway_longitude_deg - meridian_deg, self.min_elevation_deg]
        )
        centre = np.zeros(2)
        return Gateway(*ground(earth, centre, centre, latitude, longitude), elevation, self.delay_s)

    def as_satellite(self) -> dict[str, Any]:
        """Return what an instance says of a satellite's computer, of the cloud's."""
        computer = ("flops", "flop_per_word", "compute_w", "accuracy", "capacity")
        return {f"sat_{name}": getattr(self, name) for name in computer} | {"sat_is_cloud": True}
