"""Worlds, decisions, solvers and models in words and tables."""
