"""The verdict: a document with every number, and what a person has taken upon themselves."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline import aws, evaluate, gate, manifest, policy, record, register, tracking
from pipeline.command import Document
from pipeline.errors import InfrastructureError, UserError
from pipeline.evaluate import Champion, Evaluated
from pipeline.train import Candidate

from .conftest import BUCKET, evaluation
from .test_rules import BOUNDS, without_numbers

pytestmark = pytest.mark.usefixtures("few_resamples")

GOOD, WORSE, BAD = evaluation(), evaluation(skill=0.5), evaluation(skill=-1)
CANDIDATE = Candidate("job", "s3://bucket/model", manifest.Manifest(b"{}"), "image", experiment=False)
CHAMPION = Champion(1, "model-1", "s3://bucket/other", "image")
REASON = "The label now leaves out flights that were cancelled the day before"


def verdict(candidate: Document, champion: Document | None, **bounds: Any) -> Document:
    """What the gate finds, with the documents that it judged."""
    found = gate.verdict(replace(BOUNDS, **bounds), candidate, champion)
    return found | {"evaluations": {"candidate": candidate, "champion": champion}}


def overridden(found: Document) -> dict[str, Any]:
    """Each rule that somebody has overridden."""
    return {rule["rule"]: rule["override"] for rule in found["rules"] if rule["override"]}


def test_a_verdict_compares_every_metric() -> None:
    """Of both and of the base rate, with the interval of the difference."""
    found = gate.verdict(BOUNDS, GOOD, WORSE)
    one = found["comparison"]["log_loss"]
    assert found["called"] == "improvement"
    assert one["difference"] == pytest.approx(one["candidate"] - one["champion"])
    assert one["interval"][0] < one["difference"] < one["interval"][1] < 0
    assert one["candidate"] < one["champion"] < one["baseline"]


def test_a_verdict_shows_every_segment() -> None:
    """Also one that is too small to be judged."""
    found = gate.verdict(replace(BOUNDS, segment_rows=5000), GOOD, WORSE)["segments"]
    assert [(one["segment"], one["rows"], one["judged"]) for one in found] == [
        ("origin=JFK", 1000, False),
        ("origin=LGA", 1000, False),
    ]
    assert all(one["candidate"]["log_loss"] < one["champion"]["log_loss"] for one in found)
    assert all(one["lead"] > 0 for one in found)


def test_a_first_model_is_compared_with_the_base_rate() -> None:
    """There is nothing else."""
    found = gate.verdict(BOUNDS, GOOD, None)
    one = found["comparison"]["log_loss"]
    assert (found["called"], one["champion"], found["segments"]) == ("first", None, [])
    assert one["difference"] == pytest.approx(one["candidate"] - one["baseline"])


def test_a_verdict_is_json() -> None:
    """Without NaN, which JSON does not have."""
    few = evaluation(days=2)
    json.dumps(gate.verdict(BOUNDS, few, few), allow_nan=False)
    json.dumps(gate.verdict(BOUNDS, without_numbers(), few), allow_nan=False)


@pytest.mark.parametrize(
    ("passed", "override", "expected"),
    [
        (True, None, "pass"),
        (False, None, "STOP"),
        (None, None, "off"),
        (False, {"by": "somebody"}, "overridden"),
    ],
)
def test_a_rule_has_one_of_four_states(passed: bool | None, override: Any, expected: str) -> None:
    """Off is not passed, and overridden is not either."""
    assert gate.state({"passed": passed, "override": override}) == expected


def test_an_override_says_who_and_why() -> None:
    """The rule stays failed; it only refuses no more."""
    found = verdict(WORSE, GOOD)
    names = [rule["rule"] for rule in gate.refusing(found)]
    gate.override(found, names, REASON, "somebody", "2013-07-01")
    assert gate.refusing(found) == []
    assert overridden(found) == {
        name: {"by": "somebody", "reason": REASON, "at": "2013-07-01"} for name in names
    }
    assert {rule["passed"] for rule in found["rules"] if rule["rule"] in names} == {False}


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_an_override_needs_a_reason(reason: str | None) -> None:
    """Nobody can ask later what was left unsaid."""
    with pytest.raises(UserError, match="an override needs a reason"):
        gate.require_reason(["champion"], reason)


def test_a_reason_without_an_override_is_a_mistake() -> None:
    """It would be lost."""
    with pytest.raises(UserError, match="--reason belongs to an override"):
        gate.require_reason([], REASON)


def test_a_missing_reason_is_noticed_before_anything_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which takes minutes."""
    monkeypatch.setattr(evaluate, "evaluate", lambda: pytest.fail("evaluated"))
    with pytest.raises(UserError, match="an override needs a reason"):
        gate.command.main(["--override", "champion"], standalone_mode=False)


def test_a_rule_that_passes_cannot_be_overridden() -> None:
    """The sentence names those that refuse."""
    with pytest.raises(UserError, match=r"rows does not refuse .*: champion"):
        gate.override(verdict(WORSE, GOOD), ["rows"], REASON, "somebody", "now")


@pytest.mark.parametrize(
    ("name", "candidate"),
    [
        ("same_rows", GOOD | {"rows": 3000}),
        ("overlap", GOOD | {"window": GOOD["model"]["training"]["window"]}),
    ],
)
def test_what_the_other_rules_stand_on_cannot_be_overridden(name: str, candidate: Document) -> None:
    """There is no number that a person could weigh."""
    found = verdict(candidate, GOOD if name == "same_rows" else None)
    assert name in [rule["rule"] for rule in gate.refusing(found)]
    with pytest.raises(UserError, match=f"{name} cannot be overridden"):
        gate.override(found, [name], REASON, "somebody", "now")


def test_a_recorded_override_is_kept() -> None:
    """Whoever asks again without it does not lose it."""
    earlier, again = verdict(WORSE, GOOD), verdict(WORSE, GOOD)
    gate.override(earlier, ["champion"], REASON, "somebody", "now")
    assert gate.keep(again, earlier) == ["champion"]
    assert overridden(again) == overridden(earlier)


def test_an_override_of_other_numbers_is_void() -> None:
    """Another champion, or other rows: the reason may hold no longer."""
    earlier, again = verdict(WORSE, GOOD), verdict(WORSE, evaluation(skill=1.1))
    gate.override(earlier, ["champion"], REASON, "somebody", "now")
    assert gate.keep(again, earlier) == []
    assert overridden(again) == {}


def test_an_override_of_what_passes_by_now_is_void() -> None:
    """A policy with another margin needs none."""
    earlier, again = verdict(WORSE, GOOD), verdict(WORSE, GOOD, margin=0.5)
    gate.override(earlier, ["champion"], REASON, "somebody", "now")
    assert gate.keep(again, earlier) == []


def test_the_same_numbers_are_refused_again() -> None:
    """By the rules of before."""
    found = verdict(WORSE, GOOD)
    assert gate.again(found, BOUNDS) == [rule["rule"] for rule in gate.refusing(found)] != []


def test_another_policy_may_refuse_them_no_more() -> None:
    """Its rule is switched off."""
    found = verdict(WORSE, GOOD)
    assert "champion" not in gate.again(found, replace(BOUNDS, off=("champion",)))


def test_what_was_overridden_refuses_no_more() -> None:
    """A person has weighed these numbers."""
    found = verdict(WORSE, GOOD)
    gate.override(found, [rule["rule"] for rule in gate.refusing(found)], REASON, "somebody", "now")
    assert gate.again(found, BOUNDS) == []


@pytest.mark.parametrize(("candidate", "said"), [(GOOD, "**gate**: passed"), (WORSE, "## The gate refuses")])
def test_a_workflow_is_told_the_verdict(candidate: Document, said: str) -> None:
    """A yes in a line, a no in full."""
    found = verdict(candidate, WORSE if candidate is GOOD else GOOD)
    passed = not gate.refusing(found)
    answer = gate._answer({"passed": passed, "candidate": "job", "champion": None, **found})
    assert (answer.code, answer.summary.startswith(said)) == (0 if passed else 1, True)


@pytest.fixture
def ask(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Document]]:
    """Ask the gate about a candidate; gives its exit code and its document."""

    def call(
        candidate: Document, champion: Document | None, *words: str, live: Champion = CHAMPION
    ) -> tuple[int, Document]:
        done = Evaluated(
            CANDIDATE,
            live if champion else None,
            {"candidate": candidate, "champion": champion},
            "s3://bucket/evaluation.json",
        )
        monkeypatch.setattr(evaluate, "evaluate", lambda: done)
        bounds = replace(policy.load(), gate=BOUNDS)
        monkeypatch.setattr(policy, "load", lambda: bounds)
        answer = gate.command.main(list(words), standalone_mode=False)
        return answer.code, copy.deepcopy(answer.document)

    return call


def test_the_verdict_is_kept(ask: Callable[..., tuple[int, Document]]) -> None:
    """With the evaluations, which the answer leaves out."""
    code, said = ask(GOOD, WORSE)
    kept = gate.read("job") or {}
    assert (code, said["passed"], said["next"]) == (0, True, "pipeline register")
    assert {name: kept[name] for name in said} == said
    assert kept["evaluations"] == {"candidate": GOOD, "champion": WORSE}
    assert register.refusal(kept, evaluate.shown(CHAMPION)) is None


def test_the_run_record_knows_the_verdict(ask: Callable[..., tuple[int, Document]]) -> None:
    """And the metrics, without the tallies."""
    ask(GOOD, WORSE)
    kept = record.read("job") or {}
    assert (kept["gate"]["passed"], kept["gate"]["called"]) == (True, "improvement")
    assert kept["evaluation"]["metrics"] == GOOD["metrics"]
    assert "tallies" not in kept["evaluation"]


def test_a_tracking_server_is_told_of_every_verdict(
    ask: Callable[..., tuple[int, Document]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal as well, with what the record holds."""
    told: list[Document] = []
    monkeypatch.setattr(tracking, "log", told.append)
    ask(GOOD, WORSE)
    ask(BAD, None)
    assert [run["gate"]["passed"] for run in told] == [True, False]
    assert told[-1] == record.read("job")


def test_a_refusal_ends_with_one_and_says_what_to_do(ask: Callable[..., tuple[int, Document]]) -> None:
    """And is not registered."""
    code, said = ask(BAD, None)
    assert (code, said["passed"]) == (1, False)
    assert said["next"] == next(rule["next"] for rule in said["rules"] if not rule["passed"])
    assert "(base_rate)" in str(register.refusal(gate.read("job"), None))


def test_an_overridden_candidate_can_be_registered(
    ask: Callable[..., tuple[int, Document]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record says who asked, and who let it pass."""
    monkeypatch.setattr(aws, "caller", lambda: "ada as arn:aws:iam::1:user/ada")
    code, _ = ask(BAD, None, "--override", "base_rate", "--reason", REASON)
    again, said = ask(BAD, None)
    assert (code, again) == (0, 0)
    assert register.refusal(gate.read("job"), None) is None
    [given] = overridden(said).values()
    assert (
        (given["by"], given["reason"]) == (said["by"], REASON) == ("ada as arn:aws:iam::1:user/ada", REASON)
    )


def test_an_override_may_be_given_again(ask: Callable[..., tuple[int, Document]]) -> None:
    """The same words resume what a dead runner left, and other ones mend the reason."""
    words = "--override", "base_rate", "--reason"
    assert [ask(BAD, None, *words, reason)[0] for reason in (REASON, REASON, "another")] == [0, 0, 0]
    assert overridden(gate.read("job") or {})["base_rate"]["reason"] == "another"


def test_what_is_live_keeps_the_verdict_that_let_it_in(ask: Callable[..., tuple[int, Document]]) -> None:
    """Compared with itself it would prove nothing, and nobody could tell any more why it is there."""
    ask(BAD, None, "--override", "base_rate", "--reason", REASON)
    kept, run = gate.read("job"), record.read("job")
    live = Champion(2, "model-2", CANDIDATE.model_data, "image")
    code, said = ask(BAD, BAD, live=live)
    assert (code, said["called"], list(overridden(said))) == (0, "first", ["base_rate"])
    assert (gate.read("job"), record.read("job")) == (kept, run)
    assert register.refusal(kept, evaluate.shown(live), evaluate.serves(live, CANDIDATE)) is None


@pytest.mark.parametrize("first", [False, True])
def test_of_two_that_ask_at_once_the_slower_is_told(
    ask: Callable[..., tuple[int, Document]], monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """What the other one wrote, perhaps an override, is not lost."""
    if not first:
        ask(BAD, None)
    theirs = {"Bucket": BUCKET, "Key": gate.key("job"), "Body": b'{"by": "another"}'}
    monkeypatch.setattr(aws, "caller", lambda: str(aws.client("s3").put_object(**theirs)))
    with pytest.raises(InfrastructureError, match="run the verb again"):
        ask(BAD, None)
    assert gate.read("job") == {"by": "another"}


def test_a_void_override_is_told(
    ask: Callable[..., tuple[int, Document]], capsys: pytest.CaptureFixture[str]
) -> None:
    """With another champion it holds no longer, and whoever asks again hears so."""
    ask(BAD, None, "--override", "base_rate", "--reason", REASON)
    code, _ = ask(BAD, GOOD)
    assert code == 1
    assert "override of base_rate is void" in capsys.readouterr().err


def test_the_screen_fits_and_names_the_next_step() -> None:
    """Numbers, rules and what to do, in a terminal of ordinary width."""
    from rich.console import Console

    found = verdict(WORSE, GOOD) | {"passed": False, "champion": {"version": 1}}
    console = Console(width=110)
    with console.capture() as captured:
        for line in gate.lines(found):
            console.print(line)
    text = captured.get()
    assert "against champion" in text
    assert "champion: train another model" in " ".join(text.split())


def test_help_shows_an_override() -> None:
    """As an example."""
    assert "--override calibration --reason" in CliRunner().invoke(gate.command, ["--help"]).output
