"""Reinforcement learning over the problem: the decision process, the baselines and AD-SAC."""
