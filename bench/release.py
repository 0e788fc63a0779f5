"""Which bad releases are stopped, and where: `make bench-release` writes build/bench/release.json.

Real HTTP in a sandbox of its own for each rate: `pipeline release production` is the process that a workflow runs, and
requests fail or are answered by the candidate's own code. Rates are of AWS's time, which runs faster here the thinner
the traffic is. docs/benchmarks.md says what each figure means.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any

from bad import BEFORE, SEEN, UNSEEN, Bad, spoil
from killable import Ended, until
from opening import opened
from production import Production

SPEEDS = {0.1: 100.0, 1.0: 30.0, 20.0: 3.0}  # by requests a second of AWS's time: how much faster it runs here
HEALTHY = {0.1: 8, 1.0: 8, 20.0: 4}  # releases
BASE = 0.005  # of the requests fail, whichever fleet answers
POLICY = {  # what a bake can prove in a minute of this machine; all else is as the project promises it
    "canary": {"headroom": 0, "detect": 0.05, "shortest_seconds": 240, "final_seconds": 60, "startup_seconds": 1800},
    "replay": {"requests": 200},
}
HEARTBEAT = {  # at least ten seconds of this machine, and a bake that is longer
    0.1: {"heartbeat_seconds": 1020, "shortest_seconds": 1200},
    1.0: {"heartbeat_seconds": 300, "shortest_seconds": 480},
    20.0: {},
}
CAPTURED = 70.0  # AWS seconds until what was sent is captured
LONGEST = 600.0  # real seconds of a release
WHERE = {"gate": "gate", "replay": "replay", "registry": "gate"}  # a refusal's cause
HEALTHY_ONE, NOT_STOPPED = "healthy", "none"
PARENT = os.getppid()
Row = dict[str, Any]


@dataclass
class Bench:
    """Production at one rate, and what became of its releases."""

    made: Production
    rps: float
    tell: Callable[[Row], None]
    bad: dict[str, int] = field(default_factory=dict)

    def prepare(self) -> None:
        """Apply the stacks, register two good versions and the bad ones, and let the first good one serve."""
        made = self.made
        made.apply("production")
        made.good.append(made.register())
        made.serve()
        made.good.append(made.patched(made.good[0]))
        for kind in dict.fromkeys(one.kind for one in (*SEEN, *UNSEEN)):
            with self.spoiled(kind):
                self.bad[kind] = int(made.run("pipeline", "register", "--model-of", str(made.good[0]))["version"])
        self.calm()

    @contextmanager
    def spoiled(self, kind: str) -> Iterator[None]:
        """The project's code with a kind's fault in it."""
        unseen = self.made.scenario.newcomer
        spoil(self.made.workspace, kind, unseen.column, unseen.value)
        try:
            yield
        finally:
            self.made.workspace.revert()

    def calm(self) -> None:
        """No fault but the few failures that there always are, and none of the values that only bad ones mind."""
        self.made.newcomers(0.0)
        self.made.lift()
        self.made.fault(do="errors", endpoint=self.made.endpoint, share=BASE)

    def life(self, healthy: int) -> None:
        """Every release of this rate. Between two bad ones is a healthy one, whose captured requests are its own."""
        self.untrainable()
        self.made.newcomers(SEEN[0].share)
        time.sleep(CAPTURED / SPEEDS[self.rps] + 5)
        for one in SEEN:
            self.release(one, self.bad[one.kind])
        for number in range(max(healthy, len(UNSEEN))):
            if number < healthy:
                self.calm()
                self.release(None, self.made.candidate())
            if number < len(UNSEEN):
                one = UNSEEN[number]
                self.release(one, self.made.candidate() if one.host else self.bad[one.kind])

    def untrainable(self) -> None:
        """A model that answers NaN to everything: is there a version of it?"""
        began, live = time.monotonic(), self.made.live()
        with self.spoiled("NaN, every answer"):
            for verb in ("train", "gate", "register"):
                ended = self.made.start("pipeline", verb).end(LONGEST)
                if ended.code:
                    break
        self.tell(
            {
                "kind": "NaN, every answer",
                "begins": None,
                "rps": self.rps,
                "stage": verb if ended.code else NOT_STOPPED,
                "cause": None,
                "verdict": "refused" if ended.code else "registered",
                "reason": str(ended.document.get("error") or ended.document.get("next") or "")[:300],
                "seconds": round((time.monotonic() - began) * SPEEDS[self.rps]),
                "failed_requests": 0,
                "live_ok": self.made.live() == live,
            }
        )

    def release(self, bad: Bad | None, version: int) -> None:
        """Release a version, from beginning to end, and tell what became of it."""
        made, before, known = self.made, self.made.live(), len(self.made.records())
        since, began, stage = time.time(), time.monotonic(), "locked"
        if bad and bad.host:
            made.fault(do=bad.host, endpoint=made.endpoint)
        running, sent = made.release(version), bad is None or bad.begins == BEFORE
        try:
            while running.process.poll() is None:
                if time.monotonic() > began + LONGEST or os.getppid() != PARENT:
                    raise TimeoutError(f"a release of {bad} at {self.rps} requests/s took longer than {LONGEST:g} s")
                stage = made.state() or stage
                if not sent and stage in ("canary", "final") and bad:
                    made.newcomers(bad.share)
                    sent = True
                time.sleep(0.2)
            ended = running.end()
        finally:
            if running.process.poll() is None:
                running.kill()
        if bad and bad.begins != BEFORE:
            self.calm()
        until(made.settled, 60, "an endpoint that is in service")
        seconds = round((time.monotonic() - began) * SPEEDS[self.rps])
        self.tell(
            self.row(bad, ended, stage, before, known) | {"seconds": seconds, "failed_requests": made.failed(since)}
        )

    def row(self, bad: Bad | None, ended: Ended, stage: str, before: str, known: int) -> Row:
        """What became of a release, and whether production serves what its record says."""
        said, made = ended.document, self.made
        records = made.records()
        record = records[0] if len(records) > known else None
        promoted = record is not None and record.state == "promoted"
        wanted = record.config_asked if record and promoted else before
        cause = said.get("cause")
        stage = "provision" if cause == "provision" else stage
        details = record.details if record else {}
        return {
            "kind": bad.named if bad else HEALTHY_ONE,
            "begins": bad.begins if bad else None,
            "rps": self.rps,
            "measured_rps": details.get("plan", {}).get("rate"),
            "stage": NOT_STOPPED if promoted else WHERE.get(str(cause), stage),
            "cause": cause,
            "verdict": said.get("verdict"),
            "reason": str(said.get("reason") or said.get("error") or ended.errors)[:300],
            "code": ended.code,
            "to_verdict": record.to_verdict if record else None,
            "proves": details.get("plan", {}).get("proves"),
            "bake_seconds": details.get("plan", {}).get("bake_seconds"),
            "live_ok": made.live() == wanted and not made.locked() and (record is None or bool(record.ended)),
        }


def lived(project: Path, rps: float, healthy: int, tell: Callable[[Row], None]) -> None:
    """All releases of a rate, in an account of its own, which ends with them."""
    with tempfile.TemporaryDirectory(prefix="bench-release-") as folder:
        promises = POLICY | {"canary": POLICY["canary"] | HEARTBEAT[rps]}
        rate = rps * SPEEDS[rps]
        with opened(project, Path(folder), speed=SPEEDS[rps], promises=promises, rate=rate) as made:
            bench = Bench(made, rps, tell)
            bench.prepare()
            bench.life(healthy)


def one_rate(project: Path, rps: float, healthy: int) -> int:
    """Print each row as it comes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lived(project, rps, healthy, lambda row: print(json.dumps(row), flush=True))
    return 0


def together(rates: Sequence[float], given: argparse.Namespace) -> Iterator[Row]:
    """The rows of all rates as they come, each rate a process of its own; all are ended with this generator."""
    running, lines = [], Queue[str | None]()
    try:
        for rate in rates:
            healthy = HEALTHY[rate] if given.healthy is None else given.healthy
            words = [str(given.project), str(given.out), "--one", "--rates", f"{rate:g}", "--healthy", str(healthy)]
            child = subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)  # noqa: S603
            running.append(child)
            Thread(target=_passed_on, args=(child.stdout, lines), daemon=True).start()
        for _ in rates:
            while line := lines.get():
                yield json.loads(line)
    finally:
        for child in running:
            child.terminate()
        for child in running:
            child.wait()


def _passed_on(output: IO[str], lines: Queue[str | None]) -> None:
    for line in output:
        lines.put(line)
    lines.put(None)


def broken(rows: Sequence[Row], rates: Sequence[float], given: argparse.Namespace) -> list[str]:
    """What must not be: sentences."""
    found = []
    for rate in rates:
        healthy = HEALTHY[rate] if given.healthy is None else given.healthy
        planned, there = 1 + len(SEEN) + len(UNSEEN) + healthy, sum(row["rps"] == rate for row in rows)
        if there != planned:
            found.append(f"{rate:g} requests/s ended after {there} of {planned} releases")
    for row in rows:
        told = f"{row['kind']} at {row['rps']:g} requests/s, {row['verdict']} ({row['cause']}): {row['reason']}"
        if not row["live_ok"]:
            found.append(f"another configuration is live than the record says: {told}")
        if row["kind"] == HEALTHY_ONE and row["stage"] != NOT_STOPPED:
            found.append(f"a healthy release was not promoted: {told}")
    return found


def table(rows: Sequence[Row]) -> Iterator[str]:
    """How many of each kind were stopped, and where, by rate; as Markdown."""
    rates = sorted({row["rps"] for row in rows})
    yield "| release | " + " | ".join(f"{rate:g}/s" for rate in rates) + " |"
    yield "|---" * (len(rates) + 1) + "|"
    for kind, begins in dict.fromkeys((row["kind"], row["begins"]) for row in rows):
        cells = []
        for rate in rates:
            found = [row for row in rows if (row["kind"], row["begins"], row["rps"]) == (kind, begins, rate)]
            stages = Counter(
                row["stage"] if row["cause"] in (None, row["stage"]) else f"{row['stage']} ({row['cause']})"
                for row in found
            )
            cells.append(", ".join(f"{stage} {count}" for stage, count in stages.items()))
        yield f"| {kind}{f', {begins}' if begins else ''} | " + " | ".join(cells) + " |"
    shares = []
    for rate in rates:
        its = [row for row in rows if row["rps"] == rate and row["kind"] != HEALTHY_ONE]
        shares.append(f"{sum(row['stage'] != NOT_STOPPED for row in its)} of {len(its)}")
    yield "| **bad releases stopped** | " + " | ".join(shares) + " |"


def main() -> int:
    """Release, write the document; 1 where a healthy release went back, or the ledger is wrong about what is live."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="a baked project, whose code is released")
    parser.add_argument("out", type=Path, help="the JSON document to write")
    parser.add_argument("--rates", type=float, nargs="+", default=list(SPEEDS), choices=list(SPEEDS))
    parser.add_argument("--healthy", type=int, help="healthy releases of each rate, for a quick look")
    parser.add_argument("--one", action="store_true", help="of one rate, in this process, as lines of JSON")
    given = parser.parse_args()
    if given.one:
        return one_rate(given.project.absolute(), given.rates[0], given.healthy)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began, rows = time.perf_counter(), list[Row]()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    for row in together(given.rates, given):
        rows.append(row)
        told = ", ".join(f"{key} {row.get(key)}" for key in ("begins", "stage", "cause", "seconds", "failed_requests"))
        print(f"{time.perf_counter() - began:6.0f} s  {row['rps']:g}/s {row['kind']}: {told}", flush=True)
        given.out.write_text(json.dumps(rows, indent=1) + "\n")
    print("\n".join(table(rows)))
    wrong = broken(rows, given.rates, given)
    print("\n".join(wrong) or "every healthy release was promoted, and what is live is what each record says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
