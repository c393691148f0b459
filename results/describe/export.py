"""The exact model of some slots as a file for any MINLP solver."""

import re
from pathlib import Path

from skyedge.problem import InputError, Instance
from skyedge.problem.common import atomic
from skyedge.solvers.machinery.minlp.model import exact_model

FORMATS = (".nl", ".gms", ".bar")  # AMPL's, GAMS's and BARON's
NOT_IN_THE_MODEL = frozenset({"battery", "shared_bandwidth", "interference"})


def export(instance_path: Path, slots: str, path: Path | None) -> Path:
    """Write (P1) of some slots of an instance; UAVs start where the instance's do.

    Parameters
    ----------
    instance_path : Path
    slots : str
        ``FIRST`` or ``FIRST:END``, the last slot being the one before END.
    path : Path, optional
        Its suffix tells the format; by default the instance's path with ``.nl``.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    InputError
        If the format, the slots or a file is not valid, or an option of the model is on that the file would not hold.
    """
    path = path or instance_path.with_suffix(FORMATS[0])
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}: must end in one of {', '.join(FORMATS)}")
    instance = Instance.load(instance_path)
    if left_out := sorted(instance.options & NOT_IN_THE_MODEL):
        raise InputError(
            f"{instance_path}: the option {left_out[0]} is not in the model: switch it off in the scenario"
        )
    first, end = _parse(slots, instance.slots_count)
    model = exact_model(instance.window(first, end, instance.uav_start_xy))
    with atomic(path) as temporary:
        model.write(str(temporary))
    return path


def _parse(text: str, count: int) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)(?::(\d+))?", text)
    if not match:
        raise InputError(f"slots is {text!r}: write FIRST or FIRST:END")
    first = int(match[1])
    end = int(match[2] or first + 1)
    if not first < end <= count:
        raise InputError(f"slots is {text!r}: the instance has slots 0 to {count - 1}")
    return first, end
