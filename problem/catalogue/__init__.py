"""Models and the computers that run them, with published figures, and what they make of a server."""

from problem.catalogue.deployment import TOKENS_PER_WORD, Deployment, fields_of
from problem.catalogue.entries import Hardware, Model, Version, hardware, models, scaled_rate

__all__ = [
    "TOKENS_PER_WORD",
    "Deployment",
    "Hardware",
    "Model",
    "Version",
    "fields_of",
    "hardware",
    "models",
    "scaled_rate",
]
