"""sandbox.rehearsal.life: what a verb claims is believed only when it was seen from outside."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import Client, released, said

from sandbox.rehearsal import roles
from sandbox.rehearsal.life import JUDGED, Failed, expect, wait_for


@pytest.fixture
def life(tmp_path: Path) -> Any:
    """A rehearsal with nothing in it."""
    return fakes.life(tmp_path)


def test_an_outcome_that_holds_is_no_failure() -> None:
    """Nothing happens."""
    expect(True, "never said")


def test_an_outcome_that_does_not_hold_fails_with_its_sentence() -> None:
    """As it was given."""
    with pytest.raises(Failed, match=r"^the sky fell$"):
        expect(False, "the sky fell")


def test_a_verb_must_end_as_expected(life: Any) -> None:
    """Else its own error is the reason."""
    life.verbs.answers["pipeline train"] = (20, {"error": "the job failed"})
    with pytest.raises(Failed, match=r"^`pipeline train` ended with 20 instead of 0: the job failed$"):
        life.call("pipeline", "train")


def test_a_verb_that_succeeds_where_it_must_be_refused_fails(life: Any) -> None:
    """Zero is not always good."""
    life.verbs.answers["pipeline gate"] = (0, {"passed": True})
    with pytest.raises(Failed, match="ended with 0 instead of 1"):
        life.call("pipeline", "gate", code=1)


def test_a_refusing_gate_is_quoted_by_the_rules_it_broke(life: Any) -> None:
    """And by those only."""
    life.verbs.answers["pipeline gate"] = (1, fakes.gate(False))
    with pytest.raises(Failed, match=r": 0\.4 against 0\.5$"):
        life.call("pipeline", "gate")


def test_a_verb_that_says_nothing_leads_to_its_log(life: Any) -> None:
    """There is nothing else to quote."""
    life.verbs.answers["pipeline train"] = (1, {})
    with pytest.raises(Failed, match=r"see a\.log$"):
        life.call("pipeline", "train")


def test_every_verb_is_recorded(life: Any) -> None:
    """Also one that failed."""
    life.verbs.answers["pipeline train"] = (1, {})
    life.tell(roles.RETRAIN, "pipeline", "train")
    [verb] = life.record.verbs
    assert (verb["verb"], verb["role"], verb["account"], verb["code"]) == (
        "pipeline train",
        "ci-retrain",
        "123456789012",
        1,
    )


def test_what_a_stack_puts_out_is_kept(life: Any) -> None:
    """The roles of the workflows are among it."""
    life.verbs.answers["sandbox up"] = (0, {"outputs": {"ci_role_arns": {}}})
    life.administer("registry", "sandbox", "up", "infra/platform")
    assert life.runner.learned == [{"ci_role_arns": {}}]


def asked(life: Any, *allowed: bool) -> None:
    """Questions of the role that releases, decided so."""
    life.account.folder.mkdir(exist_ok=True)
    about = {"account": "1", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}
    about["principal"] = "arn:aws:sts::1:assumed-role/toy-eu-west-1-ci-release-staging/s"
    lines = [json.dumps(about | {"allowed": one}) + "\n" for one in allowed]
    (life.account.folder / "decisions.jsonl").write_text("".join(lines))


def test_a_denied_call_is_a_failure(life: Any) -> None:
    """Also one that its caller does without."""
    asked(life, True, False)
    with pytest.raises(Failed, match=r"^denied: ci-release-staging may not s3:GetObject on arn:aws:s3:::b/k$"):
        life.nothing_denied()


def test_allowed_calls_are_none(life: Any) -> None:
    """They are counted."""
    asked(life, True, True)
    life.nothing_denied()
    assert [(one.role, one.decided, one.denied) for one in life.record.principals] == [("ci-release-staging", 2, [])]


def test_calls_made_together_answer_in_order(life: Any) -> None:
    """Whichever ends first; the first waits here for the second."""
    second = threading.Event()

    def call(subject: str) -> str:
        if subject == "one":
            assert second.wait(5)
        second.set()
        return subject.upper()

    assert life.together(call, ("one", "two")) == ["ONE", "TWO"]


def test_one_of_two_calls_that_fails_fails_both(life: Any) -> None:
    """With its own sentence."""
    with pytest.raises(Failed, match="two failed"):
        life.together(lambda subject: expect(subject == "one", f"{subject} failed"), ("one", "two"))


def test_an_interrupt_ends_verbs_that_run_together(life: Any) -> None:
    """They run in other threads, which it does not reach."""

    def call(_subject: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        life.together(call, ("one", "two"))
    assert life.verbs.ended


def test_a_release_is_recorded_as_the_tool_says_it(life: Any) -> None:
    """Verdict, cause, and configurations."""
    release = released(life, ("new", 500), code=JUDGED)
    assert life.record.releases == [release]
    assert (release.verdict, release.cause, release.config_after) == ("rolled_back", "judge", "old")


def test_a_release_counts_the_requests_of_its_own_time(life: Any) -> None:
    """Neither those before it nor those after it."""
    life.client = Client()
    life.client.saw(("old", 500), ("old", 200))
    release = released(life, ("old", 200), ("new", 200), ("new", 500), ("old", 0), code=JUDGED)
    life.client.saw(("old", 500))
    assert release.requests == {"sent": 4, "failed": 2, "failed_by_candidate": 1}


def test_the_first_answer_of_the_new_model_is_a_moment(life: Any) -> None:
    """In seconds since the rehearsal began."""
    release = released(life, ("old", 200), ("new", 200), ("old", 200), ("new", 200))
    wall, first = release.wall, life.client.requests[1].at - life.record.began
    assert wall["shifted"] == pytest.approx(first, abs=0.001)
    assert wall["started"] <= wall["shifted"] <= wall["ended"]


def test_a_release_that_shifted_nothing_has_no_such_moment(life: Any) -> None:
    """Rather than a made-up one."""
    assert released(life, ("old", 200)).wall["shifted"] is None


def test_the_verdict_is_the_moment_that_was_witnessed(life: Any) -> None:
    """InService with what was asked for, by DescribeEndpoint."""
    life.observer.configs["production"] = "new"
    release = released(life, ("new", 200))
    assert release.wall["started"] <= release.wall["verdict"]


def test_the_verdict_of_a_rollback_is_the_alarms(life: Any) -> None:
    """Of this release, whose id is in its name."""
    life.observer.alarmed = {"toy-r-production-reject": 5.0}
    assert released(life, ("new", 500), code=JUDGED).wall["verdict"] is not None
    life.observer.alarmed = {"another": 5.0}
    assert released(life, ("new", 500), code=JUDGED).wall["verdict"] is None


def test_a_promotion_that_nobody_witnessed_has_no_moment(life: Any) -> None:
    """Rather than the tool's own."""
    life.observer.configs["production"] = "old"
    assert released(life, ("new", 200)).wall["verdict"] is None


def test_staging_counts_no_requests(life: Any) -> None:
    """The traffic goes to production."""
    life.client = Client()
    life.client.saw(("old", 500))
    life.verbs.answers["pipeline release staging"] = (0, said("staging"))
    assert life.release("A", "release", "staging").requests["sent"] == 0


def test_the_model_before_is_known_by_its_configuration(life: Any) -> None:
    """From the release that made it live."""
    released(life, ("old", 200), before=None, asked="old")
    assert released(life, ("new", 200)).model_before == "old"


def test_a_promotion_that_was_seen_is_believed(life: Any) -> None:
    """By DescribeEndpoint."""
    life.observer.configs["production"] = "new"
    life.promoted(released(life, ("new", 200)))


def test_a_promotion_that_was_not_seen_is_a_lie(life: Any) -> None:
    """The tool says promoted, the endpoint serves the old configuration."""
    life.observer.configs["production"] = "old"
    with pytest.raises(Failed, match="must be InService with new, but DescribeEndpoint says InService with old"):
        life.promoted(released(life, ("new", 200)))


def test_a_promotion_that_is_not_over_is_a_lie(life: Any) -> None:
    """The right configuration, but the endpoint still updates."""
    life.observer.configs["production"], life.observer.status = "new", "Updating"
    with pytest.raises(Failed, match="says Updating with new"):
        life.promoted(released(life, ("new", 200)))


def test_a_promotion_to_something_else_is_none(life: Any) -> None:
    """The tool itself says that it got another configuration."""
    life.observer.configs["production"] = "new"
    with pytest.raises(Failed, match="asked for another configuration than it got"):
        life.promoted(released(life, ("new", 200), config_after="other"))


def test_another_verdict_is_no_promotion(life: Any) -> None:
    """With the tool's own reason."""
    life.observer.configs["production"] = "new"
    with pytest.raises(Failed, match="r-production says refused: because"):
        life.promoted(released(life, ("new", 200), verdict="refused"))


def judging(life: Any, passed: bool, code: int) -> None:
    """A gate that says so and ends so."""
    life.verbs.answers |= {
        "pipeline train": (0, {"candidate": "c"}),
        "pipeline gate": (code, fakes.gate(passed)),
        "pipeline register": (0, {"version": 2}),
    }


def test_a_candidate_is_registered(life: Any) -> None:
    """And the registry says so, too."""
    judging(life, True, 0)
    life.observer.registry = {2: "Approved"}
    candidate = life.candidate("A")
    assert (candidate.version, candidate.stopped_at, candidate.gate["passed"]) == (2, "register", True)


def test_a_candidate_that_the_registry_does_not_have_is_found(life: Any) -> None:
    """Though `register` named a version."""
    judging(life, True, 0)
    with pytest.raises(Failed, match=r"the registry has \{\}, not 2"):
        life.candidate("A")


def test_a_gate_whose_exit_code_contradicts_it_is_found(life: Any) -> None:
    """A workflow would go by the code."""
    judging(life, False, 0)
    with pytest.raises(Failed, match="exit code and its verdict differ"):
        life.candidate("A")


def test_a_refused_candidate_is_recorded(life: Any) -> None:
    """Where it was stopped."""
    judging(life, False, 1)
    life.judged("A", code=1)
    assert [candidate.stopped_at for candidate in life.record.candidates] == ["gate"]


def test_waiting_ends_when_it_holds() -> None:
    """And says so."""
    assert wait_for(lambda: True, 0)


def test_waiting_has_an_end() -> None:
    """And says that it never held."""
    began = time.monotonic()
    assert not wait_for(lambda: False, 0.05)
    assert time.monotonic() - began < 1
