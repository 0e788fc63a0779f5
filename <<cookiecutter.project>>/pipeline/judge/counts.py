"""What the candidate's and the stable fleet's metrics counted, bucket by bucket."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """Requests of both fleets and how many of them failed, each [..., ticks], oldest first.

    A tick is one bucket of the endpoint's metrics, the same one in all four. Leading axes are releases that
    are judged apart. Raises ValueError when the shapes differ.
    """

    canary: Ints
    stable: Ints
    canary_failed: Ints
    stable_failed: Ints

    def __post_init__(self) -> None:
        """Raise ValueError unless all four are of the same ticks."""
        shapes = {one.shape for one in (self.canary, self.stable, self.canary_failed, self.stable_failed)}
        if len(shapes) != 1 or () in shapes:
            raise ValueError(f"counts of one shape [..., ticks] are compared, not of {sorted(shapes)}")

    @property
    def ticks(self) -> int:
        """How many buckets there are."""
        return int(self.canary.shape[-1])

    def pooled(self, fewest: int) -> "Counts":
        """Thin ticks taken together, in the one that brings each fleet to `fewest` requests.

        What waits for that is left out, and so are the ticks before each fleet has had a request, and those
        with more failures than requests: of these one metric has come and the other not yet.
        """
        counted = np.stack([self.canary, self.stable, self.canary_failed, self.stable_failed])
        begun = np.logical_or.accumulate(counted[:2] > 0, axis=-1).all(axis=0)
        counted *= begun & (counted[2:] <= counted[:2]).all(axis=0)
        waiting = np.zeros(counted.shape[:-1], counted.dtype)
        for tick in range(self.ticks):
            waiting = waiting + counted[..., tick]
            full = (waiting[:2] >= fewest).all(axis=0)
            counted[..., tick] = waiting * full
            waiting = waiting * ~full
        return Counts(*counted)

    def since(self, tick: int) -> "Counts":
        """The same ticks, with nothing counted in those before `tick`."""
        kept = np.arange(self.ticks) >= tick
        return Counts(*(one * kept for one in self._all()))

    def so_far(self) -> "Counts":
        """Sums up to each tick."""
        return Counts(*(one.cumsum(axis=-1) for one in self._all()))

    def _all(self) -> tuple[Ints, Ints, Ints, Ints]:
        """In the order of the fields."""
        return self.canary, self.stable, self.canary_failed, self.stable_failed
