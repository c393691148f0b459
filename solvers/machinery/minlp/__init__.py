"""(P1) as a Pyomo model: built, solved, and repaired into decisions."""
