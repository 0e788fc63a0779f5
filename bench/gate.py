"""What the gate costs and saves in a year of flights: `make bench-gate` writes build/bench/gate.json.

The same year is lived under several policies, with the code of a baked project; docs/benchmarks.md says what each
figure means. Seeds and bounds were chosen before the first run.
"""

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Callable
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import promises
from model import train
from pipeline import policy, rules, sections
from pipeline.comparison import Comparison
from pipeline.intervals import Interval
from promises import Promise, promise
from replay import Life, Moment, Trained, Year

EVERY = 4  # weeks between two refreshes
DAMAGES = (1, 2, 3, 4, 5)  # seeds: which refreshes are damaged, and by how many rows their labels are off
DAMAGED = 3  # refreshes of a year
TWINS = (1, 2, 3)  # seeds: models of equal skill, each compared with each
ALARM, ALARM_DAYS, ALARM_FEWEST = 0.05, 28, 7  # |mean answer - share of ones| on the newest labelled days it served

Accept = Callable[[Trained, Trained, Moment], str | None]  # candidate, champion: why not, None when it may go live


class Bench:
    """A year, its first model, and every other model and document that has been asked for."""

    def __init__(self, year: Year, bounds: sections.Gate) -> None:
        self.year, self.bounds = year, bounds
        self.first = year.train_first()
        self.models: dict[Any, Trained] = {}
        self.documents: dict[tuple[str, Moment], dict[str, Any]] = {}

    def model(self, moment: Moment, **how: int) -> Trained:
        """What training at a moment gives."""
        key = (moment, *sorted(how.items()))
        if key not in self.models:
            self.models[key] = self.year.train(moment.split, **how)
        return self.models[key]

    def document(self, model: Trained, moment: Moment) -> dict[str, Any]:
        """The model's evaluation.json of a moment."""
        key = (model.digest, moment)
        if key not in self.documents:
            self.documents[key] = self.year.document(model, moment)
        return self.documents[key]

    def difference(self, candidate: Trained, champion: Trained, moment: Moment) -> Interval:
        """Of the policy's metric, with its interval; negative is better."""
        compared = Comparison(self.document(candidate, moment), self.document(champion, moment))
        return compared.to_champion[self.bounds.metric]

    def shipped(self, candidate: Trained, champion: Trained, moment: Moment) -> str | None:
        """The rules of the shipped gate that refuse the candidate."""
        decided = rules.decide(self.bounds, self.document(candidate, moment), self.document(champion, moment))
        return ", ".join(rule.rule for rule in decided if rule.passed is False) or None

    def superior(self, candidate: Trained, champion: Trained, moment: Moment) -> str | None:
        """Refuses unless the whole interval of the difference is better."""
        return None if self.difference(candidate, champion, moment).high < 0 else "interval"

    def lives(self, every: int, accept: Accept | None = None, damaged: dict[int, int] | None = None) -> Life:
        """A year with a training every so many weeks, some of them on labels that are so many rows off."""

        def step(life: Life, moment: Moment) -> Trained | None:
            number, rest = divmod(self.year.moments.index(moment) + 1, every)
            if rest:
                return None
            how = {"misalign": damaged[number]} if damaged and number in damaged else {}
            return self._tried(life, self.model(moment, **how), accept, moment)

        return self.year.live(self.first, step)

    def alarmed(self) -> Life:
        """A year with a training whenever the live model's mean is off."""

        def step(life: Life, moment: Moment) -> Trained | None:
            off = self.year.miscalibration(life, moment, ALARM_DAYS, ALARM_FEWEST)
            return self._tried(life, self.model(moment), None, moment) if off > ALARM else None

        return self.year.live(self.first, step)

    def _tried(self, life: Life, candidate: Trained, accept: Accept | None, moment: Moment) -> Trained | None:
        life.trainings += 1
        why = accept(candidate, life.live[-1][1], moment) if accept else None
        if why:
            life.refused.append(f"day {moment.day}: {why}")
        return None if why else candidate


def policies(bench: Bench) -> dict[str, dict[str, Any]]:
    """A year of each policy on clean data."""
    lived: dict[str, Callable[[], Life]] = {
        "never": partial(bench.lives, 10**6),
        "every week": partial(bench.lives, 1),
        "every 4 weeks": partial(bench.lives, EVERY),
        "calibration alarm": bench.alarmed,
        "every 4 weeks, superiority": partial(bench.lives, EVERY, bench.superior),
        "every 4 weeks, the gate": partial(bench.lives, EVERY, bench.shipped),
    }
    return {name: told(bench, name, live()) for name, live in lived.items()}


def damages(bench: Bench) -> dict[str, dict[str, Any]]:
    """The same with damaged labels, the mean over the seeds; each seed's log loss is kept."""
    accepts: dict[str, Accept | None] = {"no gate": None, "superiority": bench.superior, "the gate": bench.shipped}
    found: dict[str, dict[str, Any]] = {}
    for name, accept in accepts.items():
        years = [
            told(bench, f"damaged, {name}", bench.lives(EVERY, accept, damage(bench.year, one))) for one in DAMAGES
        ]
        means = {key: float(np.mean([one[key] for one in years])) for key in ("log_loss", "auc", "promotions")}
        found[name] = means | {"trainings": years[0]["trainings"], "seeds": years}
    return found


def damage(year: Year, seed: int) -> dict[int, int]:
    """Which refreshes are damaged, counted from 1, and by how many rows their labels are off."""
    random = np.random.default_rng(seed)
    chosen = random.choice(len(year.moments) // EVERY, DAMAGED, replace=False) + 1
    return {int(one): int(random.integers(1000, year.row(year.moments[0].split))) for one in sorted(chosen)}


def reseeds(bench: Bench) -> dict[str, float]:
    """Every week, models of equal skill: how often one is called an improvement on the other."""
    counts, pairs = dict.fromkeys(("called", "wholly_better", "higher_auc"), 0), 0
    for moment in bench.year.moments:
        twins = [bench.model(moment, to=moment.known, resample=seed) for seed in TWINS]
        for candidate, champion in permutations(twins, 2):
            found = bench.difference(candidate, champion, moment)
            ours, theirs = (bench.document(one, moment)["metrics"]["auc"] for one in (candidate, champion))
            called = rules.called(bench.bounds.metric, found, bench.bounds.margin)
            counts["called"] += called == "improvement"
            counts["wholly_better"] += found.high < 0
            counts["higher_auc"] += ours > theirs
            pairs += 1
    say(f"reseeds: {counts} of {pairs}")
    return {"pairs": pairs, **{name: count / pairs for name, count in counts.items()}}


def goals(clean: dict[str, Any], damaged: dict[str, Any], twins: dict[str, float]) -> list[Promise]:
    """What is promised, with what was found."""
    loss = {name: found["log_loss"] for name, found in clean.items()}
    gated, always = clean["every 4 weeks, the gate"], loss["every 4 weeks"]
    harm = damaged["no gate"]["log_loss"] - always
    undone = (damaged["no gate"]["log_loss"] - damaged["the gate"]["log_loss"]) / harm
    gain = (loss["never"] - gated["log_loss"]) / (loss["never"] - loss["every week"])
    trainings = gated["trainings"] / clean["every week"]["trainings"]
    return [
        promise("equal-skill reseeds that are called an improvement", twins["called"], "at most", 0.05),
        promise("log loss above promoting always, clean data", gated["log_loss"] - always, "at most", 0.001),
        promise("harm of damaged candidates undone", undone, "at least", 0.9),
        promise("gain of retraining weekly that is kept", gain, "at least", 0.65),
        promise("trainings, of the weekly ones", trainings, "at most", 0.25),
    ]


def told(bench: Bench, name: str, life: Life) -> dict[str, Any]:
    """What a year was worth, also said."""
    worth = bench.year.worth(life)
    say(
        f"{name}: log loss {worth['log_loss']:.4f}, AUC {worth['auc']:.3f}, {life.trainings} trainings, "
        f"{life.promotions} promotions {life.refused or ''}"
    )
    counts = {"trainings": life.trainings, "promotions": life.promotions, "refused": life.refused}
    return {"log_loss": worth["log_loss"], "auc": worth["auc"], **counts}


def say(sentence: str) -> None:
    """One line of progress, with the seconds since the start."""
    print(f"{time.perf_counter() - BEGAN:6.0f} s  {sentence}", flush=True)


def main() -> int:
    """Live the year, write the document; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="a baked project, whose code is measured")
    parser.add_argument("flights", type=Path, help="what bench/flights.py made")
    parser.add_argument("out", type=Path, help="the JSON document to write")
    parser.add_argument("--share", type=float, default=1.0, help="of the rows of every day, for a quick look")
    given = parser.parse_args()
    shipped = policy.load(given.project)
    settings = train.Hyperparameters(**tomllib.loads((given.project / "model/hyperparameters.toml").read_text()))
    year = Year(given.flights, settings, shipped.data.evaluation_days, given.share, given.out.parent / "models")
    say(f"{year.rows.height} flights, {len(year.moments)} weeks")
    bench = Bench(year, shipped.gate)
    clean, damaged, twins = policies(bench), damages(bench), reseeds(bench)
    promised = goals(clean, damaged, twins)
    document = {"rows": year.rows.height, "policies": clean, "damaged": damaged, "reseeds": twins, "goals": promised}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(document, indent=2) + "\n")
    return promises.told(promised)


if __name__ == "__main__":
    BEGAN = time.perf_counter()
    sys.exit(main())
