"""Networks of all algorithms, and the distributions that they parametrise."""
