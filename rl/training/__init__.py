"""A run of training, from its description to its checkpoints."""
