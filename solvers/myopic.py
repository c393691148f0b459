"""myopic: the optimum of every slot, within what UAVs can reach from where they are."""

from pydantic import Field

from skyedge.solvers import CONTENTION, Observation, OnlineSolver, SlotDecision, SolverConfig, register, settled
from skyedge.solvers.slot_optimum import DEFAULT_GAP, optimise_slot


class MyopicConfig(SolverConfig):
    """Options of myopic."""

    gap: float = Field(DEFAULT_GAP, gt=0, lt=1, description="relative gap at which a slot's search stops")


@register
class Myopic(OnlineSolver):
    """The optimum of each slot within one slot's reach, blind to the next."""

    name = "myopic"
    options = frozenset({"device_motion", "battery"}) | CONTENTION
    packages = ("numpy", "scipy", "numba", "highspy")
    Config = MyopicConfig

    def act(self, observation: Observation) -> SlotDecision:
        """Optimise the slot."""
        slot = observation.slot
        return settled(slot, optimise_slot(slot, observation.uav_xy, slot.reach_m, self.config.gap).decision)
