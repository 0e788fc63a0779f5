"""Where a moment of a release lies on a picture's time axis. Pure."""

from dataclasses import dataclass

from pipeline import svg
from pipeline.explain import facts
from pipeline.ledger import Record

LONG = 300.0  # AWS's seconds; what takes longer is told in minutes


@dataclass(frozen=True)
class Clock:
    """From `begin` (seconds since 1970) on, between the pixels `left` and `end`."""

    begin: float
    left: float
    end: float
    scale: svg.Scale
    unit: str
    since: str
    rate: float  # units in a second of the stamps

    def at(self, stamp: str | None) -> float | None:
        """The pixel of a moment, or None where there is none; what is outside lies on the edge."""
        moment = facts.moment(stamp)
        if moment is None:
            return None
        passed = min(max((moment - self.begin) * self.rate, 0.0), self.scale.ticks[-1])
        return self.left + self.scale.at(passed)

    def ticks(self) -> list[tuple[float, str]]:
        """Round moments, each with its name."""
        return [(self.left + self.scale.at(tick), self.scale.name(tick)) for tick in self.scale.ticks]


def clock(record: Record, speed: float, left: float, right: float) -> Clock | None:
    """A clock from the update on, or from the beginning where there was none; None without any moment.

    What comes before an update takes long and moves nothing.
    """
    updated = min(
        (at for one in facts.listed(record, "stages") if (at := facts.moment(one.get("at")))), default=None
    )
    stamps = [record.started if updated is None else None, record.ended]
    stamps += [
        one.get("at") for key in ("stages", "ticks", "alarm_history") for one in facts.listed(record, key)
    ]
    moments = [moment for stamp in stamps if (moment := facts.moment(stamp)) is not None]
    if not moments:
        return None
    begin, since = (min(moments), "it began") if updated is None else (updated, "the update was asked for")
    took = max(max(moments) - begin, 1 / speed) * speed
    unit, rate = ("minutes", speed / 60) if took > LONG else ("seconds", speed)
    scale = svg.Scale([0.0, took * rate / speed], right - left)
    last = left + scale.at((max(moments) - begin) * rate)
    return Clock(begin, left, last, scale, unit, since, rate)
