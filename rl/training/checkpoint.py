"""All that a run of learning depends on from here on, taken between two rollouts, and put back.

What changes while an algorithm learns must be where this module looks:

- torch modules, optimisers and tensors that the algorithm names for its own ``save`` (``_get_torch_save_params``);
- numbers, arrays and random generators that are attributes of the algorithm or of one of its buffers;
- the global generators of Python, numpy and torch, and those of the action space;
- the decision process: the place in the source of episodes, and what was decided in those under way.
"""

import random
from operator import attrgetter
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import BaseBuffer

from skyedge.rl.environment.episodes import FreshEpisodes
from skyedge.rl.environment.process import Process

State = dict[str, Any]
KEPT = (bool, int, float, np.generic, np.ndarray, np.random.Generator, torch.Generator)
OF_THE_SESSION = {"start_time"}  # not of the run


def snapshot(model: BaseAlgorithm, process: Process) -> State:
    """Return the state of an algorithm and of its process, as a tree for :mod:`skyedge.rl.training.tree_file`."""
    modules, tensors = model._get_torch_save_params()
    return {
        "modules": {name: attrgetter(name)(model).state_dict() for name in modules},
        "tensors": {name: attrgetter(name)(model) for name in tensors},
        "own": _attributes(model),
        "buffers": {name: _attributes(buffer) for name, buffer in _buffers(model).items()},
        "random": _random_state(model.action_space),
        "process": _process_state(process),
    }


def restore(model: BaseAlgorithm, process: Process, state: State) -> None:
    """Put a state back into an algorithm that was built as the one it was taken from."""
    for name, values in state["modules"].items():
        attrgetter(name)(model).load_state_dict(values)
    for name, values in state["tensors"].items():
        attrgetter(name)(model).data.copy_(values)
    _set_attributes(model, state["own"])
    for name, buffer in _buffers(model).items():
        _set_attributes(buffer, state["buffers"][name])
    _restore_process(process, state["process"])
    _restore_random(model.action_space, state["random"])


def _buffers(model: BaseAlgorithm) -> dict[str, BaseBuffer]:
    return {name: value for name, value in vars(model).items() if isinstance(value, BaseBuffer)}


def _attributes(owner: Any) -> State:
    kept = {name: value for name, value in vars(owner).items() if isinstance(value, KEPT)}
    return {name: _state_of(value) for name, value in kept.items() if name not in OF_THE_SESSION}


def _set_attributes(owner: Any, state: State) -> None:
    for name, value in state.items():
        now = getattr(owner, name)
        if isinstance(now, np.random.Generator):
            now.bit_generator.state = value
        elif isinstance(now, torch.Generator):
            now.set_state(value)
        else:
            setattr(owner, name, value)


def _state_of(value: Any) -> Any:
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    return value.get_state() if isinstance(value, torch.Generator) else value


def _random_state(space: spaces.Space) -> State:
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(legacy=False),  # noqa: NPY002 (buffers of stable-baselines3 draw from it)
        "torch": torch.get_rng_state(),
        "spaces": [_state_of(part.np_random) for part in _parts(space)],
    }


def _restore_random(space: spaces.Space, state: State) -> None:
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    np.random.set_state(state["numpy"])  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    for part, value in zip(_parts(space), state["spaces"], strict=True):
        part.np_random.bit_generator.state = value


def _parts(space: spaces.Space) -> list[spaces.Space]:
    """Return a space and the spaces inside it: each has a generator of its own."""
    inside = space.spaces.values() if isinstance(space, spaces.Dict) else ()
    return [space, *(part for inner in inside for part in _parts(inner))]


def _process_state(process: Process) -> State:
    episodes, flight, t = process.episodes, process.flight, process.t
    assert isinstance(episodes, FreshEpisodes)
    assert flight is not None
    decided = {"server": flight.server[:t], "power": flight.power[:t], "uav_xy": flight.uav_xy[:t]}
    return {"drawn": episodes.drawn, "decided": decided}


def _restore_process(process: Process, state: State) -> None:
    assert isinstance(process.episodes, FreshEpisodes)
    process.episodes.drawn = state["drawn"] - 1  # the episodes under way are drawn once more
    process.reset()
    process.take_up(**state["decided"])
