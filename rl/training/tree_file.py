"""Nested data with arrays in it as one safetensors file: reading it can run no code."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from skyedge.problem import InputError
from skyedge.problem.common import atomic


def write_tree(path: Path, kind: str, tree: Any) -> None:
    """Write a tree of dictionaries, lists, numbers, texts, arrays and tensors, in one step.

    Parameters
    ----------
    path : Path
    kind : str
        The format's name.
    tree : nested data
        Tuples come back as lists.

    Raises
    ------
    InputError
        If the path cannot be written.
    """
    arrays: dict[str, np.ndarray] = {}
    skeleton = json.dumps(_take_out(tree, arrays))
    described = {"format": kind, "tree": skeleton, "sha256": _checksum(skeleton, arrays)}
    with atomic(path) as temporary:
        temporary.write_bytes(save(arrays, metadata=described))  # errors of its own writer are no OSError


def read_tree(path: Path, kind: str) -> Any:
    """Read what :func:`write_tree` wrote as ``kind``.

    Raises
    ------
    InputError
        If the file is missing, damaged or of another kind.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != kind:
                raise InputError(f"{path}: not a {kind} file: give one that skyedge wrote")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping
        if metadata["sha256"] != _checksum(metadata["tree"], arrays):
            raise ValueError("its content is not what was written")
        return _put_back(json.loads(metadata["tree"]), arrays.__getitem__)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such file: check the path") from None
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(f"{path}: not readable ({reason}): remove it and begin anew") from None


def _checksum(skeleton: str, arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(skeleton.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _take_out(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return JSON with the arrays replaced by their names in ``arrays``; dictionaries keep the type of their keys."""
    if isinstance(value, dict):
        return {"dict": [[key, _take_out(part, arrays)] for key, part in value.items()]}
    if isinstance(value, list | tuple):
        return [_take_out(part, arrays) for part in value]
    if isinstance(value, torch.Tensor):
        return {"tensor": _take_out(value.detach().cpu().numpy(), arrays)["array"]}
    if isinstance(value, np.ndarray | np.generic):
        name = str(len(arrays))
        arrays[name] = np.array(value, order="C")
        return {"array": name}
    return value


def _put_back(value: Any, array: Any) -> Any:
    if isinstance(value, list):
        return [_put_back(part, array) for part in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dict":
        return {key: _put_back(part, array) for key, part in content}
    return torch.from_numpy(array(content)) if kind == "tensor" else array(content)
