"""The computer that measures, as an entry of the catalogue."""

import time

import torch

from skyedge.problem.catalogue import Hardware
from skyedge.results.execution.memory import peak_bytes
from skyedge.results.model_profile.settings import Device, device_title
from skyedge.results.storage import machine

SIDE = {"cpu": 1024, "cuda": 8192}  # of the matrices that are multiplied
PRODUCTS = 5


def computer(device: Device) -> Hardware:
    """Return the entry of the computer; its power and its bandwidth are not measured."""
    memory_gb = torch.cuda.mem_get_info()[1] / 1e9 if device == "cuda" else float(machine()["memory_gb"])
    return Hardware(
        title=device_title(device),
        flops=_flops(device),
        memory_gb=memory_gb,
        source=f"skyedge profile-model: memory as the system says, flops of the fastest of {PRODUCTS} matrix products",
    )


def peak_gb(device: Device) -> float | None:
    """Return the most memory occupied so far [GB]: by tensors on CUDA, else by the process with its libraries."""
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else peak_bytes()
    return peak / 1e9 if peak else None


def _flops(device: Device) -> float:
    """Return the rate of FP32 products of matrices [FLOP/s]; what a scenario makes of it is a ratio."""
    side = SIDE[device]
    matrix = torch.rand(side, side, device=device)
    times = []
    for _ in range(1 + PRODUCTS):
        started = time.perf_counter()
        (matrix @ matrix)[0, 0].item()  # waits for the device
        times.append(time.perf_counter() - started)
    return 2 * side**3 / min(times[1:])
