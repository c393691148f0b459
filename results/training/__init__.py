"""Trainings from the command line, one or many."""
