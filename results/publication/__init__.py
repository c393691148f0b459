"""Campaigns behind a paper's figures, and which of its claims hold."""
