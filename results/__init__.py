"""Campaigns: run every solver on identical instances, keep the results, and turn them into tables and figures."""
