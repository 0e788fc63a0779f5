"""The candidate beside the live model: configuration, decision, and the way there and back."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, canary, endpoint, ledger, names, shadow
from pipeline.errors import InfrastructureError, UserError

from .guarded import FACTS, RELEASE, RULES

SHADOWED = replace(RULES, shadow=replace(RULES.shadow, seconds=600, share=0.25))
LIVE: dict[str, Any] = {
    "EndpointConfigName": "old",
    "EndpointConfigArn": "arn",
    "ProductionVariants": [
        {
            "VariantName": names.VARIANT,
            "ModelName": "flights-production-1",
            "InstanceType": "ml.m4.large",
            "InitialInstanceCount": 3,
            "InitialVariantWeight": 2.0,
        }
    ],
    "DataCaptureConfig": {
        "EnableCapture": True,
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://bucket/capture/old",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    },
    "MetricsConfig": {"EnableEnhancedMetrics": True, "MetricPublishFrequencyInSeconds": 10},
}
GOOD: dict[str, Any] = {
    "seconds": 600,
    "counted": {
        "live": {"requests": 1000, "refused": 10, "failed": 0},
        "shadow": {"requests": 500, "refused": 5, "failed": 0},
    },
    "compared": 490,
    "schema": 0,
    "scores": {"distinct": 400, "shift": 0.1},
}


@pytest.fixture
def asked(project: Any) -> dict[str, Any]:
    """The configuration with the shadow."""
    return shadow.request(LIVE, RELEASE, FACTS, SHADOWED)


def test_the_live_variant_stays_as_it_is(asked: dict[str, Any]) -> None:
    """Nothing changes for a caller."""
    assert asked["ProductionVariants"] == LIVE["ProductionVariants"]
    assert asked["MetricsConfig"] == LIVE["MetricsConfig"]


def test_one_instance_shadows_it(asked: dict[str, Any]) -> None:
    """Of the candidate, on its own type; its weight beside the live one's is the share of the copies."""
    [variant] = asked["ShadowProductionVariants"]
    assert (variant["VariantName"], variant["ModelName"]) == ("shadow", RELEASE.model)
    assert (variant["InitialInstanceCount"], variant["InstanceType"]) == (1, FACTS.instance_type)
    assert variant["InitialVariantWeight"] == 2.0 * 0.25


def test_everything_is_captured_to_a_prefix_of_its_own(asked: dict[str, Any]) -> None:
    """A sample of either variant could not be joined with one of the other."""
    capture, name = asked["DataCaptureConfig"], asked["EndpointConfigName"]
    assert capture["InitialSamplingPercentage"] == 100
    assert capture["DestinationS3Uri"] == f"{FACTS.capture_s3_uri}/{name}"


def test_it_is_named_by_its_content(asked: dict[str, Any]) -> None:
    """The same again is the same; another candidate is another."""
    assert asked == shadow.request(LIVE, RELEASE, FACTS, SHADOWED)
    other = shadow.request(LIVE, replace(RELEASE, model="flights-production-3"), FACTS, SHADOWED)
    assert other["EndpointConfigName"] != asked["EndpointConfigName"]


def test_aws_would_take_it(asked: dict[str, Any]) -> None:
    """As botocore's service model has it."""
    model = get_session().get_service_model("sagemaker").operation_model("CreateEndpointConfig")
    assert not ParamValidator().validate(asked, model.input_shape).has_errors()


def decide(**more: Any) -> tuple[bool, str]:
    """The decision on what is good but for this."""
    return shadow.decide(GOOD | more, SHADOWED)


def counted(**copies: int) -> dict[str, Any]:
    """Other numbers of the shadow."""
    return {"counted": GOOD["counted"] | {"shadow": GOOD["counted"]["shadow"] | copies}}


def test_what_answers_alike_passes() -> None:
    """The sentence says on how much."""
    assert decide() == (
        True,
        "500 copies, 490 compared; the distance between the two models' answers is 0.100",
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (counted(failed=1), r"1.20% of 500 copies with an error, the live model 1.00% .*0.10% more"),
        (counted(requests=0), "none of 1000 requests was copied"),
        ({"schema": 2}, "2 of 490 answers break the candidate's signature"),
        ({"why": "model.tar.gz is none: train again"}, "could not be compared: model.tar.gz"),
        ({"scores": {"distinct": 50, "shift": 0.51}}, r"0.510, and may be 0.5 \(replay.score_shift\)"),
    ],
)
def test_every_failing_is_refused_with_its_bound(more: dict[str, Any], sentence: str) -> None:
    """One bad number is enough."""
    passed, said = decide(**more)
    assert not passed
    assert re.search(sentence, said)


@pytest.mark.parametrize(
    "more",
    [
        counted(refused=0, failed=5),
        {"scores": {"distinct": 49, "shift": 1.0}},
        {"scores": None},
        {"counted": {one: {"requests": 0, "refused": 0, "failed": 0} for one in ("live", "shadow")}},
    ],
    ids=["as many errors", "few answers", "no score", "no traffic"],
)
def test_what_proves_nothing_against_it_passes(more: dict[str, Any]) -> None:
    """A live model that fails as often, one question asked again and again, a quiet hour."""
    assert decide(**more)[0]


class Account:
    """An endpoint that takes an update after one look, or refuses it; CloudWatch and S3 are not asked."""

    def __init__(self, serves: str, *, refuses: str = "") -> None:
        """It serves a configuration; another one may never come up."""
        self.serves, self.refuses, self.pending, self.asked = serves, refuses, "", list[str]()
        self.record, self.clock = RELEASE, 0.0

    def update_endpoint(self, **request: Any) -> None:
        """Begin an update."""
        self.asked.append(request["EndpointConfigName"])
        self.pending = request["EndpointConfigName"]

    def describe(self, _name: str) -> dict[str, Any]:
        """DescribeEndpoint."""
        answer = {
            "EndpointConfigName": self.serves,
            "EndpointStatus": "Updating" if self.pending else "InService",
        }
        if self.pending:
            self.serves = self.serves if self.pending == self.refuses else self.pending
            self.pending = ""
        return answer | {"FailureReason": "no ping"}


Stand = Callable[..., Account]


@pytest.fixture
def stand(project: Any, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A function that puts an account in the place of AWS."""

    def make(serves: str, **more: Any) -> Account:
        account = Account(serves, **more)

        def sleep(seconds: float = 10) -> None:
            account.clock += seconds

        monkeypatch.setattr(aws, "client", lambda _service: account)
        monkeypatch.setattr(aws, "poll", sleep)
        monkeypatch.setattr(aws, "sleep", sleep)
        monkeypatch.setattr(aws, "elapsed", lambda since: account.clock - since)
        monkeypatch.setattr(shadow.time, "monotonic", lambda: account.clock)
        monkeypatch.setattr(ledger, "get", lambda *_: account.record)
        monkeypatch.setattr(endpoint, "describe", account.describe)
        monkeypatch.setattr(shadow, "make", lambda *_: "shadowed")
        monkeypatch.setattr(shadow, "count", lambda *_: GOOD["counted"])
        monkeypatch.setattr(shadow, "compare", lambda *_: {"compared": 1, "schema": 0, "scores": None})
        return account

    return make


def test_the_endpoint_goes_there_and_back(stand: Stand) -> None:
    """Twice all at once; the release begins where it would have begun."""
    account = stand("old")
    found = shadow.run(RELEASE, FACTS, SHADOWED)
    assert (account.asked, account.serves, found["passed"]) == (["shadowed", "old"], "old", True)
    assert (found["seconds"], found["config"], found["compared"]) == (600, "shadowed", 1)


def test_a_process_that_takes_over_attaches(stand: Stand) -> None:
    """The endpoint has the shadow already."""
    account = stand("shadowed")
    assert shadow.run(RELEASE, FACTS, SHADOWED)["passed"]
    assert account.asked == ["old"]


def test_a_candidate_that_does_not_start_is_refused(stand: Stand) -> None:
    """AWS went back by itself; the sentence has its reason."""
    account = stand("old", refuses="shadowed")
    found = shadow.run(RELEASE, FACTS, SHADOWED)
    assert (found["passed"], account.serves) == (False, "old")
    assert found["sentence"].endswith("did not take shadowed: no ping")


def test_what_fails_while_it_listens_is_put_back(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is."""
    account = stand("old")
    monkeypatch.setattr(aws, "sleep", lambda _seconds: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shadow.run(RELEASE, FACTS, SHADOWED)
    assert account.serves == "old"


def test_an_abort_ends_the_listening(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release sees it next; nothing is compared any more."""
    account = stand("old")
    account.record = replace(RELEASE, aborted_by="somebody")
    monkeypatch.setattr(aws, "sleep", lambda seconds: 1 / 0 if seconds <= 60 else None)
    found = shadow.run(RELEASE, FACTS, SHADOWED)
    assert (found["compared"], account.serves) == (0, "old")
    assert found["sentence"].startswith("somebody aborted the release")


def test_who_may_not_update_says_who_may(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """The role that closes what is left goes back to what was promoted alone."""
    account = stand("shadowed")
    monkeypatch.setattr(endpoint, "has_config", lambda _name: True)

    def update_endpoint(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "UpdateEndpoint")

    monkeypatch.setattr(account, "update_endpoint", update_endpoint)
    with pytest.raises(UserError, match="run `pipeline release production --version 2`"):
        shadow.end(RELEASE.having(shadowing="shadowed"), FACTS)


def test_an_endpoint_that_stays_on_the_shadow_is_an_error(stand: Stand) -> None:
    """No release goes on from there."""
    stand("shadowed", refuses="old")
    with pytest.raises(InfrastructureError, match="the candidate still shadows old"):
        shadow.run(RELEASE, FACTS, SHADOWED)


def test_somebody_elses_update_ends_it(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was counted is not the shadow's, and what they asked for stays."""
    account = stand("old")

    def sleep(seconds: float) -> None:
        account.serves, account.clock = "theirs", account.clock + seconds

    monkeypatch.setattr(aws, "sleep", sleep)
    with pytest.raises(InfrastructureError, match="left shadowed while the candidate was listening"):
        shadow.run(RELEASE, FACTS, SHADOWED)
    assert (account.asked, account.serves) == (["shadowed"], "theirs")


def test_what_a_dead_process_left_is_taken_away(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whoever closes its release; where nothing is left, nothing is asked."""
    monkeypatch.setattr(endpoint, "has_config", lambda _name: True)
    for serves, expected in (("shadowed", ["old"]), ("new", [])):
        account = stand(serves)
        shadow.end(RELEASE.having(shadowing="shadowed"), FACTS)
        assert account.asked == expected


def test_a_rollback_of_the_shadow_is_waited_for(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that is rolling back takes no update."""
    account, states = stand("shadowed"), iter(["RollingBack", "RollingBack"])
    settled = account.describe
    rolling = lambda name: settled(name) | {"EndpointStatus": next(states, "InService")}  # noqa: E731
    monkeypatch.setattr(endpoint, "describe", rolling)
    monkeypatch.setattr(endpoint, "has_config", lambda _name: True)
    asked = account.update_endpoint

    def update_endpoint(**request: Any) -> None:
        assert next(states, None) is None
        asked(**request)

    monkeypatch.setattr(account, "update_endpoint", update_endpoint)
    shadow.end(RELEASE.having(shadowing="shadowed"), FACTS)
    assert account.asked == ["old"]


def test_the_update_is_all_at_once() -> None:
    """No canary: the model that answers stays the same."""
    policy = canary.at_once("e", "c")["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert policy["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
