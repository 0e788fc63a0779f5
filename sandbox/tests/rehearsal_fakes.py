"""A rehearsal without an account: verbs, observer, workspace and traffic that do as a test tells them."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

from sandbox.rehearsal import scenario
from sandbox.rehearsal.children import Told
from sandbox.rehearsal.identity import Identity
from sandbox.rehearsal.life import Life
from sandbox.rehearsal.observer import Live
from sandbox.rehearsal.record import Record, Release
from sandbox.rehearsal.roles import Who, title
from sandbox.rehearsal.traffic import Question, Request

SCENARIO = """
[bad_rows]
file = "data/7.parquet"
column = "distance"
value = -1
rows = 4
[bad_file]
file = "data/8.parquet"
column = "distance"
value = -1
share = 0.25
[refresh]
add = ["data/7.parquet"]
[damaged]
add = ["data/8.parquet"]
permute = "late"
seed = 1
files = ["data/7.parquet"]
[broken]
add = ["data/8.parquet"]
patch = "strict.patch"
[newcomer]
column = "carrier"
value = "ZZ"
share = 0.5
[traffic]
files = ["data/9.parquet"]
columns = ["distance", "carrier"]
label = "late"
together = 2
[loop]
drifted = ["data/8.parquet"]
arrives = ["data/7.parquet", "data/8.parquet"]
later = ["data/9.parquet"]
promise = "log_loss"
[broken_column]
column = "distance"
[policy.canary]
detect = 0.25
[policy.monitor]
block_minutes = 1
window_blocks = 7
label_hours = 0
"""
Answer = tuple[int, dict[str, Any]]


class Verbs:
    """Answers a verb with what `answers` holds for the longest beginning of its words; a function is called."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[], Answer]] = {}
        self.said: list[str] = []
        self.by: dict[str, str] = {}
        self.ended = False

    def end(self) -> None:
        """Remember that it was asked."""
        self.ended = True

    def __call__(self, env: Mapping[str, str], command: str, *words: str) -> Told:
        """The verb's exit code and JSON; `by` keeps who ran it."""
        said = " ".join((command, *words))
        self.said.append(said)
        self.by[said] = env["WHO"]
        key = max((key for key in self.answers if said.startswith(key)), key=len, default=None)
        assert key, f"no answer to {said}"
        answer = self.answers[key]
        code, document = answer if isinstance(answer, tuple) else answer()
        return Told(said, code, document, Path("a.log"))


@dataclass
class Observer:
    """What a plain client would read."""

    configs: dict[str, str] = field(default_factory=dict)
    status: str = "InService"
    registry: dict[int, str] = field(default_factory=dict)
    staged: dict[int, str] = field(default_factory=lambda: {1: "Archived", 2: "Production"})
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    counted: dict[str, Counter[int]] = field(default_factory=dict)
    buckets: int = 2
    alarmed: dict[str, float] = field(default_factory=dict)
    down: list[str] = field(default_factory=list)
    open: dict[str, str] = field(default_factory=dict)

    def serves(self, environment: str) -> bool:
        """Whether it has an endpoint."""
        return environment not in self.down

    def settings(self, environment: str, _name: str) -> dict[str, str]:
        """The endpoint of an environment, and where the platform keeps things."""
        return {"endpoint": f"toy-{environment}", "bucket": "toy-bucket", "kms_key_arn": "toy-key"}

    def live(self, environment: str) -> Live:
        """The configuration of an environment."""
        return Live(self.status, self.configs.get(environment, "none"))

    def sounding(self, _environment: str) -> dict[str, float]:
        """Which alarms fire."""
        return dict(self.alarmed)

    def planned_share(self, _environment: str, _release: str) -> float:
        """A half."""
        return 0.5

    def under_way(self, _environment: str) -> dict[str, str]:
        """The release that holds the lock."""
        return dict(self.open)

    def packages(self) -> dict[int, str]:
        """The registry."""
        return dict(self.registry)

    def stages(self) -> dict[int, str]:
        """The registry's stages; version 2 is what every release is about."""
        return dict(self.staged)

    def ledger(self, _environment: str, release: str) -> dict[str, str]:
        """The entry of a release."""
        return self.entries.get(release, {})

    def served(self, _environment: str) -> dict[str, Counter[int]]:
        """What the serving processes counted."""
        return self.counted

    def client(self, _service: str, _part: str = "registry") -> Any:
        """S3, with its buckets."""
        return SimpleNamespace(list_buckets=lambda: {"Buckets": [{}] * self.buckets})


class Workspace:
    """A folder with data; what git would do is noted in `acts`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.acts: list[str] = []
        (folder / "data").mkdir(parents=True)
        for name in ("7", "8", "9", "bad"):
            frame(20 if name != "bad" else 4).write_parquet(folder / "data" / f"{name}.parquet")
        (folder / "data" / "manifest.json").write_text("{}")

    def commit(self, message: str) -> None:
        """Note it."""
        self.acts.append(f"commit {message}")

    def restore(self) -> None:
        """Note it."""
        self.acts.append("restore")

    def revert(self) -> None:
        """Note it."""
        self.acts.append("revert")

    def apply(self, patch: str) -> None:
        """Note it."""
        self.acts.append(f"apply {patch}")

    def set(self, file: str, key: str, value: float | str, table: str = "") -> str:
        """Note it."""
        self.acts.append(f"set {key} of {table or file} to {value}")
        return "5"


class Client:
    """Traffic that is made up: `saw` adds requests at once, as answered by `model` with `status`."""

    rate = 25.0

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.met: tuple[Sequence[Question], float] | None = None
        self.asked: list[Sequence[Question]] = []
        self.stopped = False
        self.later: list[Request] = []

    def saw(self, *answers: tuple[str, int]) -> None:
        """One request per answer (model, status), some milliseconds apart: the record rounds to milliseconds."""
        for model, status in answers:
            time.sleep(0.003)
            self.requests.append(Request(time.time(), status, model))
        time.sleep(0.003)

    def between(self, start: float, end: float) -> list[Request]:
        """Those of a stretch of time, or `later` where there are none yet."""
        return [request for request in self.requests if start <= request.at < end] or self.later

    def counts(self) -> dict[str, Counter[int]]:
        """By model and status."""
        counted: dict[str, Counter[int]] = {}
        for request in self.requests:
            counted.setdefault(request.model, Counter())[request.status] += 1
        return counted

    def ask(self, questions: Sequence[Question]) -> None:
        """Remember what."""
        self.asked.append(questions)

    def meet(self, newcomers: Sequence[Question], share: float) -> None:
        """Remember whom."""
        self.met = newcomers, share

    def stop(self) -> None:
        """Remember that it was asked."""
        self.stopped = True


class Runner:
    """Gives every command one variable: who runs it, and in which account."""

    def __init__(self, accounts: Mapping[str, str] | None = None) -> None:
        self.identity = Identity(name="toy", region="eu-west-1", github_owner="somebody", accounts=accounts or {})
        self.learned: list[Mapping[str, Any]] = []

    def environment(self, who: Who) -> dict[str, str]:
        """Its only variable."""
        return {"WHO": f"{title(who)} of {self.account(who)}" if who else title(who)}

    def account(self, who: Who) -> str | None:
        """Whose credentials it has."""
        return self.identity.account(who.part) if who else None

    def learn(self, outputs: Mapping[str, Any]) -> None:
        """Remember them."""
        self.learned.append(outputs)


class Account:
    """An account that is not there; `outlives` is what it leaves."""

    url = "http://127.0.0.1:9"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stopped = False
        self.outlives: list[str] = []

    def stop(self) -> None:
        """Remember that it was asked."""
        self.stopped = True

    def left(self) -> list[str]:
        """What outlives it."""
        assert self.stopped
        return self.outlives


def frame(rows: int) -> pl.DataFrame:
    """A toy's data, every row another."""
    return pl.DataFrame(
        {
            "distance": [float(number) for number in range(rows)],
            "late": [number % 2 for number in range(rows)],
            "carrier": ["AA", "BB"] * (rows // 2),
        }
    )


def life(folder: Path, accounts: Mapping[str, str] | None = None) -> Any:
    """A rehearsal that began now, in `folder`, with fakes for everything outside."""
    (folder / "scenario.toml").write_text(SCENARIO)
    record = Record(project="toy", speed=60, began=time.time(), planned=8)
    fakes = {
        "account": Account(folder / "account"),
        "runner": Runner(accounts),
        "verbs": Verbs(),
        "observer": Observer(),
    }
    workspace: Any = Workspace(folder / "project")
    plan = scenario.read(folder / "scenario.toml")
    return Life(name="toy", scenario=plan, workspace=workspace, record=record, **fakes)  # type: ignore[arg-type]


def first_release() -> Release:
    """The first release, which ended long ago."""
    words = dict.fromkeys(("cause", "reason", "version", "config_before", "config_asked", "config_after"))
    models = {"model_before": None, "model_asked": None}
    made = Release(id="r", environment="production", kind="release", title="A", verdict="promoted", seconds={},
                   **words, **models)  # type: ignore[arg-type]  # fmt: skip
    made.wall = {"ended": 0.0}
    return made


def said(
    environment: str, verdict: str = "promoted", before: str | None = "old", asked: str = "new", **more: Any
) -> Any:
    """What `pipeline release --json` says; the model of configuration `new` is `new`, too."""
    return {
        "release": f"r-{environment}",
        "environment": environment,
        "version": 2,
        "verdict": verdict,
        "cause": "judge" if verdict == "rolled_back" else None,
        "reason": "because",
        "config_before": before,
        "config_asked": asked,
        "config_after": before if verdict == "rolled_back" else asked,
        "model": asked,
        "seconds": {"to_verdict": 60.0, "to_restored": 66.0 if verdict == "rolled_back" else None},
    } | more


def looked(states: Mapping[str, str], promise: str = "log_loss", **more: Any) -> dict[str, Any]:
    """What `pipeline monitor --json` says, with a finding on that promise."""
    worse = {"value": 0.03, "low": 0.01, "high": 0.05, "bound": 0.0}
    found = {"promise": promise, "state": states[promise], "sentence": "so it is", "subject": "", **worse}
    return {
        "version": 2,
        "states": dict(states),
        "broken": [one for one, state in states.items() if state == "broken"],
        "findings": [found, found | {"subject": "carrier=AA", "value": 9.0}],
        "values": {"LogLoss": 0.4, "Calibration": 0.1},
        "document": {"requests": 100},
    } | more


def gate(passed: bool) -> dict[str, Any]:
    """What `pipeline gate --json` says."""
    rules = [
        {"rule": "rows", "passed": True, "value": 9, "bound": 5, "sentence": "9 rows"},
        {"rule": "base", "passed": passed, "value": 0.4, "bound": 0.5, "sentence": "0.4 against 0.5"},
    ]
    return {"passed": passed, "candidate": "c", "champion": {"version": 1}, "rules": rules, "next": "register"}


def released(life: Any, *answers: tuple[str, int], code: int = 0, **more: Any) -> Release:
    """A release to production during which those requests were answered."""

    def answer() -> Answer:
        life.client.saw(*answers)
        return code, said("production", **{"verdict": "rolled_back" if code else "promoted"} | more)

    life.client = life.client or Client()
    life.verbs.answers["pipeline release production"] = answer
    release: Release = life.release("A", "release", "production", code=code)
    return release
