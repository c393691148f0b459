"""Where UAVs fly: lattices, paths, windows, and assignments kept up to date."""
