"""Small hybrid environments that know nothing of this suite, with known optima."""

import gymnasium
import numpy as np
from gymnasium import spaces


class Target(gymnasium.Env):
    """Fly to a point, and set the switch to the quadrant that the point is in.

    The reward is minus the distance after the move, and minus 1 for a wrong switch.
    """

    observation_space = spaces.Box(-1, 1, (4,), np.float32)
    action_space: spaces.Space = spaces.Tuple((spaces.Discrete(4), spaces.Box(-1, 1, (2,), np.float32)))
    slots, reach = 20, 0.3

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.place, self.target = 0, *self.np_random.uniform(-1, 1, (2, 2))
        return self.observe(), {}

    def observe(self):
        return np.concatenate([self.place, self.target]).astype(np.float32)

    def step(self, action):
        switch, move = self.parts(action)
        self.place = np.clip(self.place + self.reach * np.asarray(move, float), -1, 1)
        self.t += 1
        reward = -np.linalg.norm(self.place - self.target) - (switch != self.quadrant())
        return self.observe(), float(reward), self.t == self.slots, False, {}

    def parts(self, action):
        return action

    def quadrant(self):
        return 2 * (self.target[0] > 0) + (self.target[1] > 0)

    def best_action(self):
        return self.quadrant(), np.clip((self.target - self.place) / self.reach, -1, 1)


class NamedTarget(Target):
    """The same, with a dictionary of actions, the switch as two bits."""

    action_space = spaces.Dict(
        {"move": spaces.Box(np.array([-1, -2]), np.array([1, 2]), dtype=np.float64), "switch": spaces.MultiBinary(2)}
    )

    def parts(self, action):
        return 2 * action["switch"][0] + action["switch"][1], action["move"] / [1, 2]


class OnlySwitch(Target):
    """The switch alone: there is nothing continuous."""

    action_space = spaces.Discrete(4)

    def parts(self, action):
        return action, np.zeros(2)


class OnlyMove(Target):
    """The move alone: there is nothing discrete."""

    action_space = spaces.Box(-1, 1, (2,), np.float32)

    def parts(self, action):
        return self.quadrant(), action


def mean_return(env, act, episodes=100):
    """Return the mean return of a policy, a function of the observation."""
    total = 0.0
    for seed in range(episodes):
        observation, ended = env.reset(seed=10_000 + seed)[0], False
        while not ended:
            observation, reward, ended, _, _ = env.step(act(observation))
            total += reward
    return total / episodes
