"""The certified bound of a whole horizon: a Lagrangian dual over boxes, with cuts."""
