"""Frozen instance sets, with the best that is known of each instance."""
