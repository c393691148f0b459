"""How sure a comparison is: intervals, tests, ranks."""
