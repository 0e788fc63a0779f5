"""What is out of reach is named, and hides nothing else."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import reach

from .conftest import place


def refused() -> list[str]:
    """A read that AWS refuses."""
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Scan")


@pytest.mark.usefixtures("cloud")
def test_a_part_in_another_account_is_left_out_in_one_sentence(project: Path) -> None:
    """It says which account, and the rest is there."""
    place(project, production="2" * 12)
    found, left_out = reach.collect({"production": lambda: ["never"], "staging": lambda: ["here"]})
    assert found == ["here"]
    assert reach.sentences(left_out) == [
        "production is left out: the credentials reach account 123456789012, but project.toml puts "
        "production into 222222222222: sign in to 222222222222, or change [accounts] production"
    ]


@pytest.mark.usefixtures("cloud")
def test_a_part_that_may_not_be_read_is_left_out() -> None:
    """With AWS's own words."""
    found, left_out = reach.collect({"staging": refused, "production": lambda: ["here"]})
    assert (found, left_out) == (["here"], {"staging": "AWS refused Scan: no (AccessDeniedException)"})


@pytest.mark.usefixtures("cloud")
def test_a_defect_is_not_hidden() -> None:
    """It deserves its traceback."""

    def broken() -> list[Any]:
        raise KeyError("gone")

    with pytest.raises(KeyError):
        reach.collect({"staging": broken, "production": lambda: ["here"]})
