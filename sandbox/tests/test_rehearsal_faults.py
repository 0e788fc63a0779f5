"""sandbox.rehearsal.faults: each fails when its fault did not end as it must, whatever verbs say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import said
from rehearsal_steps import fails, going_well

from sandbox.rehearsal import command, faults
from sandbox.rehearsal.life import Life
from sandbox.rehearsal.record import Candidate

CODES = {"judge": 10, "contract": 10, "heartbeat": 11, "backstop": 12, "human": 13, "provision": 20}


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A rehearsal with a good and a bad candidate; faults are noted, and production serves the first version."""
    made = going_well(tmp_path)
    made.injected = []
    monkeypatch.setattr(faults, "_faults", lambda _life, _method, rules=None: made.injected.append(rules))
    monkeypatch.setattr(faults, "SOON", 0.3)
    made.record.candidates = [
        Candidate("The first months", "c1", "production", "", version=1),
        Candidate("A month more", "c2", "register", "", version=2),
        Candidate("Strict encoding", "c3", "register", "", version=3),
    ]
    fakes.released(made, version=1, asked="old", before=None)
    made.observer.open = {"state": "canary", "config_asked": "new"}
    for environment in ("production", "staging"):
        folder = made.account.folder.with_name("releases") / f"r-{environment}"
        folder.mkdir(parents=True)
        folder.joinpath("release.svg").write_text("<svg/>")
    made.verbs.answers["pipeline explain"] = (0, {"sentence": "this happened"})
    made.verbs.answers["pipeline rollback production"] = (13, said("production"))
    return made


def ending(life: Any, cause: str | None, environment: str = "production", **more: Any) -> None:
    """The release ends for that cause, by verb, ledger and lock."""
    verdict = "rolled_back" if cause else "promoted"
    told = said(environment, **{"verdict": verdict, "cause": cause} | more)

    def answer() -> fakes.Answer:
        life.observer.entries[f"r-{environment}"] = {"verdict": told["verdict"], "cause": cause or ""}
        life.observer.open = {}
        life.observer.configs[environment] = told["config_after"]
        return CODES.get(cause or "", 0), told

    life.verbs.answers[f"pipeline release {environment}"] = answer


def slowly(life: Any, cause: str) -> None:
    """The same, while the release is seen to bake until something is done to it."""
    ending(life, cause)
    end = life.verbs.answers["pipeline release production"]

    def answer() -> fakes.Answer:
        faults.wait_for(lambda: bool(life.injected) or "rollback" in " ".join(life.verbs.said), 5)
        told: fakes.Answer = end()
        return told

    life.verbs.answers["pipeline release production"] = answer


STEPS = {"judge": faults.judge, "provision": faults.provision}
SLOW = {"human": faults.human, "backstop": faults.backstop}


@pytest.mark.parametrize(("cause", "step"), STEPS.items())
def test_a_fault_ends_by_its_cause(life: Any, cause: str, step: Callable[[Life], str]) -> None:
    """And what was done to the release stands beside what it says of itself."""
    ending(life, cause)
    assert step(life).startswith(f"taken back, {cause}")
    release = life.record.releases[-1]
    assert release.injected and release.sentence == "this happened"


@pytest.mark.parametrize(("cause", "step"), SLOW.items())
def test_a_fault_in_the_bake_ends_by_its_cause(life: Any, cause: str, step: Callable[[Life], str]) -> None:
    """What happens during it happens while the candidate bakes."""
    slowly(life, cause)
    assert step(life).startswith(f"taken back, {cause}")


def test_another_cause_fails(life: Any) -> None:
    """The exit code may be the same."""
    ending(life, "judge")
    life.observer.entries = {}
    end = life.verbs.answers["pipeline release production"]

    def answer() -> fakes.Answer:
        told: fakes.Answer = end()
        life.observer.entries["r-production"]["cause"] = "contract"
        return told

    life.verbs.answers["pipeline release production"] = answer
    fails(faults.judge, life, "the ledger says rolled_back by contract")


def test_a_candidate_that_stays_fails(life: Any) -> None:
    """Whatever the verb says."""
    ending(life, "judge", config_after="new")
    fails(faults.judge, life, "production must be InService with old")


def test_an_open_ledger_fails(life: Any) -> None:
    """After a fault nothing is left open."""
    ending(life, "judge")
    end = life.verbs.answers["pipeline release production"]

    def answer() -> fakes.Answer:
        told: fakes.Answer = end()
        life.observer.open = {"state": "canary"}
        return told

    life.verbs.answers["pipeline release production"] = answer
    fails(faults.judge, life, "the ledger still has an open release")


def test_the_replay_refuses_and_changes_nothing(life: Any) -> None:
    """There is no release to explain."""
    told = said("production", verdict="refused", cause="replay", reason="the replay: 3 of 200 failed", release=None)
    life.verbs.answers["pipeline release production"] = (1, told | {"config_after": "old"})
    assert faults.replay(life) == "refused before any traffic: the replay: 3 of 200 failed"
    assert life.client.met[1] == 0.0
    life.verbs.answers["pipeline release production"] = (1, told | {"reason": "it is Rejected"})
    fails(faults.replay, life, "refused for another reason: it is Rejected")


def test_too_little_traffic_is_said(life: Any) -> None:
    """Promoted, and not silently; the promise is the former one afterwards."""
    ending(life, None, verdict="promoted_unproven")
    assert faults.unproven(life).startswith("promoted, and said to be unproven")
    assert life.workspace.acts == ["set detect of canary to 0.02", "set detect of canary to 5.0"]
    ending(life, None)
    fails(faults.unproven, life, "the release says promoted of new")


@pytest.fixture
def killed(life: Any) -> Any:
    """A release whose process dies while it bakes; the endpoint has gone back, and the ledger does not know."""
    life.verbs.answers["pipeline release production"] = (-9, {"error": "killed"})
    told = said("production", verdict="rolled_back", cause="heartbeat")

    def reconciled() -> fakes.Answer:
        life.observer.open = {}
        life.observer.entries["r-production"] = {"verdict": "rolled_back", "cause": "heartbeat"}
        return 0, told

    life.verbs.answers["pipeline reconcile production"] = reconciled
    return life


def test_a_dead_process_is_told_of_later(killed: Any) -> None:
    """It was killed, the endpoint was looked at, and only then somebody reconciled."""
    assert faults.heartbeat(killed).startswith("taken back, heartbeat")
    assert killed.verbs.ended


def test_a_candidate_that_nobody_judges_and_that_stays_fails(killed: Any) -> None:
    """The heartbeat's alarm taken out."""
    killed.observer.configs["production"] = "old"
    live, looks = killed.observer.live, iter(["old"])
    killed.observer.live = lambda environment: fakes.Live("InService", next(looks, "new")) or live(environment)
    fails(faults.heartbeat, killed, "production must be InService with")


def test_staging_takes_back_what_answers_nothing_right(life: Any) -> None:
    """By the contract test."""
    ending(life, "contract", "staging")
    assert faults.contract(life) == "staging asked it, and went back"
    assert life.injected == [[{"do": "errors", "endpoint": "toy-staging"}], None]


def test_two_candidates_are_registered_and_none_released(life: Any) -> None:
    """One of them breaks."""
    life.file("serving").mkdir()
    life.file(faults.WORKER).write_text("serve()\n")
    life.verbs.answers |= {"pipeline image": (0, {}), "pipeline register --model-of 1": (0, {"version": 4})}
    assert faults.candidates(life).startswith("version 4 is good, version 2 breaks")
    assert life.file(faults.WORKER).read_text() == "serve()\n\n# patched\n"
    assert life.workspace.acts == [
        "commit Patch the serving image",
        "apply strict.patch",
        "commit Make the encoding strict",
        "revert",
    ]


def test_every_fault_has_its_step() -> None:
    """The rehearsal of faults goes through all of them."""
    of = {step for _, _, step in command.FAULTS}
    assert {faults.judge, faults.replay, faults.unproven, faults.human} < of
    assert {faults.heartbeat, faults.backstop, faults.provision, faults.contract} < of
