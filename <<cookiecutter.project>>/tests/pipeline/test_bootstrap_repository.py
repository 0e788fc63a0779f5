"""Whose repository it is, and how GitHub spells it in the tokens that the roles trust."""

from typing import Any

import pytest

from pipeline import github, names
from pipeline.bootstrap import repository
from pipeline.bootstrap.asked import Asked
from pipeline.errors import UserError
from tests.pipeline.known_bootstrap import REPOSITORY, Empty

OLD = {"created_at": "2026-07-14T23:59:59Z", "id": 2, "owner": {"id": 1}}
NEW = {**OLD, "created_at": "2026-07-15T00:00:00Z"}


def made(**more: Any) -> dict[str, Any]:
    """The repository, made by whoever gh is signed in as."""
    return dict(github.api("POST", "user/repos", {"name": "flights", "private": True, **more}))


def test_a_missing_one_is_made_private(empty: Empty) -> None:
    """Unless it is to be public."""
    assert repository.look(Asked()).kind == "to do"
    repository.create(Asked())
    assert repository.look(Asked()).found == f"{REPOSITORY}, private"


def test_a_public_one_when_that_is_asked(empty: Empty) -> None:
    """Required reviewers are there on every plan."""
    repository.create(Asked(public=True))
    assert repository.look(Asked()).found == f"{REPOSITORY}, public"


def test_an_organisations_is_made_there(empty: Empty) -> None:
    """By another request than one's own."""
    empty.github.set(user={"login": "else", "id": 3}, organisations=["somebody"])
    repository.create(Asked())
    assert empty.written() == ["POST orgs/somebody/repos"]


def test_a_wrong_owner_is_said(empty: Empty) -> None:
    """An organisation that is none, or a user who is another."""
    empty.github.set(user={"login": "else", "id": 3})
    with pytest.raises(UserError, match="GitHub has no organisation somebody"):
        repository.create(Asked())


def test_a_repository_that_moved_is_said(empty: Empty) -> None:
    """GitHub answers for the old name with the new one, whose tokens are another's."""
    found = made() | {"full_name": "else/flights"}
    empty.github.set(repositories={REPOSITORY: found})
    state = repository.look(Asked())
    assert (state.kind, state.found) == ("a person", f"{REPOSITORY} has moved to else/flights")


def test_only_its_administrator_sets_it_up(empty: Empty) -> None:
    """Said before anything is refused."""
    found = made() | {"permissions": {"admin": False, "push": True}}
    empty.github.set(repositories={REPOSITORY: found})
    assert "is no administrator of somebody/flights" in repository.look(Asked()).found


def test_no_gh_is_said(empty: Empty, monkeypatch: pytest.MonkeyPatch) -> None:
    """And where to get it."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert repository.signed_in(Asked()).advice.startswith("https://cli.github.com")


def test_a_gh_that_nobody_signed_in_is_said(empty: Empty) -> None:
    """And how to."""
    empty.github.refuse("GET user", 401)
    assert repository.signed_in(Asked()).advice == "gh auth login"


def test_a_custom_subject_is_taken_back(empty: Empty) -> None:
    """No role trusts one: decision of the template."""
    made()
    path = f"repos/{REPOSITORY}/actions/oidc/customization/sub"
    github.api("GET", path)
    github.api("PUT", path, {"use_default": False, "include_claim_keys": ["repo", "context"]})
    assert repository.look_subject(Asked()).found.startswith("it is made of repo, context")
    (step,) = [one for one in repository.steps(Asked()) if one.name == "token's subject"]
    assert step.make is not None
    step.make()
    assert repository.look_subject(Asked()).kind == "done"


@pytest.mark.parametrize(
    ("found", "prefix", "numbers"),
    [
        (OLD, "repo:somebody@1/flights@2", (1, 2)),
        (NEW, "repo:somebody/flights", (0, 0)),
        (OLD, None, (0, 0)),
        (NEW, None, (1, 2)),
        (OLD, "", (0, 0)),
    ],
)
def test_the_numbers_are_as_tokens_have_them(
    found: dict[str, Any], prefix: str | None, numbers: tuple[int, int]
) -> None:
    """GitHub's own spelling first; where it is not told, by the day that the repository was made."""
    assert repository.spelled(found, {"sub_claim_prefix": prefix}) == numbers


def test_numbers_are_written_into_the_file(empty: Empty) -> None:
    """Where they stand, and the rest stays as it was."""
    made()
    file = empty.project / "project.toml"
    before = file.read_text() + "github_owner_id = 0 # GitHub's\ngithub_repository_id = 0\n[accounts]\n"
    file.write_text(before)
    repository.write_numbers(Asked())
    assert file.read_text() == before.replace(
        "github_owner_id = 0 # GitHub's", "github_owner_id = 7"
    ).replace("repository_id = 0", "repository_id = 1234")


def test_numbers_are_added_above_the_first_table(empty: Empty) -> None:
    """Below it they would be the table's."""
    made()
    file = empty.project / "project.toml"
    file.write_text(file.read_text() + "[accounts]\n")
    repository.write_numbers(Asked())
    assert names.project().github_repository_id == 1234


def test_numbers_that_tokens_no_longer_carry_are_taken_back(empty: Empty) -> None:
    """Else no role would open."""
    made()
    repository.write_numbers(Asked())
    empty.github.set(numbered=False)
    assert repository.look_numbers(Asked()).kind == "to do"
    repository.write_numbers(Asked())
    assert names.project().github_owner_id == 0
