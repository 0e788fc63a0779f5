"""A program runs, and its resources arrive."""

import re
from pathlib import Path

import pytest

from sandbox.stacks.program import ProgramError, SettingsError, config_of, plain
from sandbox.stacks.recording import Recording, record

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hush"}


def program(folder: Path, source: str, config: str = "") -> Path:
    """A Pulumi program of `source`."""
    (folder / "Pulumi.yaml").write_text("name: toy\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(config)
    (folder / "__main__.py").write_text("import pulumi\nimport pulumi_aws as aws\n" + source)
    return folder


def run(folder: Path, source: str, config: str = "", **given: object) -> Recording:
    """A recording of `source`."""
    return record(program(folder, source, config), "dev", "eu-west-1", **given)


def test_protection_and_what_is_ignored_arrive_with_the_inputs(tmp_path: Path) -> None:
    """Pulumi's own mocks hide both."""
    (topic,) = run(
        tmp_path,
        "aws.sns.Topic('t', name='n', kms_master_key_id='k',"
        " opts=pulumi.ResourceOptions(protect=True, ignore_changes=['kms_master_key_id']))",
    ).resources
    assert (topic.inputs, topic.protect, topic.ignored) == (
        {"name": "n", "kmsMasterKeyId": "k"},
        True,
        ("kmsMasterKeyId",),
    )


def test_outputs_are_what_the_program_exports(tmp_path: Path) -> None:
    """Once they are known."""
    assert run(tmp_path, "pulumi.export('arn', aws.sns.Topic('t', name='n').arn)").outputs == {"arn": "arn:Topic-t"}


def test_a_stack_reference_is_answered(tmp_path: Path) -> None:
    """By the name that the file backend knows."""
    source = "pulumi.export('got', pulumi.StackReference('organization/other/dev').require_output('x'))"
    assert run(tmp_path, source, references={"organization/other/dev": {"x": "y"}}).outputs == {"got": "y"}


def test_a_secret_arrives_as_it_is(tmp_path: Path) -> None:
    """An AWS request has no secrets in it."""
    (topic,) = run(tmp_path, "aws.sns.Topic('t', name=pulumi.Output.secret('hush'))").resources
    assert topic.inputs == {"name": "hush"}
    assert plain({"a": [SECRET]}) == {"a": ["hush"]}


def test_configuration_is_text_and_json(tmp_path: Path) -> None:
    """A key without a namespace is the project's."""
    folder = program(tmp_path, "", "config:\n  aws:region: eu-west-1\n  size: {a: 1}\n  count: 2\n")
    assert config_of(folder, "dev") == {"aws:region": "eu-west-1", "toy:size": '{"a": 1}', "toy:count": "2"}
    assert config_of(folder, "other") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("config: [", "Pulumi.dev.yaml is no YAML: "),
        ("- one", "Pulumi.dev.yaml holds ['one']: write `config:` and below it one setting a line"),
        ("config: 3", "config in Pulumi.dev.yaml is 3: write one setting a line below it"),
    ],
)
def test_a_broken_configuration_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    """With a sentence that names the file."""
    folder = program(tmp_path, "", text)
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        config_of(folder, "dev")


def test_refused_settings_are_a_sentence(tmp_path: Path) -> None:
    """pulumi.RunError is the program's way to say it."""
    with pytest.raises(SettingsError, match=r"^write something else$"):
        run(tmp_path, "raise pulumi.RunError('write something else')")


def test_a_missing_setting_is_a_sentence(tmp_path: Path) -> None:
    """Pulumi's own words name the key."""
    with pytest.raises(SettingsError, match=r"toy:size"):
        run(tmp_path, "pulumi.Config().require('size')")


def test_an_error_names_the_line(tmp_path: Path) -> None:
    """Line 3 is the program's own first line here."""
    with pytest.raises(ProgramError, match=r"^__main__\.py line 3: KeyError: 'a'$"):
        run(tmp_path, "{}['a']")


def test_an_error_in_an_apply_is_not_lost(tmp_path: Path) -> None:
    """It is raised though the program has ended."""
    with pytest.raises(ProgramError, match="KeyError: 'a'"):
        run(tmp_path, "aws.sns.Topic('t', name='n').arn.apply(lambda arn: {}['a'])")


def test_a_misspelt_property_is_refused(tmp_path: Path) -> None:
    """Pulumi's SDK lets a misspelt key of a dict through."""
    source = "aws.ecr.Repository('r', name='r', image_scanning_configuration={'scan_on_psh': True})"
    with pytest.raises(Exception, match=r"scan_on_psh has no place"):
        run(tmp_path, source)
