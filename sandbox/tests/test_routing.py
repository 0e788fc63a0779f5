"""Tests of sandbox.routing."""

import random

import pytest

from sandbox.routing import Table, Variant


def share_of(table: Table[str], instance: str, draws: int = 20_000) -> float:
    """The share of seeded draws that go to `instance`."""
    dice = random.Random(7)  # noqa: S311  seeded on purpose
    return sum(table.pick(dice.random()) == instance for _ in range(draws)) / draws


def test_fleets_get_their_share() -> None:
    """A canary of a tenth gets a tenth of the requests."""
    table = Table([(0.9, {"live": Variant(1.0, ["blue"])}), (0.1, {"live": Variant(1.0, ["green"])})])
    assert share_of(table, "green") == pytest.approx(0.1, abs=0.01)


def test_variants_get_their_weight() -> None:
    """Weights 3 and 1 mean three quarters and one quarter."""
    table = Table([(1.0, {"a": Variant(3.0, ["a1"]), "b": Variant(1.0, ["b1"])})])
    assert share_of(table, "a1") == pytest.approx(0.75, abs=0.02)


def test_instances_share_evenly() -> None:
    """Each of four instances gets a quarter."""
    table = Table([(1.0, {"live": Variant(0.5, ["1", "2", "3", "4"])})])
    assert share_of(table, "3") == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999999999999])
def test_a_fleet_without_share_gets_nothing(draw: float) -> None:
    """No draw, not even the first or the last, reaches a fleet of share 0."""
    table = Table([(0.0, {"live": Variant(1.0, ["blue"])}), (1.0, {"live": Variant(1.0, ["green"])})])
    assert table.pick(draw) == "green"


def test_a_target_overrides_weights() -> None:
    """A target variant of weight 0 is reached."""
    table = Table([(1.0, {"a": Variant(1.0, ["a1"]), "b": Variant(0.0, ["b1"])})])
    assert table.pick(0.5, "b") == "b1"


def test_an_unknown_target_is_an_error() -> None:
    """A variant that no fleet has raises KeyError."""
    with pytest.raises(KeyError):
        Table([(1.0, {"a": Variant(1.0, ["a1"])})]).pick(0.5, "c")


def test_nothing_serves() -> None:
    """An empty table picks None."""
    assert Table([]).pick(0.5) is None
