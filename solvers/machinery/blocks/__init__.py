"""Blocks of a descent: one UAV's path, trajectories and powers."""
