"""Trained policies: on disk, and at work."""
