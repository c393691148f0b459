"""Campaigns: read, checked, expanded into cells."""
