"""Models and the computers that run them, with published figures, and what they make of a server."""

from problem.catalogue.deployment import SET_FIELDS, TOKENS_PER_WORD, Deployment, deployed, fields_of
from problem.catalogue.entries import Hardware, Model, Version, hardware, models, scaled_rate

__all__ = [
    "SET_FIELDS",
    "TOKENS_PER_WORD",
    "Deployment",
    "Hardware",
    "Model",
    "Version",
    "deployed",
    "fields_of",
    "hardware",
    "models",
    "scaled_rate",
]
