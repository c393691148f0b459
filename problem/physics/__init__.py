"""Eqs. (6)-(28), the best transmit power, and how they are compiled."""
