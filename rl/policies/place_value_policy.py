"""A trained policy whose weights are those of a network that values places."""

import torch

from skyedge.problem import InputError
from skyedge.rl.networks.place_value import PlaceValue
from skyedge.rl.policies.policy_files import Policy
from skyedge.rl.policies.record import RECORD


def load_network(policy: Policy) -> PlaceValue:
    """Return the network of a trained policy of places.

    Raises
    ------
    InputError
        If its weights are not those of the network that its record describes.
    """
    torch.set_num_threads(1)
    try:
        width = policy.weights["value.weight"].shape[1]  # not the record's, which may claim any amount of memory
        if width != policy.record.hyperparameters["width"]:
            raise KeyError(width)
        network = PlaceValue(width)
        network.load_state_dict(policy.weights)
    except (KeyError, IndexError, RuntimeError):
        what = f"{policy.directory}: its weights are not those of the network that {RECORD} describes"
        raise InputError(f"{what}: train it anew") from None
    return network
