"""All that a card says, computed from what a run left: record, verdict, and the owner's text. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from model import metrics
from pipeline import gate, intervals
from pipeline.command import Document
from pipeline.comparison import WHOLE
from pipeline.errors import UserError
from pipeline.intervals import Interval
from pipeline.sections import Gate

Numbers = dict[str, Interval]


@dataclass(frozen=True)
class Part:
    """A segment of the evaluation rows, and the model's metrics on it."""

    name: str
    rows: int
    numbers: Numbers

    @property
    def column(self) -> str:
        """What it is a value of: origin, of origin=JFK."""
        return self.name.partition("=")[0]


@dataclass(frozen=True)
class Facts:
    """A candidate. `owner` has the sections of model/card.md, `run` the run record, `gate` the policy."""

    name: str
    description: str
    owner: Mapping[str, str]
    run: Document
    verdict: Document
    gate: Gate

    @property
    def evaluation(self) -> Document:
        """Of this model."""
        found: Document = self.verdict["evaluations"]["candidate"]
        return found

    @property
    def training(self) -> Document:
        """The signature's summary of the training rows."""
        found: Document = self.evaluation["model"]["training"]
        return found

    @cached_property
    def days(self) -> list[str]:
        """The days of the evaluation rows."""
        return sorted(self.evaluation["tallies"][WHOLE])

    @cached_property
    def numbers(self) -> Numbers:
        """Every metric on all evaluation rows."""
        return intervals.intervals(self._read(WHOLE))

    @cached_property
    def parts(self) -> list[Part]:
        """Every segment, the largest of each column first."""
        found = []
        for name in self.evaluation["tallies"]:
            if name != WHOLE:
                days = self._read(name)
                found.append(Part(name, int(metrics.rows(days.sum(0))), intervals.intervals(days)))
        return sorted(found, key=lambda part: (part.column, -part.rows, part.name))

    @property
    def judged(self) -> list[Part]:
        """The segments that have enough rows for the gate to judge."""
        return [part for part in self.parts if part.rows >= self.gate.segment_rows]

    @property
    def watched(self) -> list[str]:
        """The metrics that the gate judges in each segment, its own first."""
        return list(dict.fromkeys([self.gate.metric, *self.gate.segment_worsening]))

    def protected(self) -> Iterator[tuple[str, list[Part]]]:
        """The protected columns, each with its judged segments."""
        for column in self.gate.protected:
            yield column, [part for part in self.judged if part.column == column]

    def gap(self, parts: list[Part], metric: str) -> float:
        """How far apart a metric is between segments; NaN without any."""
        values = [part.numbers[metric].value for part in parts]
        return max(values) - min(values) if values else float("nan")

    @cached_property
    def curves(self) -> dict[str, list[dict[str, float]]]:
        """The reliability curve of this model, and that of production's where there is one."""
        champion = self.verdict["evaluations"]["champion"]
        found = {"this model": metrics.curve(self._read(WHOLE).sum(0))}
        if champion:
            tallies = intervals.read(champion["tallies"][WHOLE], sorted(champion["tallies"][WHOLE]))
            found["production"] = metrics.curve(tallies.sum(0))
        return found

    @property
    def contributions(self) -> list[tuple[str, float]]:
        """The features by how much they move the answer, largest first; none where training says none."""
        found = self.training.get("contributions") or {}
        return sorted(found.items(), key=lambda item: -item[1])

    @property
    def overrides(self) -> list[Document]:
        """The gate's rules that a person took the responsibility for."""
        return [{"rule": rule, **one} for rule, one in gate.given(self.verdict).items()]

    def _read(self, name: str) -> intervals.Floats:
        try:
            return intervals.read(self.evaluation["tallies"][name], self.days)
        except (KeyError, ValueError) as error:
            raise UserError(
                "this candidate was evaluated by another model/metrics.py: run `pipeline gate` again"
            ) from error
