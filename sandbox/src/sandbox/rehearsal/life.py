"""What the steps share: calling a verb and checking what it left behind, seen from outside."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any, TypeVar

from sandbox.rehearsal import caller, damage, decisions, roles, traffic, upstream
from sandbox.rehearsal.children import Account, Told, Verbs
from sandbox.rehearsal.identity import REGISTRY
from sandbox.rehearsal.observer import Observer
from sandbox.rehearsal.record import Candidate, Record, Release
from sandbox.rehearsal.roles import Administrator, Who
from sandbox.rehearsal.runner import Runner
from sandbox.rehearsal.scenario import Scenario
from sandbox.rehearsal.witness import Witness
from sandbox.rehearsal.workspace import Workspace

T = TypeVar("T")

RATE = 32.0  # requests per second, to production
LATE = 3.0  # seconds after a request somebody knows what was true of its rows
PREPARED, JUDGED = 3, 10  # exit codes of `pipeline release`
SAID = (  # what is taken over from the release tool's own words
    "environment", "version", "verdict", "cause", "reason", "seconds", "config_before", "config_asked", "config_after",
)  # fmt: skip


class Failed(Exception):
    """An outcome was not the one that had to be observed; the text says which."""


def expect(holds: bool, sentence: str) -> None:
    """Raise Failed with `sentence` unless `holds`."""
    if not holds:
        raise Failed(sentence)


@dataclass
class Life:
    """One rehearsal under way."""

    name: str
    scenario: Scenario
    workspace: Workspace
    account: Account
    runner: Runner
    verbs: Verbs
    observer: Observer
    record: Record
    client: traffic.Traffic | None = None
    put: upstream.Put | None = None
    labeller: upstream.Labeller | None = None
    changed: float = 0.0  # the wall-clock second since which rows or model are others
    first_config: str = ""
    candidates: dict[int, Candidate] = field(default_factory=dict)

    def call(self, command: str, *words: str, code: int = 0) -> dict[str, Any]:
        """Run a verb as the workflow job that runs it; it must end with exit code `code`. Returns its JSON."""
        return self._called(roles.job(command, *words), command, *words, code=code)

    def administer(self, part: str, command: str, *words: str) -> dict[str, Any]:
        """Run a command as an administrator of the account of `part`; it must end with 0. Returns its JSON."""
        return self._called(Administrator(part), command, *words)

    def alone(self, command: str, *words: str, code: int = 0) -> dict[str, Any]:
        """Run a verb that needs no account, without credentials; it must end with `code`. Returns its JSON."""
        return self._called(None, command, *words, code=code)

    def _called(self, who: Who, command: str, *words: str, code: int = 0) -> dict[str, Any]:
        told = self.tell(who, command, *words)
        expect(told.code == code, _ended(told, code))
        return told.document

    def tell(self, who: Who, command: str, *words: str) -> Told:
        """Run a command as `who`, and note in the record who it was, how it ended and what it took."""
        started = self.record.now()
        told = self.verbs(self.runner.environment(who), command, *words)
        self.record.verbs.append(
            {
                "verb": told.words,
                "role": roles.title(who),
                "account": self.runner.account(who),
                "code": told.code,
                "started": started,
                "seconds": round(self.record.now() - started, 1),
            }
        )
        self.runner.learn(told.document.get("outputs", {}))
        return told

    def note_principals(self) -> None:
        """Take over who has asked for what until now, and what was denied."""
        before = f"{self.name}-{self.runner.identity.region}-"
        self.record.principals = decisions.read(self.account.folder / decisions.FILES[0], before)

    def nothing_denied(self) -> None:
        """No call may have been denied, also none that its caller does without. Raises Failed naming the first ones."""
        self.note_principals()
        denied = decisions.denied(self.record.principals)
        expect(not denied, f"denied: {'; '.join(denied[:3])}")

    def together(self, call: Callable[[str], T], subjects: Sequence[str]) -> list[T]:
        """`call` of each of `subjects` at the same time; Ctrl-C doesn't wait for the verbs under way."""
        with ThreadPoolExecutor(len(subjects)) as pool:
            try:
                return list(pool.map(call, subjects))
            except KeyboardInterrupt:
                self.verbs.end()
                raise

    def file(self, path: str) -> Path:
        """A file of the workspace."""
        return self.workspace.folder / path

    def candidate(self, title: str, *, evaluate: bool = False) -> Candidate:
        """Train on the workspace as it is, and ask the gate, which must pass it; then register."""
        candidate = self.judged(title, code=0, evaluate=evaluate)
        registered = self.call("pipeline", "register")
        candidate.version = registered["version"]
        candidate.stopped_at, candidate.outcome = "register", "Registered."
        packages = self.observer.packages()
        expect(
            packages.get(candidate.version) == "Approved",
            f"the registry has {packages}, not {candidate.version}",
        )
        return candidate

    def judged(self, title: str, *, code: int, evaluate: bool = False) -> Candidate:
        """Train, and ask the gate, which evaluates what has not been and must end with `code`."""
        trained = self.call("pipeline", "train")
        if evaluate:
            self.call("pipeline", "evaluate")
        candidate = Candidate(title, trained["candidate"], "gate", "Refused by the gate.")
        self.record.candidates.append(candidate)
        candidate.gate = self.call("pipeline", "gate", code=code)
        expect(candidate.gate["passed"] is (code == 0), "the gate's exit code and its verdict differ")
        return candidate

    def release(self, title: str, *words: str, code: int = 0, meanwhile: Callable[[], object] | None = None) -> Release:
        """Release or roll back, which must end with exit code `code`; `meanwhile` happens as the update begins.

        The record says what the tool said, and what traffic and witness saw meanwhile, also when it ends otherwise.
        """
        started = self.record.now()
        with Witness(self.observer, words[1], meanwhile) as witness:
            told = self.tell(roles.job("pipeline", *words), "pipeline", *words)
        if "verdict" not in told.document:
            raise Failed(_ended(told, code))
        release = self.released(title, told.document, started, witness)
        expect(told.code == code, _ended(told, code))
        return release

    def released(self, title: str, said: dict[str, Any], started: float, witness: Witness) -> Release:
        """Note a release that began at `started` seconds: what a verb said of it, and what was seen meanwhile."""
        release = Release(
            id=said["release"],
            kind=said.get("kind", "release"),
            title=title,
            model_before=_model_of(self.record.releases, said["config_before"]),
            model_asked=said["model"],
            wall={"started": started, "ended": self.record.now()},
            **{key: said[key] for key in SAID},
        )
        self.record.releases.append(release)
        if release.environment == "production" and self.client and release.id:
            self._witnessed(release, witness)
        return release

    def _witnessed(self, release: Release, witness: Witness) -> None:
        """Add the requests of the release's time, and the moments that only an onlooker can tell."""
        assert self.client is not None  # noqa: S101 - release() looked
        began = self.record.began
        seen = self.client.between(began + (release.wall["started"] or 0.0), time.time())
        asked = [request.at for request in seen if request.model == release.model_asked]
        failed = [request for request in seen if request.failed]
        release.requests = {
            "sent": len(seen),
            "failed": len(failed),
            "failed_by_candidate": sum(request.model == release.model_asked for request in failed),
        }
        back = release.verdict == "rolled_back"
        verdict = witness.alarmed(release.id) if back else witness.in_service(release.config_asked)
        moments = {
            "shifted": asked[0] if asked else None,
            "verdict": verdict,
            "restored": asked[-1] if asked and back else None,
        }
        release.wall |= {name: None if at is None else round(at - began, 3) for name, at in moments.items()}

    def explain(self, release: Release) -> None:
        """Let `pipeline explain` say what happened to a release, and keep its sentence and its picture."""
        folder = self.account.folder.with_name("releases") / release.id
        words = ("explain", release.environment, release.id)
        told = self.call("pipeline", *words, "--out", str(folder))
        release.sentence, release.picture = told["sentence"], folder.joinpath("release.svg").read_text()

    def live_is(self, environment: str, config: str | None) -> None:
        """The endpoint must be InService with `config`, by DescribeEndpoint."""
        live = self.observer.live(environment)
        expect(
            (live.status, live.config) == ("InService", config),
            f"{environment} must be InService with {config}, "
            f"but DescribeEndpoint says {live.status} with {live.config}",
        )

    def promoted(self, release: Release) -> None:
        """The release must have ended on what it asked for, and the endpoint must say so."""
        expect(release.verdict == "promoted", f"{release.id} says {release.verdict}: {release.reason}")
        expect(
            release.config_asked == release.config_after,
            f"{release.id} asked for another configuration than it got",
        )
        self.live_is(release.environment, release.config_asked)
        self.registry_follows(release)

    def registry_follows(self, release: Release) -> None:
        """Production's version is at stage Production alone; staging's is at Staging, unless production serves it."""
        staged = self.observer.stages()
        at = {number for number, stage in staged.items() if stage == "Production"}
        right = at == {release.version}
        if release.environment == "staging":
            right = staged.get(release.version or 0, "") in ("Staging", "Production")
        expect(right, f"{release.environment} serves version {release.version}, but the stages are {staged}")

    def canary_share(self, release: Release) -> float:
        """Which share of the requests the new model answered while both did. Raises Failed when it was all or none."""
        assert self.client is not None  # noqa: S101 - only called under traffic
        start, end = (self.record.began + float(release.wall[name] or 0.0) for name in ("started", "ended"))
        seen = self.client.between(start, end)
        new = [request.at for request in seen if request.model == release.model_asked]
        expect(bool(new), f"{release.id}: the new model answered no request during its canary")
        old = [request.at for request in seen if request.model != release.model_asked and request.at > new[0]]
        expect(bool(old), f"{release.id}: all requests went to the new model at once, there was no canary")
        last = min(old[-1], new[-1])
        both = [request for request in seen if new[0] <= request.at <= last]
        share = sum(request.model == release.model_asked for request in both) / len(both)
        planned = self.observer.planned_share("production", release.id)
        chance = 4 * 0.5 / sqrt(len(both))  # four standard deviations, of a half; of less they are smaller
        expect(abs(share - planned) < chance, f"{release.id}: the share was {share:.0%}, not near {planned:.0%}")
        return share

    def begin_traffic(self) -> None:
        """Start the client that does not stop before teardown; its first request must be answered."""
        endpoint = self.observer.settings("production", "service")["endpoint"]
        here, account = self.runner.identity.region, self.runner.identity.account("production")
        iam, sts = (self.observer.client(service, "production") for service in ("iam", "sts"))
        asks = caller.make(iam, sts, account, here, f"arn:aws:sagemaker:{here}:{account}:endpoint/{endpoint}")
        send = traffic.sender(self.account.url, endpoint, asks.sign, workers=16)
        questions = damage.questions(self.workspace.folder, self.scenario.traffic)
        self.client = traffic.Traffic(send, questions, rate=RATE)
        first = self.client.request(questions[0])
        expect(first.status == 200, f"production answered its first request with {first.status or 'nothing'}")
        self.client.start()
        self._begin_labels()

    def _begin_labels(self) -> None:
        """Let another system learn what was true, and tell it late."""
        assert self.client is not None  # noqa: S101 - only called under traffic
        stored = self.observer.settings("platform", "storage")
        iam, sts = (self.observer.client(service) for service in ("iam", "sts"))
        here, account = self.runner.identity.region, self.runner.identity.account(REGISTRY)
        self.put = upstream.make(iam, sts, account, here, self.account.url, stored["bucket"], stored["kms_key_arn"])
        self.labeller = upstream.Labeller(self.client, self.put, "production", LATE)
        self.labeller.start()

    def newcomers(self, share: float | None = None) -> None:
        """From now on a share of the requests, the scenario's if none is given, has a value that no model has seen."""
        assert self.client is not None  # noqa: S101 - only called under traffic
        newcomer = self.scenario.newcomer
        known = damage.questions(self.workspace.folder, self.scenario.traffic, most=800)
        unseen = damage.told(known, newcomer.column, newcomer.value)
        self.client.meet(unseen, newcomer.share if share is None else share)


def wait_for(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether `holds` became true within `seconds`."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def _model_of(releases: list[Release], config: str | None) -> str | None:
    return next((release.model_asked for release in releases if release.config_asked == config), None)


def _ended(told: Told, code: int) -> str:
    return f"`{told.words}` ended with {told.code} instead of {code}: {told.why}"
