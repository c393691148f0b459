"""One satellite of a file: the keywords of an OMM with what stands there, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIELDS = {  # keywords of an OMM, by the names that they have here
    "name": "OBJECT_NAME",
    "number": "NORAD_CAT_ID",
    "epoch": "EPOCH",
    "mean_motion_revpday": "MEAN_MOTION",
    "eccentricity": "ECCENTRICITY",
    "inclination_deg": "INCLINATION",
    "node_deg": "RA_OF_ASC_NODE",
    "perigee_deg": "ARG_OF_PERICENTER",
    "anomaly_deg": "MEAN_ANOMALY",
    "bstar": "BSTAR",
}


@dataclass(frozen=True)
class Record:
    """Fields by keyword, as read: text or numbers."""

    place: str  # such as "line 3"
    fields: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)  # of single fields, where they have their own

    def place_of(self, keyword: str) -> str:
        """Return where a field stands."""
        return self.places.get(keyword, self.place)
