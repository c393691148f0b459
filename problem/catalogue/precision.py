"""In which numbers a model's weights are kept."""

from typing import Literal

Precision = Literal["fp32", "bf16", "fp16", "int4"]

BYTES_PER_WEIGHT = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "int4": 0.5}
