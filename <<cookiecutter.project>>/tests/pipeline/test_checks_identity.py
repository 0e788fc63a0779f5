"""Whether the credentials fit the project."""

from pipeline import names
from pipeline.checks import identity

HERE, ELSEWHERE = "111111111111", "222222222222"
PROJECT = names.Project(
    name="flights", description="", github_owner="somebody", region="eu-west-1", owner_email="a@example.com"
)
APART = names.Project(
    name="flights",
    description="",
    github_owner="somebody",
    region="eu-west-1",
    owner_email="a@example.com",
    accounts={"registry": HERE, "staging": HERE, "production": ELSEWHERE},
)


def test_one_account_has_everything_where_none_is_named() -> None:
    """The default."""
    assert identity.parts(PROJECT, HERE) == ["registry", "staging", "production"]


def test_an_account_has_what_project_toml_puts_there() -> None:
    """The rest is checked with other credentials."""
    assert identity.parts(APART, ELSEWHERE) == ["production"]


def test_an_unknown_account_is_named_with_the_known_ones() -> None:
    """Nothing else can be looked at there."""
    found = identity.whose(APART, "333333333333", "arn:aws:iam::333333333333:user/me")
    assert (found.level, found.todo) == (
        "fail",
        "sign in to one of them, or write 333333333333 under [accounts]",
    )
    assert f"production {ELSEWHERE}" in found.found


def test_a_region_without_sagemaker_is_told_its_neighbours() -> None:
    """A slip of a number is seen at once."""
    region = identity.region(PROJECT, ["eu-west-2", "us-east-1"])
    assert (region.level, region.todo) == ("fail", "write one of eu-west-2 in project.toml")
