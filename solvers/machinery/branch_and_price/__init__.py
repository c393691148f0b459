"""The exact optimum of one slot: column generation with geometric pricing, and branching."""
