"""The steps of a rehearsal. Each returns one line of what was observed, or raises Failed."""

import time
from collections.abc import Callable

from sandbox.rehearsal import damage, foundation
from sandbox.rehearsal.identity import ENVIRONMENTS, REGISTRY
from sandbox.rehearsal.life import JUDGED, PREPARED, Life, expect, wait_for
from sandbox.rehearsal.record import Candidate, Release
from sandbox.rehearsal.roles import PLATFORM, SERVICE, job

MANIFEST = "data/manifest.json"
POLICY = "policy.toml"
LIFETIME = 0.5  # hours of staging's endpoint after its last release: the shortest that a project takes


def account(life: Life) -> str:
    """An administrator brings up foundation, platform and services; for the workflows' roles nothing is left to do."""
    folder, accounts = life.file("../foundation"), list(life.runner.identity.distinct().values())
    foundation.write(folder, life.runner.identity)
    founded = life.together(lambda part: _made(life, part, "../foundation", foundation.stack(part)), accounts)
    platform = _made(life, REGISTRY, PLATFORM, "platform")
    services = life.together(lambda one: _service_or_platform_again(life, one), (*ENVIRONMENTS, "platform"))
    buckets = life.observer.client("s3").list_buckets()["Buckets"]
    expect(len(buckets) >= 2, f"the account must have its state bucket and the project's, but has {len(buckets)}")
    where = "one account" if len(accounts) == 1 else f"{len(accounts)} accounts"
    stacks = len(accounts) + 1 + len(ENVIRONMENTS)
    return f"{sum(founded) + platform + sum(services)} resources made by {stacks} stacks in {where}"


def _made(life: Life, part: str, folder: str, stack: str) -> int:
    """How many resources the first `up` of a stack makes."""
    return len(life.administer(part, "sandbox", "up", folder, "--stack", stack)["created"])


def _service_or_platform_again(life: Life, stack: str) -> int:
    """How many resources a service's first `up` makes, or the platform's second one under its role: none."""
    if stack in ENVIRONMENTS:
        return _made(life, stack, SERVICE, stack)
    again = life.call("sandbox", "up", PLATFORM, "--stack", stack)
    expect(not again["created"] and bool(again["adopted"]), "the second `up` of the platform must adopt what is there")
    return 0


def data(life: Life) -> str:
    """The contract holds on what is pinned, here and in a job; few bad rows are quarantined, a bad file is refused."""
    checked = life.alone("pipeline", "data", "check")["files"]
    job = life.call("pipeline", "data", "check", "--job")
    counts = [[(one["path"], one["rows"], one["bad"]) for one in files] for files in (checked, job["files"])]
    expect(counts[0] == counts[1], "the job has counted other rows than the check on this machine")
    expect(job["newest"], "data that keeps the contract did not become the newest that passed")
    few, many = life.scenario.bad_rows, life.scenario.bad_file
    damage.plant(life.file(few.file), few.column, few.value, few.rows)
    [added] = life.alone("pipeline", "data", "add", few.file)["files"]
    expect(added["bad"] == few.rows, f"{few.rows} bad rows were planted and {added['bad']} found")
    quarantined = damage.height(life.file(added["quarantine"]))
    expect(quarantined == few.rows, f"{few.rows} rows must be in quarantine, but {quarantined} are")
    life.workspace.restore()

    before, rows = life.file(MANIFEST).read_bytes(), damage.height(life.file(many.file))
    damage.plant(life.file(many.file), many.column, many.value, int(rows * many.share))
    refused = life.alone("pipeline", "data", "add", many.file, code=1)["files"][0]
    expect(before == life.file(MANIFEST).read_bytes(), "a refused file changed the manifest")
    life.workspace.restore()
    outcome = f"Refused: {refused['bad']} of {rows} rows break the contract."
    life.record.candidates.append(Candidate("A file full of bad rows", many.file, "validate", outcome))
    aside = f"{quarantined} bad rows quarantined; a file with {refused['bad']} refused"
    return f"{len(checked)} files hold, here and in a job; {aside}"


def first_release(life: Life) -> str:
    """The first candidate beats the base rate, and becomes the first endpoint of staging, then of production.

    Then whoever owns an account finds nothing amiss in it.
    """
    candidate = life.candidate("The first months", evaluate=True)
    for environment in ENVIRONMENTS:
        prepared = life.call("pipeline", "release", environment, code=PREPARED)
        up = life.call("sandbox", "up", SERVICE, "--stack", environment)
        expect(bool(up["adopted"]), f"the second `up` of {environment} must adopt what the first made")
        release = life.release("The first release", "release", environment)
        expect(prepared["config_asked"] == release.config_asked, f"{environment}: prepared and released differ")
        life.promoted(release)
    life.begin_traffic()
    accounts = list(life.runner.identity.distinct().values())
    life.together(lambda part: life.administer(part, "pipeline", "doctor"), accounts)
    life.first_config = release.config_asked or ""
    candidate.stopped_at, candidate.outcome = (
        "production",
        "Released first, and live again after the rollback.",
    )
    return f"version {candidate.version} answers in production, by the configuration that was asked for"


def refresh(life: Life) -> str:
    """More months: the candidate is no worse than the live model, and is promoted by canary under traffic."""
    life.alone("pipeline", "data", "add", *life.scenario.refresh.add)
    rows = life.alone("pipeline", "data", "diff")["rows"]
    expect(rows["new"] > rows["old"], f"a month more makes {rows['new']} rows of {rows['old']}")
    announced = _reported(life)
    life.workspace.commit("Add a month")
    candidate = life.candidate("A month more")
    expect(candidate.name == announced, f"the report announced {announced}, and {candidate.name} was trained")
    runs = [run["candidate"] for run in life.call("pipeline", "runs")["runs"]]
    expect(candidate.name in runs, f"`pipeline runs` lists {', '.join(runs) or 'nothing'}, not {candidate.name}")
    expect(
        candidate.gate is not None and candidate.gate["champion"] is not None,
        "the gate compared with no champion",
    )
    life.promoted(life.release("A month more", "release", "staging"))
    release = life.release("A month more", "release", "production")
    life.promoted(release)
    expect(release.config_before == life.first_config, "the release did not start from the first configuration")
    expect(release.config_asked != release.config_before, "the release changed nothing")
    share = life.canary_share(release)
    expect(release.requests["failed"] == 0, f"{release.requests['failed']} requests failed during a good release")
    candidate.stopped_at, candidate.outcome = "production", "Promoted after its canary; no request failed."
    return f"promoted; {share:.0%} of the canary's traffic; {release.requests['sent']} requests, none failed"


def _reported(life: Life) -> str:
    """The job that the change's reviewers are told a merge trains; they see how its model does, and the live one."""
    report = life.call("pipeline", "report")
    expect(report["passed"], "the report on a good change says that the gate would refuse it")
    expect(isinstance(report["champion"], dict), f"the report knows no live model: {report['champion']}")
    return str(report["merge"]["job"])


def damaged_labels(life: Life) -> str:
    """A model trained on labels of the wrong rows: the gate refuses, nothing is registered, nothing released."""
    scenario, packages, live = (
        life.scenario.damaged,
        life.observer.packages(),
        life.observer.live("production"),
    )
    for file in scenario.files:
        damage.permute(life.file(file), scenario.permute, scenario.seed)
    life.alone("pipeline", "data", "add", *scenario.files, *scenario.add)
    life.workspace.commit("Join labels on the wrong key")
    candidate = life.judged("Damaged labels", code=1)
    rules = (candidate.gate or {})["rules"]
    broken = [rule["sentence"] for rule in rules if not rule["passed"]]
    expect(bool(broken), "the gate refused without naming a rule")
    refused = life.tell(job("pipeline", "register"), "pipeline", "register")
    expect(refused.code != 0, "a candidate that the gate refused was registered")
    expect(packages == life.observer.packages(), "the registry changed after a refusal")
    expect(live == life.observer.live("production"), "the endpoint changed after a refusal")
    life.workspace.revert()
    candidate.outcome = f"Refused: {broken[0]}."
    return f"refused by {len(broken)} of {len(rules)} rules: {broken[0]}"


def bad_release(life: Life) -> str:
    """A model that passes every check before traffic and breaks on what production sends: judged, taken back."""
    scenario, before = life.scenario.broken, life.observer.live("production").config
    life.workspace.apply(scenario.patch)
    life.alone("pipeline", "data", "add", *scenario.add)
    life.workspace.commit("Make the encoding strict")
    candidate = life.candidate("Strict encoding")
    life.promoted(life.release("Strict encoding", "release", "staging"))
    release = life.release("Strict encoding", "release", "production", code=JUDGED, meanwhile=life.newcomers)
    candidate.stopped_at = "canary"
    expect(release.verdict == "rolled_back", f"the release tool says {release.verdict}")
    expect(release.cause == "judge" and bool(release.reason), "the release tool does not name the judge as the cause")
    expect(release.config_before == before, "the release did not start from the live configuration")
    life.live_is("production", before)
    share = life.canary_share(release)
    failed, by_candidate = release.requests["failed"], release.requests["failed_by_candidate"]
    expect(by_candidate > 0, "the new model failed no request, so nothing was there to be found")
    expect(failed == by_candidate, f"{failed - by_candidate} requests failed on the old model")
    _written_down(life, candidate, release.id)
    _answers_again(life)
    life.newcomers(0.0)
    life.explain(release)
    expect("evidence" in release.picture, "the picture of the release shows no evidence")
    life.workspace.revert()
    candidate.outcome = f"Passed every check before traffic; taken back after {by_candidate} failed requests."
    return f"taken back by the judge; {by_candidate} failures at {share:.0%} of the traffic, then none"


def _written_down(life: Life, candidate: Candidate, release: str) -> None:
    """Registry and ledger must say what happened."""
    status = life.observer.packages().get(candidate.version or 0)
    stage = life.observer.stages().get(candidate.version or 0)
    expect(
        (status, stage) == ("Rejected", "Rejected"),
        f"version {candidate.version} must be Rejected in the registry, but is {status}, at stage {stage}",
    )
    entry = life.observer.ledger("production", release)
    said = (entry.get("verdict"), entry.get("cause"))
    expect(said == ("rolled_back", "judge"), f"the ledger says {said[0]} by {said[1]} of {release}")


def _answers_again(life: Life) -> None:
    """After the old configuration is back, newcomers included, nothing fails."""
    client = life.client
    assert client is not None  # noqa: S101 - traffic began at the first release
    since = life.record.began + life.record.now()
    expect(wait_for(lambda: len(client.between(since, since + 60)) >= 20, 10), "the traffic has stopped")
    failed = sum(request.failed for request in client.between(since, since + 60))
    expect(failed == 0, f"{failed} requests failed after the old configuration was back")


def rollback(life: Life) -> str:
    """One command brings the version before back: staging still has the refused one, production a healthy one."""
    tried = _newest(life, "staging")
    release = life.release("Staging back, too", "rollback", "staging", "--yes")
    life.promoted(release)
    expect(release.config_asked == tried.config_before, "staging's rollback went to another configuration than before")
    live = life.observer.live("production").config
    release = life.release("Back by one command", "rollback", "production", "--yes")
    life.promoted(release)
    expect(release.config_before == live, "the rollback did not start from the live configuration")
    expect(release.config_asked == life.first_config, "the rollback went to another configuration than the first")
    expect(release.requests["failed"] == 0, f"{release.requests['failed']} requests failed during the rollback")
    expect("Archived" in life.observer.stages().values(), "the version that production left is not archived")
    _told(life, release)
    return f"{release.config_asked} answers again; no request failed"


def _told(life: Life, release: Release) -> None:
    """Whoever owns the accounts is told what happened, what made the live model, and what a file went into."""
    accounts = list(life.runner.identity.distinct().values())
    histories = life.together(lambda part: life.administer(part, "pipeline", "history"), accounts)
    told = {event["evidence"] for history in histories for event in history["events"]}
    expect(release.id in told, f"the history does not tell of {release.id}")
    live = life.administer(REGISTRY, "pipeline", "lineage")["version"]
    expect(live == release.version, f"the lineage is of version {live}, but production serves {release.version}")
    file = life.scenario.refresh.add[0]
    seen = life.administer(REGISTRY, "pipeline", "lineage", "--data", file)["runs"]
    expect(any(run["versions"] for run in seen), f"no version is said to have seen {file}")


def expiry(life: Life) -> str:
    """The workflow that looks every hour finds nothing open, and takes staging down when its time is up."""
    life.workspace.set(POLICY, "lifetime_hours", LIFETIME)
    life.workspace.commit("Let staging go sooner")
    due = (_newest(life, "staging").wall["ended"] or 0.0) + LIFETIME * 3600 / life.record.speed
    time.sleep(max(0.0, due - life.record.now()))
    for environment in ENVIRONMENTS:
        found = life.call("pipeline", "reconcile", environment)["release"]
        expect(found is None, f"{found} is still open in {environment}")
    said = life.call("pipeline", "expire", "staging")
    expect(said["due"], f"staging stays: {said['reason']}")
    expect(len(said["deleted"]) > 1, "staging's endpoint went without the parameter that it is made from")
    expect(wait_for(lambda: not life.observer.serves("staging"), 10), "staging's endpoint is still there")
    expect(life.observer.serves("production"), "production's endpoint went as well")
    return f"staging is down: {said['reason']}"


def _newest(life: Life, environment: str) -> Release:
    """The newest release of an environment."""
    return next(one for one in reversed(life.record.releases) if one.environment == environment)


Step = tuple[str, str, Callable[[Life], str]]
