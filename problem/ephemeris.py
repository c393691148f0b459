"""Which satellites of a constellation an instance has kept, and where they stand in the sky."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from skyedge.problem.common import (
    refuse_if,
)

PREFIX = "ephemeris_"  # of the arrays' names in files


@dataclass(frozen=True, eq=False)
class Ephemeris:
    """N satellites at the starts of T slots, seen from the area's centre. No score depends on it.

    Attributes
    ----------
    names : str array (N,)
    azimuth_rad : array (T, N)
        From north over east.
    elevation_rad : array (T, N)
    """

    names: np.ndarray
    azimuth_rad: np.ndarray
    elevation_rad: np.ndarray

    def check(self, slots: int, satellites: int) -> None:
        """Refuse arrays that do not fit the instance.

        Raises
        ------
        InputError
            Naming the array.
        """
        refuse_if(
            self.names.shape != (satellites,) or self.names.dtype.kind != "U",
            f"{PREFIX}names: it must hold {satellites} names",
        )
        for name in ("azimuth_rad", "elevation_rad"):
            value = getattr(self, name)
            refuse_if(
                value.shape != (slots, satellites) or value.dtype.kind != "f" or not np.isfinite(value).all(),
                f"{PREFIX}{name}: it must be finite, of shape {(slots, satellites)}",
            )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by the names that they have in files."""
        return {PREFIX + name: value for name, value in vars(self).items()}

    @classmethod
    def names_in_files(cls) -> set[str]:
        """Names of its arrays in files."""
        return {PREFIX + name for name in cls.__dataclass_fields__}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return what :meth:`arrays` gave."""
        return cls(**{name.removeprefix(PREFIX): value for name, value in arrays.items()})
