"""What is left to do and what the workflow is told, by what was found."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline import changed
from pipeline.changed import Found
from pipeline.registry import Version

VERSION = Version(4, "arn", "Approved", "", "image", "model", {"train_image": "i", "manifest": "m"})
FOUND = Found(job="flights-train-1", manifest="m", status="Completed", image="image")
REGISTERED = replace(FOUND, version=VERSION, complete=True)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (replace(FOUND, status=None), "`flights-train-1` is not trained; nothing was registered before"),
        (replace(FOUND, status="InProgress"), "is being trained"),
        (replace(FOUND, status="Stopping"), "is being trained"),
        (replace(FOUND, image=None), "its serving image is not built"),
        (FOUND, "no version is this model with this serving image"),
        (
            replace(REGISTERED, complete=False),
            "version 4 is `flights-train-1`, and was not wholly registered",
        ),
    ],
)
def test_there_is_something_to_do(found: Found, sentence: str) -> None:
    """The sentence says what is missing."""
    decision = changed.decide(found)
    assert decision.changed
    assert sentence in decision.sentence


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (REGISTERED, "the same serving image, and is at stage None"),
        (replace(REGISTERED, version=replace(VERSION, stage="Production")), "and is at stage Production"),
        (
            replace(
                REGISTERED, complete=False, version=replace(VERSION, status="Rejected", status_reason="5xx")
            ),
            "and was rejected: 5xx",
        ),
        (replace(FOUND, refusing=("champion",)), "the gate refused `flights-train-1` (champion)"),
        (replace(FOUND, refusing=("champion",), image=None), "the gate refused"),
    ],
)
def test_nothing_has_changed(found: Found, sentence: str) -> None:
    """The sentence says what is the same."""
    decision = changed.decide(found)
    assert not decision.changed
    assert sentence in decision.sentence


@pytest.mark.parametrize(
    ("image_uri", "sha", "sentence"),
    [
        ("other", "m", "other than in version 4: the training image"),
        ("i", "other", "other than in version 4: the data"),
        ("other", "other", "other than in version 4: the training image and the data"),
        ("i", "m", "other than in version 4: the hyperparameters"),
    ],
)
def test_what_is_new_is_named(image_uri: str, sha: str, sentence: str) -> None:
    """Against the newest version."""
    found = replace(FOUND, status=None, last=VERSION, train_image=image_uri, manifest=sha)
    assert sentence in changed.news(found)


# what the workflow is told


def answer(monkeypatch: pytest.MonkeyPatch, found: Found) -> Any:
    """The verb's answer to what was found."""
    monkeypatch.setattr(changed, "look", lambda root: found)
    return changed.command.main([], standalone_mode=False)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("found", "outputs"),
    [
        (REGISTERED, {"changed": "false", "version": "4"}),
        (replace(REGISTERED, version=replace(VERSION, stage="Staging")), {"changed": "false", "version": ""}),
        (replace(REGISTERED, complete=False), {"changed": "true", "version": ""}),
        (FOUND, {"changed": "true", "version": ""}),
    ],
)
def test_the_outputs_say_what_follows(
    monkeypatch: pytest.MonkeyPatch, found: Found, outputs: dict[str, str]
) -> None:
    """A version that waits for its release is named, in case nobody has started that."""
    assert answer(monkeypatch, found).outputs == outputs


@pytest.mark.usefixtures("project")
def test_the_summary_says_what_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, of which a name that AWS gave is no markup."""
    found = answer(monkeypatch, replace(REGISTERED, version=replace(VERSION, stage="*x*")))
    assert found.summary.startswith("**Nothing has changed**: version 4 is `flights-train-1`")
    assert found.summary.endswith(r"is at stage \*x\*.")
