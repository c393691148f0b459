"""What the slots ahead are worth to a UAV: sampled futures and values of places."""
