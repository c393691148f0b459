"""The rotors of a UAV: what its propulsion power follows from (Section 12 of the formulation)."""

from skyedge.problem.common import NonNegative, Positive, Strict


class Rotor(Strict):
    """Parameters of rotary-wing propulsion.

    The values that stand here are those of Y. Zeng, J. Xu and R. Zhang, "Energy minimization for wireless
    communication with rotary-wing UAV", IEEE Trans. Wireless Commun. 18(4), 2019: 20 N, rotors of 0.4 m.
    """

    blade_w: NonNegative = 79.86  # P0, blade profile power in hovering
    induced_w: NonNegative = 88.63  # P_i, induced power in hovering
    tip_mps: Positive = 120.0  # U_tip, of the blades
    hover_mps: Positive = 4.03  # v0, mean velocity that the rotor induces in hovering
    drag_ratio: NonNegative = 0.6  # d0, of the fuselage
    air_density: NonNegative = 1.225  # kg/m³
    solidity: NonNegative = 0.05  # s, blade area over disc area
    disc_m2: NonNegative = 0.503  # A, of the rotor

    def constants(self) -> dict[str, float]:
        """Return the constants of :func:`~skyedge.problem.physics.equations.propulsion_power`."""
        return {
            "rotor_blade_w": self.blade_w,
            "rotor_induced_w": self.induced_w,
            "rotor_tip_mps": self.tip_mps,
            "rotor_hover_mps": self.hover_mps,
            "rotor_drag_kg_per_m": self.drag_ratio * self.air_density * self.solidity * self.disc_m2 / 2,
        }
