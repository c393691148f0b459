"""The exact evaluator, best costs and assignments, and why a task failed."""
