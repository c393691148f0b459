"""Machinery that methods are made of, a package for each idea."""
