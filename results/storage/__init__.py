"""Cells and their results on disk."""
