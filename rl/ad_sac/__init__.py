"""AD-SAC: soft actor–critic with an agent for the discrete and one for the continuous part of an action.

To read in this order:

1. :mod:`~skyedge.rl.ad_sac.settings`, the hyper-parameters, and :mod:`~skyedge.rl.ad_sac.hybrid_actions`, what any
   environment's action consists of;
2. :mod:`~skyedge.rl.ad_sac.algorithm`: acts, stores transitions, and takes gradient steps on the losses of
   :mod:`~skyedge.rl.ad_sac.agents`, from what is in :mod:`~skyedge.rl.ad_sac.batch`;
3. :mod:`~skyedge.rl.ad_sac.mpo`, how the hybrid policy ℓ improves, and :mod:`~skyedge.rl.ad_sac.modules`;
4. ``flat/``: the agents for any environment;
5. ``structured/``: the agents for the suite's own, first their algorithm, then mover, offloader and critics.
"""

from skyedge.rl.ad_sac.algorithm import AdSac, AdSacPolicy
from skyedge.rl.ad_sac.settings import AdSacSettings

__all__ = ["AdSac", "AdSacPolicy", "AdSacSettings"]
