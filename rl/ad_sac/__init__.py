"""AD-SAC: soft actor–critic with an agent for the discrete and one for the continuous part of an action."""

from skyedge.rl.ad_sac.algorithm import AdSac, AdSacPolicy
from skyedge.rl.ad_sac.settings import AdSacSettings

__all__ = ["AdSac", "AdSacPolicy", "AdSacSettings"]
