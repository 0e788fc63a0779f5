"""What a release changes for a while is no drift; the same by a person is."""

import pytest

from pipeline.stack import releases
from pipeline.stack.steps import Step

RAISED = ("minCapacity", 3, 2)


@pytest.mark.parametrize(
    ("step", "is_a_release"),
    [
        (Step("update", releases.TARGET, "target", (RAISED,)), True),
        (Step("update", releases.TARGET, "target", (("minCapacity", 1, 2),)), False),
        (Step("update", releases.TARGET, "target", (RAISED, ("maxCapacity", 9, 4))), False),
        (Step("update", releases.TARGET, "target"), False),
        (Step("create", releases.TARGET, "target"), False),
        (Step("update", "aws:cloudwatch/logGroup:LogGroup", "log", (RAISED,)), False),
    ],
    ids=["raised", "lowered", "more", "unknown", "deleted by hand", "another resource"],
)
def test_only_the_raised_least_capacity_is_a_release(step: Step, is_a_release: bool) -> None:
    """Which the release puts back, or `pipeline reconcile` does."""
    assert releases.under_way(step) is is_a_release
