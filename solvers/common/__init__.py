"""What methods share: their contract, the registry, their commands, plans, and what online ones see."""
