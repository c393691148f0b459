"""Models and the computers that run them, with published figures, and what they make of a server."""

from skyedge.problem.catalogue.deployment import SET_FIELDS, TOKENS_PER_WORD, Deployment, Figures, deployed, fields_of
from skyedge.problem.catalogue.entries import (
    Entries,
    Hardware,
    Measurement,
    Model,
    Precision,
    Quartiles,
    Version,
    known,
    shipped,
)

__all__ = [
    "SET_FIELDS",
    "TOKENS_PER_WORD",
    "Deployment",
    "Entries",
    "Figures",
    "Hardware",
    "Measurement",
    "Model",
    "Precision",
    "Quartiles",
    "Version",
    "deployed",
    "fields_of",
    "known",
    "shipped",
]
