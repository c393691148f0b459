"""Models and the computers that run them, with published figures, and what they make of a server."""

from problem.catalogue.deployment import TOKENS_PER_WORD, Deployment, fields_of
from problem.catalogue.entries import Entries, Hardware, Model, Version, known, shipped
from problem.catalogue.measurement import Measurement, Quartiles
from problem.catalogue.precision import Precision

__all__ = [
    "TOKENS_PER_WORD",
    "Deployment",
    "Entries",
    "Hardware",
    "Measurement",
    "Model",
    "Precision",
    "Quartiles",
    "Version",
    "fields_of",
    "known",
    "shipped",
]
