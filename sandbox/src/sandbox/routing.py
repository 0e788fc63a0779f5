"""Which instance answers a request. Pure: the draw comes from outside, so that it can be seeded."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Variant(NamedTuple, Generic[T]):
    """The instances of one production variant, and its weight among the variants of its fleet."""

    weight: float
    instances: Sequence[T]


Fleet = Mapping[str, Variant[T]]


class Table(Generic[T]):
    """Where requests go; immutable, so that a traffic shift is the exchange of one reference.

    `fleets` are pairs of a share of the traffic and a fleet (variants by name). Within a fleet a variant gets
    the ratio of its weight to the sum of all weights (API ProductionVariant, InitialVariantWeight), which its
    instances share evenly.
    """

    def __init__(self, fleets: Sequence[tuple[float, Fleet[T]]]) -> None:
        """Lay the table out."""
        routes: list[tuple[float, T]] = []
        by_variant: dict[str, list[tuple[float, T]]] = {}
        for share, fleet in fleets:
            total = sum(variant.weight for variant in fleet.values()) or 1.0
            for name, (weight, instances) in fleet.items():
                each = share / len(instances)
                routes += [(each * weight / total, instance) for instance in instances]
                by_variant.setdefault(name, []).extend((each, instance) for instance in instances)
        self._all = _Wheel(routes)
        self._targeted: dict[str, _Wheel[T]] = {name: _Wheel(own) for name, own in by_variant.items()}

    def pick(self, draw: float, variant: str | None = None, blocked: Callable[[T], bool] | None = None) -> T | None:
        """The instance for `draw` in [0, 1), of those that are not `blocked`; None when nothing serves.

        `variant` overrides the weights, not the fleets' shares (dg/model-ab-testing, TargetVariant).
        Raises KeyError when no fleet has that variant.
        """
        wheel = self._all if variant is None else self._targeted[variant]
        return (wheel.without(blocked) if blocked else wheel).pick(draw)


class _Wheel(Generic[T]):
    """Items with the running sum of their weights."""

    def __init__(self, routes: Sequence[tuple[float, T]]) -> None:
        """Keep what has a weight."""
        self._routes = [(weight, item) for weight, item in routes if weight > 0]
        self._items = [item for _, item in self._routes]
        self._bounds = list(accumulate(weight for weight, _ in self._routes))

    def without(self, blocked: Callable[[T], bool]) -> "_Wheel[T]":
        """The wheel of the other items."""
        return _Wheel([route for route in self._routes if not blocked(route[1])])

    def pick(self, draw: float) -> T | None:
        if not self._items:
            return None
        at = bisect_right(self._bounds, draw * self._bounds[-1])
        return self._items[min(at, len(self._items) - 1)]
