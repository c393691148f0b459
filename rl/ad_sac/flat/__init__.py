"""The two agents on flat observations, for any environment."""
