"""AD-SAC: soft actor–critic with an agent for the discrete and one for the continuous part of an action."""

from rl.ad_sac.algorithm import AdSac, AdSacPolicy
from rl.ad_sac.settings import AdSacSettings

__all__ = ["AdSac", "AdSacPolicy", "AdSacSettings"]
