"""Skyedge: a benchmark suite for multimodal-LLM offloading over UAVs and LEO satellites."""

from importlib.metadata import version

__version__ = version("skyedge")
