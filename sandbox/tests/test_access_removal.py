"""A grant that nothing needs is found."""

import json
from pathlib import Path
from typing import Any

from sandbox.access.removal import Grant, contradicting, granted, needed, read

ROLE = "arn:aws:iam::1:role/r"
SESSION = "arn:aws:sts::1:assumed-role/r/s"


def statement(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows `actions`."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def found(*statements: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    """Recorded policies, by the hash `h`: a role's of these statements."""
    own = {"own": {"Statement": list(statements)}}
    return {"h": {"identity": own, "boundary": {}, "resource": {}, "resource_account": "", **more}}


def call(action: str, resource: str = "arn:aws:s3:::b/k", *, allowed: bool = True, **context: str) -> dict[str, Any]:
    """A recorded decision of the role's session."""
    values = {key: [value] for key, value in context.items()}
    who = {"principal": SESSION, "role": ROLE, "account": "1"}
    return {**who, "action": action, "resource": resource, "context": values, "allowed": allowed, "policies": "h"}


def spare(decisions: list[dict[str, Any]], policies: dict[str, Any]) -> list[tuple[str, str]]:
    """What nothing needs, by document and action."""
    return sorted((grant.document, grant.action) for grant in granted(policies) - needed(decisions, policies))


def test_what_is_used_is_needed() -> None:
    """An action that allows a recorded call is not superfluous."""
    assert spare([call("s3:GetObject"), call("s3:PutObject")], found(statement("s3:GetObject", "s3:PutObject"))) == []


def test_an_unused_action_is_found() -> None:
    """An action beside a used one is told apart."""
    assert spare([call("s3:GetObject")], found(statement("s3:GetObject", "s3:PutObject"))) == [("own", "s3:PutObject")]


def test_an_unused_statement_is_found() -> None:
    """A statement on another resource, or under a condition that never held, allows nothing that was done."""
    elsewhere = statement("s3:GetObject", resource="arn:aws:s3:::other/*")
    under = statement("s3:GetObject", Condition={"StringEquals": {"k": "v"}})
    policies = found(statement("s3:GetObject"), elsewhere, under)

    unused = granted(policies) - needed([call("s3:GetObject")], policies)

    assert [json.loads(grant.statement) for grant in sorted(unused)] == [under, elsewhere]


def test_an_unused_resource_is_found() -> None:
    """Beside a used one, in the same statement."""
    both = statement("s3:GetObject") | {"Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::other/*"]}
    policies = found(both)

    unused = granted(policies) - needed([call("s3:GetObject")], policies)

    assert [grant.resource for grant in unused] == ["arn:aws:s3:::other/*"]


def test_two_statements_that_do_the_same_are_both_found() -> None:
    """Either can be taken out without anybody noticing."""
    twice = found(statement("s3:GetObject"), statement("s3:Get*"))

    assert spare([call("s3:GetObject")], twice) == [("own", "s3:Get*"), ("own", "s3:GetObject")]


def test_a_statement_that_stands_twice_is_found() -> None:
    """As any two that do the same."""
    one = statement("s3:GetObject")

    assert spare([call("s3:GetObject")], found(one, one)) == [("own", "s3:GetObject")] * 2


def test_an_action_that_stands_twice_is_found() -> None:
    """Within one statement."""
    assert spare([call("s3:GetObject")], found(statement("s3:GetObject", "s3:GetObject"))) != []


def test_a_denied_call_needs_nothing() -> None:
    """What was refused is no use."""
    assert spare([call("s3:GetObject", allowed=False)], found(statement("s3:GetObject"))) == [("own", "s3:GetObject")]


def test_a_resources_policy_counts_too() -> None:
    """A key's policy that lets the account's IAM decide is needed by whoever uses the key."""
    root = {**statement("kms:*"), "Principal": {"AWS": "arn:aws:iam::1:root"}}
    service = {**statement("kms:Encrypt", "kms:Decrypt"), "Principal": {"Service": "logs.amazonaws.com"}}
    policies = found(statement("kms:Decrypt"), resource={"key": {"Statement": [root, service]}})

    unused = spare([call("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/k")], policies)

    assert unused == [("key", "kms:Decrypt"), ("key", "kms:Encrypt")]


def test_whom_a_resource_admits_is_told_apart() -> None:
    """By a statement's principals, and by the roles that its condition names: one of each is not the caller."""
    account, other = "arn:aws:iam::1:root", "arn:aws:iam::2:root"
    two = {**statement("s3:GetObject"), "Principal": {"AWS": [account, other]}}
    roles = {"ArnEquals": {"aws:PrincipalArn": [ROLE, f"{ROLE}2"]}, "Bool": {"aws:SecureTransport": "true"}}

    def unused(**admitted: Any) -> list[str]:
        policies = found(statement("s3:GetObject"), resource={"b": {"Statement": [admitted]}}, resource_account="3")
        line = call("s3:GetObject", **{"aws:SecureTransport": "true"})
        return [grant.principal for grant in granted(policies) - needed([line], policies)]

    assert unused(**two) == [other]
    assert unused(**statement("s3:GetObject"), Principal={"AWS": account}, Condition=roles) == [f"{ROLE}2"]


def test_a_record_that_contradicts_itself_is_told() -> None:
    """A call whose answer does not follow from its policies is named."""
    line = call("s3:PutObject")

    assert contradicting([line, call("s3:GetObject")], found(statement("s3:GetObject"))) == [line]


def test_a_record_is_read(tmp_path: Path) -> None:
    """Decisions are lines, policies are found by their hash."""
    policies = found(statement("s3:GetObject"))
    (tmp_path / "decisions.jsonl").write_text(json.dumps(call("s3:GetObject")) + "\n")
    (tmp_path / "policies.jsonl").write_text(json.dumps({"hash": "h", **policies["h"]}) + "\n")

    decisions, by_hash = read(tmp_path)

    text = json.dumps(statement("s3:GetObject"), sort_keys=True)
    assert needed(decisions, by_hash) == {Grant("identity", "own", "s3:GetObject", "", "*", text)}
