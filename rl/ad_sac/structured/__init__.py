"""The two agents of the structured track: moves, then servers and powers, over sets of devices."""
