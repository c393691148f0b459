"""Every method, one file each, behind one contract."""
