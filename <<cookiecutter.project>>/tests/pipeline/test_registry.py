"""The registry hands out the newest approved version."""

from collections.abc import Callable

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import registry, stages
from pipeline.errors import UserError

from .conftest import BUCKET, GROUP, Fleet


def test_the_newest_approved_version_is_the_default(register: Callable[..., int]) -> None:
    """A newer version that is rejected or pending is passed over."""
    for status in ("Approved", "Approved", "Rejected", "PendingManualApproval"):
        register(status)
    assert registry.newest_approved(GROUP).number == 2


def test_a_version_that_was_replaced_is_no_default(register: Callable[..., int], fleet: Fleet) -> None:
    """After a rollback by hand the next release does not bring back what was left."""
    register()
    register()
    registry.move(registry.get(GROUP, 2).arn, stages.ARCHIVED, "left")
    assert registry.newest_approved(GROUP).number == 1


def test_ten_is_newer_than_nine(register: Callable[..., int]) -> None:
    """Versions are numbers, not text."""
    for _ in range(10):
        register()
    assert next(registry.versions(GROUP)).number == 10


@pytest.mark.usefixtures("cloud")
def test_an_empty_registry_says_what_to_do() -> None:
    """The sentence names the verb."""
    with pytest.raises(UserError, match="run `pipeline register` first"):
        registry.newest_approved(GROUP)


def test_an_unknown_version_is_named(register: Callable[..., int]) -> None:
    """A number that was never given out is the user's mistake."""
    register()
    with pytest.raises(UserError, match="no version 7"):
        registry.get(GROUP, 7)


def test_a_rejected_version_says_why(register: Callable[..., int], fleet: Fleet) -> None:
    """The reason is kept with the version, on one line and within AWS's 1024 characters."""
    register()
    registry.move(registry.get(GROUP, 1).arn, stages.REJECTED, "alarm:\n" + "x" * 2000)
    found = registry.get(GROUP, 1)
    assert (found.status, found.status_reason[:8], len(found.status_reason)) == ("Rejected", "alarm: x", 1024)


def test_another_stage_leaves_the_approval_alone(register: Callable[..., int], fleet: Fleet) -> None:
    """A version that was replaced may be released again."""
    register()
    registry.move(registry.get(GROUP, 1).arn, stages.ARCHIVED, "replaced")
    found = registry.get(GROUP, 1)
    assert (found.status, found.stage) == ("Approved", "Archived")


def test_a_version_that_was_never_moved_has_no_stage(register: Callable[..., int], fleet: Fleet) -> None:
    """AWS leaves the life cycle out, one by one and in a list."""
    register()
    assert registry.get(GROUP, 1).stage == "None"
    assert list(registry.present(GROUP).values()) == ["None"]


def test_a_move_has_the_shape_of_the_api(register: Callable[..., int], fleet: Fleet) -> None:
    """botocore's own service model finds nothing wrong with any stage."""
    register()
    arn = registry.get(GROUP, 1).arn
    shape = get_session().get_service_model("sagemaker").shape_for("ModelLifeCycle")
    for stage in stages.STATUS:
        registry.move(arn, stage, "x" * 2000)
        assert ParamValidator().validate(fleet.staged[arn], shape).generate_report() == ""


def test_a_new_version_waits_for_its_release(register: Callable[..., int], fleet: Fleet) -> None:
    """Until a release moves it, or rejects it."""
    assert registry.unreleased(registry.get(GROUP, register()))
    assert not registry.unreleased(registry.get(GROUP, register("Rejected")))
    registry.move(registry.get(GROUP, 1).arn, stages.STAGING, "released")
    assert not registry.unreleased(registry.get(GROUP, 1))


def test_what_a_version_was_made_of_comes_back(register: Callable[..., int]) -> None:
    """The image that trained the champion is the one it is scored in."""
    register()
    assert registry.get(GROUP, 1).properties == {"train_image": "repository@sha256:2"}


def test_a_version_is_found_by_its_pair(register: Callable[..., int]) -> None:
    """Model and serving image together are a version; the newest of equal ones counts."""
    for model in ("one", "two", "two"):
        register(model=model)
    found = registry.find(GROUP, f"s3://{BUCKET}/two.tar.gz", "repository@sha256:1")
    assert found and found.number == 3


def test_half_a_pair_is_no_version(register: Callable[..., int]) -> None:
    """The same model behind another image was never judged."""
    register(model="one")
    assert registry.find(GROUP, f"s3://{BUCKET}/one.tar.gz", "repository@sha256:9") is None
