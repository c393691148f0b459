"""Reinforcement learning over the problem: the decision process, its faces for Gymnasium and stable-baselines3.

Importing this package makes ``skyedge/Offloading-v0`` known to :func:`gymnasium.make`.
"""

from gymnasium.envs.registration import register

ID = "skyedge/Offloading-v0"

register(ID, "skyedge.rl.environment.gym_env:OffloadingEnv")
