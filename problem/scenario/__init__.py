"""Scenarios: every parameter of a world, presets, and the files that they name."""
