"""sandbox.rehearsal.scenario: what a project says of its own data, and what is wrong with it."""

from pathlib import Path

import pytest
from rehearsal_fakes import SCENARIO

from sandbox.rehearsal import scenario
from sandbox.rehearsal.scenario import Newcomer, ScenarioError


def read(folder: Path, text: str) -> scenario.Scenario:
    """The scenario of that text."""
    (folder / "scenario.toml").write_text(text)
    return scenario.read(folder / "scenario.toml")


def refusal(folder: Path, text: str) -> str:
    """What is said of that text, which must be refused, without the path that it begins with."""
    with pytest.raises(ScenarioError) as refused:
        read(folder, text)
    return str(refused.value).removeprefix(f"{folder / 'scenario.toml'}: ")


def test_tables_become_fields(tmp_path: Path) -> None:
    """With their values."""
    assert read(tmp_path, SCENARIO).newcomer == Newcomer("carrier", "ZZ", 0.5)


def test_the_policys_tables_are_kept(tmp_path: Path) -> None:
    """Whatever they are called: a project's policy is not the rehearsal's affair."""
    assert read(tmp_path, SCENARIO).policy["canary"] == {"detect": 0.25}


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("detect = 1", "[policy]: detect is 1: write a table [policy.detect]"),
        ("[policy.canary]\ndetect = true", "[policy.canary]: detect is True: write a number"),
    ],
)
def test_a_promise_is_a_number_in_a_table(tmp_path: Path, policy: str, sentence: str) -> None:
    """As everything in policy.toml that a rehearsal may change."""
    wrong = refusal(tmp_path, SCENARIO.replace("[policy.canary]\ndetect = 0.25", f"[policy]\n{policy}"))
    assert wrong == sentence


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    """With all that must be there."""
    wrong = refusal(tmp_path, SCENARIO.replace('[refresh]\nadd = ["data/7.parquet"]\n', ""))
    assert wrong == (
        "tables: missing or unknown refresh; "
        "write exactly bad_rows, bad_file, refresh, damaged, broken, newcomer, traffic, loop, broken_column, policy"
    )


def test_an_unknown_table_is_named(tmp_path: Path) -> None:
    """It may be a misspelt one."""
    assert refusal(tmp_path, SCENARIO + "[extra]\n").startswith("tables: missing or unknown extra;")


def test_a_missing_key_is_named_with_its_table(tmp_path: Path) -> None:
    """And with all keys of the table."""
    wrong = refusal(tmp_path, SCENARIO.replace("rows = 4\n", ""))
    assert wrong == "[bad_rows]: missing or unknown rows; write exactly file, column, value, rows"


def test_an_unknown_key_is_named_with_its_table(tmp_path: Path) -> None:
    """Both spellings, when one is misspelt."""
    wrong = refusal(tmp_path, SCENARIO.replace("seed = 1", "sede = 1"))
    assert wrong.startswith("[damaged]: missing or unknown sede, seed;")


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        ("rows = 4", 'rows = "four"', "[bad_rows]: rows is 'four': write a whole number"),
        ("share = 0.25", 'share = "a lot"', "[bad_file]: share is 'a lot': write a number"),
        ('patch = "strict.patch"', "patch = 1", "[broken]: patch is 1: write a text"),
        ('files = ["data/9.parquet"]', 'files = "data/9"', "[traffic]: files is 'data/9': write a list of texts"),
    ],
)
def test_a_value_of_another_kind_is_refused(tmp_path: Path, good: str, bad: str, sentence: str) -> None:
    """With table, key, value, and what to write."""
    assert refusal(tmp_path, SCENARIO.replace(good, bad)) == sentence


def test_a_value_where_a_table_must_be_is_refused(tmp_path: Path) -> None:
    """With what to write."""
    text = "refresh = 3\n" + SCENARIO.replace('[refresh]\nadd = ["data/7.parquet"]\n', "")
    assert refusal(tmp_path, text) == "refresh is 3: write a table [refresh]"


def test_a_whole_number_is_a_number(tmp_path: Path) -> None:
    """A share of 1 need not be written 1.0."""
    assert read(tmp_path, SCENARIO.replace("share = 0.25", "share = 1")).bad_file.share == 1


def test_what_is_not_toml_is_refused(tmp_path: Path) -> None:
    """With the place."""
    assert "is not TOML" in refusal(tmp_path, "[bad_rows")


def test_a_missing_file_says_where_to_go(tmp_path: Path) -> None:
    """The command was probably run in the wrong folder."""
    with pytest.raises(ScenarioError, match="run this in a generated project, or name one with --project"):
        scenario.read(tmp_path / "scenario.toml")
