"""Asked again only where production has changed, from what the version says and not from the tree."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipeline import aws, bucket, evaluate, gate, jobs, policy, regate, train
from pipeline.command import Document
from pipeline.errors import UserError
from pipeline.evaluate import Champion
from pipeline.registry import Version

from .conftest import BUCKET, REPOSITORY, evaluation, pinned
from .test_rules import BOUNDS

pytestmark = pytest.mark.usefixtures("few_resamples")

DATA = pinned()
MADE = {"train_job": "job", "train_image": "r/train@sha256:1", "manifest": DATA.sha256}
VERSION = Version(3, "arn", "Approved", "", "r/serve@sha256:1", f"s3://{BUCKET}/ours", MADE)
OLD = Champion(1, "model-1", f"s3://{BUCKET}/old", "r/train@sha256:2")
NEW = Champion(2, "model-2", f"s3://{BUCKET}/new", "r/train@sha256:3")
GOOD, WORSE, BETTER = evaluation(skill=0.6), evaluation(skill=0.2), evaluation()


class World:
    """What production serves, what each model is worth, and the jobs that were started."""

    def __init__(self) -> None:
        """Production serves what the version was compared with."""
        self.live: Champion | None = OLD
        self.worth = {VERSION.model_data: GOOD, OLD.model_data: WORSE, NEW.model_data: WORSE}
        self.jobs: list[dict[str, Any]] = []

    def finish(self, kind: jobs.Kind, name: str) -> None:
        """Write what the job of a model finds."""
        made = aws.client("sagemaker").describe_processing_job(ProcessingJobName=name)
        model, _ = (one["S3Input"]["S3Uri"] for one in made["ProcessingInputs"])
        self.jobs.append(made)
        body = json.dumps(self.worth[model]).encode()
        aws.client("s3").put_object(Bucket=BUCKET, Key=f"evaluations/{name}/evaluation.json", Body=body)


@pytest.fixture
def world(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> World:
    """A version that the gate has passed against the version before, of data in the bucket."""
    found = World()
    bucket.write(DATA)
    monkeypatch.setattr(evaluate, "champion", lambda: found.live)
    monkeypatch.setattr(jobs, "wait", found.finish)
    monkeypatch.setattr(train, "candidate", lambda: pytest.fail("looked at the tree"))
    bounds = replace(policy.load(REPOSITORY), gate=BOUNDS)
    monkeypatch.setattr(policy, "load", lambda: bounds)
    verdict({"candidate": GOOD, "champion": WORSE})
    return found


def verdict(documents: dict[str, Document | None], champion: Champion | None = OLD, **asked: Any) -> None:
    """Store the gate's verdict on the version."""
    done = evaluate.Evaluated(regate.of(VERSION), champion, documents, "s3://b/evaluation.json")
    gate.ask(done, policy.load().gate, lambda: "ann", **asked)


def test_the_same_champion_as_then_needs_no_other_verdict(world: World) -> None:
    """Nothing is evaluated, nothing written."""
    before = gate.read("job")
    assert regate.ask(VERSION) is None
    assert (world.jobs, gate.read("job")) == ([], before)


def test_a_refusal_of_then_is_still_one(world: World) -> None:
    """Somebody asked the gate after the version was registered."""
    verdict({"candidate": WORSE, "champion": GOOD})
    assert "the gate refuses version 3 against version 1, which production serves (champion" in str(
        regate.ask(VERSION)
    )
    assert world.jobs == []


def test_another_champion_is_compared_with_on_the_versions_own_rows(world: World) -> None:
    """Each in the image that it was trained in; the verdict takes the place of the one before."""
    world.live = NEW
    assert regate.ask(VERSION) is None
    found = [
        [made["AppSpecification"]["ImageUri"], *(one["S3Input"]["S3Uri"] for one in made["ProcessingInputs"])]
        for made in world.jobs
    ]
    data = DATA.uri(BUCKET)
    assert found == [
        ["r/train@sha256:1", VERSION.model_data, data],
        ["r/train@sha256:3", NEW.model_data, data],
    ]
    kept = gate.read("job") or {}
    assert (kept["champion"], kept["passed"]) == ({"version": 2, "name": "model-2"}, True)
    assert regate.ask(VERSION) is None
    assert len(world.jobs) == 2


def test_what_is_worse_than_the_present_champion_is_refused(world: World) -> None:
    """With the rule, and what to do."""
    world.live, world.worth[NEW.model_data] = NEW, BETTER
    said = str(regate.ask(VERSION))
    assert said.startswith("the gate refuses version 3 against version 2, which production serves (champion")
    assert "train another model" in said
    assert (gate.read("job") or {})["passed"] is False


def test_an_override_is_void_against_another_champion(world: World) -> None:
    """It was a judgement of other numbers."""
    documents = {"candidate": WORSE, "champion": GOOD}
    refused = {"overrides": ["champion"], "reason": "because"}
    verdict(documents, **refused | {"overrides": [one["rule"] for one in refusing(documents)]})
    assert regate.ask(VERSION) is None
    world.live, world.worth[VERSION.model_data], world.worth[NEW.model_data] = NEW, WORSE, BETTER
    assert "(champion" in str(regate.ask(VERSION))


def refusing(documents: dict[str, Any]) -> list[Document]:
    """The rules that stop the version."""
    return gate.refusing(gate.verdict(BOUNDS, documents["candidate"], documents["champion"]))


@pytest.mark.parametrize("name", ["model-3", "model-9"])
def test_what_production_serves_already_was_let_in(world: World, name: str) -> None:
    """Also with another serving image, which is another model's name and the same model."""
    world.live = Champion(3, name, VERSION.model_data, "r/train@sha256:1")
    assert regate.ask(VERSION) is None
    assert world.jobs == []


def test_where_production_serves_nothing_more_the_base_rate_is_to_be_beaten(world: World) -> None:
    """The endpoint was taken down since."""
    world.live = None
    world.worth[VERSION.model_data] = evaluation(skill=-1)
    assert "against the base rate (base_rate" in str(regate.ask(VERSION))


def test_the_gate_is_asked_where_there_is_no_verdict(world: World) -> None:
    """Somebody emptied the bucket."""
    aws.client("s3").delete_object(Bucket=BUCKET, Key=gate.key("job"))
    assert regate.ask(VERSION) is None
    assert (gate.read("job") or {})["passed"] is True


@pytest.mark.parametrize("missing", regate.MADE_OF)
def test_a_version_that_does_not_say_what_it_was_made_of_is_named(world: World, missing: str) -> None:
    """Nobody could compare it with anything."""
    made = {name: value for name, value in MADE.items() if name != missing}
    with pytest.raises(UserError, match=f"version 3 does not say its {missing}"):
        regate.ask(replace(VERSION, properties=made))


def test_the_verdict_names_who_asked_and_not_the_role_that_they_took(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the record looks for a person."""
    world.live, acting = NEW, aws._acting
    monkeypatch.setattr(aws, "caller", lambda: "the role" if acting.get() else "ann")
    assert regate.ask(VERSION) is None
    assert (gate.read("job") or {})["by"] == "ann"
