"""The steps of a rehearsal of faults: each way in which a release may end, caused on purpose.

The accounts, the first models and the traffic are those of the other rehearsal. Each step returns one line of what
was observed, or raises Failed.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

from sandbox.rehearsal import roles
from sandbox.rehearsal.life import JUDGED, Life, expect, wait_for
from sandbox.rehearsal.record import Candidate, Release
from sandbox.rehearsal.witness import Witness

POLICY, WORKER = "policy.toml", "serving/worker.py"
REFUSED, UNATTENDED, BACKSTOP, STOPPED, INFRASTRUCTURE = 1, 11, 12, 13, 20  # exit codes of `pipeline release`
AGAIN = ("--force", "--why", "the rehearsal looks for another fault")
SOON = 60.0  # seconds within which everything here has to happen


def candidates(life: Life) -> str:
    """Two candidates more: a good one, and one that breaks on what production does not send yet.

    The good one is the live model in another image, so that the gate lets each of them take the other's place.
    """
    live = next(one.version for one in life.record.candidates if one.version)
    worker = life.file(WORKER)
    worker.write_text(f"{worker.read_text()}\n# patched\n")
    life.workspace.commit("Patch the serving image")
    life.call("pipeline", "image")
    good = life.call("pipeline", "register", "--model-of", str(live))["version"]
    patched = Candidate("A patched image", "the live model", "register", "Registered without a training.", version=good)
    life.record.candidates.append(patched)
    life.workspace.apply(life.scenario.broken.patch)
    life.workspace.commit("Make the encoding strict")
    bad = life.candidate("Strict encoding").version
    life.workspace.revert()
    return f"version {good} is good, version {bad} breaks on a value that no training has seen"


def judge(life: Life) -> str:
    """A model that fails what production begins to send while it bakes."""
    injected = "production begins to send a value that no training has seen, and the candidate raises on it"
    release = _release(life, "The judge", _bad(life), injected, code=JUDGED, meanwhile=life.newcomers)
    return _back(life, release, "judge")


def replay(life: Life) -> str:
    """The same candidate once more: by now the value is among the captured requests."""
    injected = "nothing: the value of before is among the captured requests by now"
    release = _release(life, "The replay", _bad(life), injected, code=REFUSED)
    life.newcomers(0.0)
    life.live_is("production", release.config_before)
    reason = release.reason or "no reason given"
    expect("replay" in reason or "captured" in reason, f"the release was refused for another reason: {reason}")
    return f"refused before any traffic: {reason}"


def unproven(life: Life) -> str:
    """A good candidate, and promises that this traffic cannot prove."""
    was = life.workspace.set(POLICY, "detect", 0.02, "canary")
    release = _release(life, "Too little traffic", _other(life), "a promise that takes more traffic to prove")
    life.workspace.set(POLICY, "detect", float(was), "canary")
    said = (release.verdict, release.config_after)
    expect(said == ("promoted_unproven", release.config_asked), f"the release says {said[0]} of {said[1]}")
    life.live_is("production", release.config_asked)
    return "promoted, and said to be unproven: the replay had passed"


def human(life: Life) -> str:
    """Somebody takes a candidate back while it bakes."""
    rollback = ("rollback", "production", "--yes", "--why", "I have seen enough")
    with _under_way(life, "A person", "`pipeline rollback production` while it bakes", STOPPED) as release:
        told = life.tell(roles.job("pipeline", *rollback), "pipeline", *rollback)
        expect(told.code == STOPPED, f"`{told.words}` ended with {told.code} instead of {STOPPED}")
    return _back(life, release.result(), "human")


def heartbeat(life: Life) -> str:
    """The process is killed while the candidate bakes, and nobody is there: AWS goes back by itself."""
    injected, started = "SIGKILL to the process while the candidate bakes; nobody reconciles", life.record.now()
    before = life.observer.live("production").config
    words = _words(_other(life))
    with Witness(life.observer, "production") as witness, ThreadPoolExecutor(1) as pool:
        told = pool.submit(life.tell, roles.job("pipeline", *words), "pipeline", *words)
        _baking(life)
        life.verbs.end()
        told.result()
        returned = wait_for(lambda: life.observer.live("production").status == "InService", SOON)
        expect(returned, "the endpoint did not come to rest without anybody's help")
        life.live_is("production", before)
        expect(bool(life.observer.under_way("production")), "the ledger was closed by nobody")
        said = life.call("pipeline", "reconcile", "production", "--wait")
    release = life.released("Nobody is alive", said, started, witness)
    _explained(life, release, injected)
    return _back(life, release, "heartbeat")


def backstop(life: Life) -> str:
    """Both fleets fail alike: the judge has nothing against the candidate, the alarm on errors has."""
    was = life.workspace.set(POLICY, "minimum_requests", 3, "backstop")
    injected = "nine of ten requests fail, on both fleets: no evidence for the judge, and more than the alarms allow"
    with _under_way(life, "The alarms alone", injected, BACKSTOP) as release:
        fault(life, do="errors", endpoint=life.observer.settings("production", "service")["endpoint"], share=0.9)
    _lift(life)
    life.workspace.set(POLICY, "minimum_requests", int(was), "backstop")
    return _back(life, release.result(), "backstop")


def provision(life: Life) -> str:
    """A container that runs and never answers /ping."""
    fault(life, do="silent")
    injected = "the container starts, and never answers /ping"
    release = _release(life, "No container", _other(life), injected, code=INFRASTRUCTURE)
    _lift(life)
    return _back(life, release, "provision")


def contract(life: Life) -> str:
    """Staging serves a candidate that answers nothing right: it has no traffic, so it is asked."""
    version = _other(life, "staging")
    before = life.observer.live("staging").config
    injected = "every request to staging fails"
    fault(life, do="errors", endpoint=life.observer.settings("staging", "service")["endpoint"])
    words = ("release", "staging", "--version", str(version), *AGAIN)
    release = life.release("The contract test", *words, code=JUDGED)
    _lift(life)
    _explained(life, release, injected)
    said = (release.verdict, release.cause)
    expect(said == ("rolled_back", "contract"), f"the release says {said[0]} by {said[1]}")
    life.live_is("staging", before)
    return "staging asked it, and went back"


def fault(life: Life, **rule: Any) -> None:
    """Let something go wrong from now on."""
    _faults(life, "PUT", [rule])


def _lift(life: Life) -> None:
    _faults(life, "DELETE")


def _faults(life: Life, method: str, rules: Any = None) -> None:
    body = None if rules is None else json.dumps(rules).encode()
    with urlopen(Request(f"{life.account.url}/sandbox/faults", body, method=method), timeout=10):  # noqa: S310
        pass


def _words(version: int) -> tuple[str, ...]:
    return ("release", "production", "--version", str(version), *AGAIN)


def _release(
    life: Life,
    title: str,
    version: int,
    injected: str,
    *,
    code: int = 0,
    meanwhile: Callable[[], object] | None = None,
) -> Release:
    """Release a version while something goes wrong."""
    release = life.release(title, *_words(version), code=code, meanwhile=meanwhile)
    _explained(life, release, injected)
    return release


@contextmanager
def _under_way(life: Life, title: str, injected: str, code: int) -> Iterator[Future[Release]]:
    """A release in whose bake the block runs; its end is waited for, and must be `code`."""
    with ThreadPoolExecutor(1) as pool:
        released = pool.submit(_release, life, title, _other(life), injected, code=code)
        _baking(life)
        yield released
        released.result()


def _baking(life: Life) -> None:
    baking = wait_for(lambda: life.observer.under_way("production").get("state") == "canary", SOON)
    expect(baking, "no candidate came as far as to bake")


def _explained(life: Life, release: Release, injected: str) -> None:
    """Note what was done to a release, and what it says of itself; one that was refused has no record."""
    release.injected = injected
    if release.id:
        life.explain(release)


def _back(life: Life, release: Release, cause: str) -> str:
    """The release must have gone back for that cause, by the ledger and by DescribeEndpoint."""
    entry = life.observer.ledger("production", release.id)
    said = (entry.get("verdict"), entry.get("cause"))
    expect(said == ("rolled_back", cause), f"the ledger says {said[0]} by {said[1]} of {release.id}")
    expect(not life.observer.under_way("production"), "the ledger still has an open release")
    life.live_is("production", release.config_before)
    return f"taken back, {cause}; {release.requests['failed_by_candidate']} requests failed by it"


def _bad(life: Life) -> int:
    """The version that breaks."""
    return next(one.version for one in life.record.candidates if one.title == "Strict encoding" and one.version)


def _other(life: Life, environment: str = "production") -> int:
    """A good version that an environment does not serve."""
    live = life.observer.live(environment).config
    serving = {one.version for one in life.record.releases if one.config_asked == live}
    known = [one.version for one in life.record.candidates if one.version and one.title != "Strict encoding"]
    return next(version for version in known if version not in serving)
