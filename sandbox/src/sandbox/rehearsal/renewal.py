"""The loop closes itself: the world changes, the monitor says so, and what is due is done by nobody's hand.

Each function returns what was observed, or raises Failed.
"""

from sandbox.rehearsal import damage, upstream
from sandbox.rehearsal.identity import ENVIRONMENTS
from sandbox.rehearsal.life import PREPARED, Life, expect
from sandbox.rehearsal.monitored import (
    BROKEN,
    KEPT,
    ask,
    judged,
    labels_have_come,
    live_for_a_window,
    silent,
    sounding,
    wait_for_a_window,
)
from sandbox.rehearsal.roles import SERVICE
from sandbox.rehearsal.traffic import Question

POLICY = "policy.toml"


def renewal(life: Life) -> str:
    """Production is asked about other months, and the model is wrong: found, trained anew, released, right again."""
    life.workspace.set(POLICY, "follow", "newest", "data")
    life.workspace.commit("Train on the newest data that passed")
    loop = life.scenario.loop
    live_for_a_window(life)
    before = judged(life, "Before the drift", loop.promise, KEPT)
    arrive(life, ask(life, loop.drifted))
    wait_for_a_window(life)
    during = judged(life, "After the drift", loop.promise, BROKEN)
    alarm = sounding(life, loop.promise)
    because = due(life, alarm)
    candidate = life.candidate("Newer months")
    ask(life, loop.later)
    life.changed = release_everywhere(life)
    candidate.stopped_at, candidate.outcome = "production", f"Trained because {because}."
    wait_for_a_window(life)
    after = judged(life, "After the retrain", loop.promise, KEPT)
    silent(life, loop.promise)
    values = " → ".join(f"{one.value:.3f}" for one in (before, during, after))
    return f"{loop.promise} {values}; version {candidate.version} because {because}"


def arrive(life: Life, asked: list[Question]) -> None:
    """Partitions are delivered; rows that production was asked about get their labels by the request's name.

    Data that keeps the contract becomes the newest, once: a second look changes nothing.
    """
    assert life.put is not None  # noqa: S101 - only called under traffic
    labels_have_come(life)
    for path in life.scenario.loop.arrives:
        names = _names(life, asked) if path in life.scenario.loop.drifted else {}
        content = damage.partition(life.file(path), life.scenario.traffic, names)
        life.put(f"{upstream.PARTITIONS}/{life.file(path).name}", content)
    taken = life.call("pipeline", "data", "ingest")
    expect(taken["moved"], "data that keeps the contract did not become the newest")
    again = life.call("pipeline", "data", "ingest")
    moved = again["moved"] or again["manifest"] != taken["manifest"]
    expect(not moved, "what had arrived before was taken in again")


def _names(life: Life, asked: list[Question]) -> dict[int, str]:
    """The newest request of each question whose labels have come."""
    assert life.client is not None  # noqa: S101 - only called under traffic
    assert life.labeller is not None  # noqa: S101 - the same
    places = {id(question): place for place, question in enumerate(asked)}
    labelled = life.client.between(life.changed, life.labeller.until)
    answered = [one for one in labelled if not one.failed and id(one.question) in places]
    return {places[id(one.question)]: one.name for one in answered}


def due(life: Life, alarm: str) -> str:
    """A retrain must be due because of the alarm; why, in the verb's words. Nobody claims it twice."""
    said = life.call("pipeline", "due", "--claim")
    expect(said["due"], f"no retrain is due: {said['why']}")
    expect(alarm in said["why"], f"a retrain is due for another reason than {alarm}: {said['why']}")
    again = life.call("pipeline", "due", "--claim")
    expect(not again["due"], f"a second retrain was started: {again['why']}")
    return str(said["why"]).replace("`", "")


def release_everywhere(life: Life) -> float:
    """Staging, which is made anew where its time was up, then production by canary; no request fails.

    Returns the wall-clock second in which the new model answered its first request.
    """
    for environment in ENVIRONMENTS:
        words = ("release", environment)
        if not life.observer.serves(environment):
            life.call("pipeline", *words, code=PREPARED)
            life.call("sandbox", "up", SERVICE, "--stack", environment)
        release = life.release("Newer months", *words)
        life.promoted(release)
    life.canary_share(release)
    expect(release.requests["failed"] == 0, f"{release.requests['failed']} requests failed during the release")
    return life.record.began + (release.wall["shifted"] or 0.0)
