"""Learned values of places: how adp decides with them, and how it learns them.

A package, so that a look at all solvers does not import the learning libraries.
"""
