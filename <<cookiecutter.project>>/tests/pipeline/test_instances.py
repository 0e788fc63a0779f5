"""What an instance type's name says."""

import botocore.session
import pytest

from pipeline import instances

MODEL = botocore.session.get_session().get_service_model("sagemaker")
USES = ("ProductionVariantInstanceType", "TrainingInstanceType", "ProcessingInstanceType")


@pytest.mark.parametrize(
    ("name", "cores"),
    [
        ("ml.m5.large", 2),
        ("ml.c5.xlarge", 4),
        ("ml.m5.24xlarge", 96),
        ("ml.c4.8xlarge", 36),
        ("ml.r8g.medium", 1),
        ("ml.t2.medium", 2),
    ],
)
def test_cores_follow_the_size(name: str, cores: int) -> None:
    """Two for large, four for each xlarge, but for the types that differ."""
    assert instances.cores(name) == cores


@pytest.mark.parametrize(
    "name", ["ml.m5d.large", "ml.g4dn.xlarge", "ml.g5.xlarge", "ml.g6e.xlarge", "ml.p5.48xlarge"]
)
def test_local_disks_are_known(name: str) -> None:
    """By a `d` in the name, or by the family."""
    assert instances.local_disks(name)


@pytest.mark.parametrize("name", ["ml.m5.large", "ml.c6in.large", "ml.p3.2xlarge", "ml.m7i-flex.large"])
def test_other_types_have_none(name: str) -> None:
    """Their volumes take a key."""
    assert not instances.local_disks(name)


@pytest.mark.parametrize("use", USES)
def test_every_type_of_sagemaker_can_be_read(use: str) -> None:
    """None of its own lists, of endpoints and of jobs, holds a name that stops the program."""
    assert [name for name in MODEL.shape_for(use).enum if not instances.known(name)] == []


@pytest.mark.parametrize("name", ["m5.large", "ml.m5", "ml.m5.huge", ""])
def test_what_is_no_type_is_refused(name: str) -> None:
    """The sentence shows one."""
    assert not instances.known(name)
    with pytest.raises(ValueError, match=r"no instance type such as ml\.m5\.large"):
        instances.cores(name)
