"""The policies' answer follows IAM's evaluation logic."""

from typing import Any

import pytest

from sandbox.access.decision import Caller, Policies, decide
from sandbox.access.question import Question

HERE, THERE = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{HERE}:role/r"
CALLER = Caller(arn=f"arn:aws:sts::{HERE}:assumed-role/r/s", account=HERE, role=ROLE)
ROOT = Caller(arn=f"arn:aws:iam::{HERE}:root", account=HERE)
READ = Question("s3:GetObject", "arn:aws:s3:::b/k")
OPEN = Question("kms:Decrypt", f"arn:aws:kms:eu-west-1:{HERE}:key/k")


def document(effect: str = "Allow", action: str = "*", principal: Any = None, **more: Any) -> dict[str, Any]:
    """A policy of one statement on everything."""
    who = {"Principal": principal} if principal else {}
    return {"Statement": [{"Effect": effect, "Action": action, "Resource": "*", **who, **more}]}


ALLOW, DENY = document(), document("Deny")
OTHER = document(action="iam:GetRole")


@pytest.mark.parametrize(
    ("policies", "why"),
    [
        (Policies(), "because no identity-based policy allows the s3:GetObject action"),
        (Policies(identity=[OTHER]), "because no identity-based policy allows the s3:GetObject action"),
        (Policies(identity=[ALLOW]), ""),
        (Policies(identity=[OTHER, ALLOW], boundary=ALLOW), ""),
        (Policies(identity=[ALLOW], boundary=OTHER), "because no permissions boundary allows the s3:GetObject action"),
        (Policies(boundary=ALLOW), "because no identity-based policy allows the s3:GetObject action"),
        (Policies(identity=[ALLOW, DENY]), "with an explicit deny in an identity-based policy"),
        (Policies(identity=[ALLOW], boundary=DENY), "with an explicit deny in a permissions boundary"),
        (
            Policies(identity=[ALLOW], resource=document("Deny", principal="*")),
            "with an explicit deny in a resource-based policy",
        ),
    ],
)
def test_own_policies(policies: Policies, why: str) -> None:
    """A role may what its policies allow within its boundary and nothing denies; the reason is AWS's."""
    decision = decide(READ, policies, CALLER)

    assert (decision.allowed, decision.why) == (not why, why)


@pytest.mark.parametrize(
    ("principal", "boundary", "allowed"),
    [
        ({"AWS": ROLE}, None, True),
        ({"AWS": ROLE}, OTHER, False),
        ({"AWS": CALLER.arn}, OTHER, True),
        ({"AWS": ROOT.arn}, None, False),
        ({"AWS": f"arn:aws:iam::{HERE}:role/another"}, None, False),
        ("*", None, True),
        ("*", OTHER, False),
    ],
)
def test_a_resource_policy_in_the_same_account(principal: Any, boundary: Any, allowed: bool) -> None:
    """It is enough to be named: the role within the boundary, the session beyond it; the account is not enough."""
    policies = Policies(boundary=boundary, resource=document(principal=principal))

    assert decide(READ, policies, CALLER).allowed is allowed


@pytest.mark.parametrize(
    ("identity", "principal", "why"),
    [
        ([ALLOW], {"AWS": ROLE}, ""),
        ([ALLOW], {"AWS": ROOT.arn}, ""),
        ([ALLOW], {"AWS": CALLER.arn}, ""),
        ([], {"AWS": CALLER.arn}, "because no identity-based policy allows the s3:GetObject action"),
        ([ALLOW], {"AWS": THERE}, "because no resource-based policy allows the s3:GetObject action"),
    ],
)
def test_another_account_takes_both_sides(identity: Any, principal: Any, why: str) -> None:
    """The caller's policy and the resource's must allow."""
    policies = Policies(identity=identity, resource=document(principal=principal), resource_account=THERE)

    assert decide(READ, policies, CALLER).why == why


def test_another_account_without_a_resource_policy() -> None:
    """What has no policy is closed to other accounts."""
    assert not decide(READ, Policies(identity=[ALLOW], resource_account=THERE), CALLER).allowed


@pytest.mark.parametrize(
    ("identity", "key", "allowed"),
    [
        ([ALLOW], document(principal={"AWS": ROOT.arn}), True),
        ([], document(principal={"AWS": ROOT.arn}), False),
        ([ALLOW], document(principal={"AWS": THERE}), False),
        ([], document(principal={"AWS": ROLE}), True),
        ([ALLOW], document(action="kms:Encrypt", principal={"AWS": ROLE}), False),
    ],
)
def test_a_key_has_the_last_word(identity: Any, key: Any, allowed: bool) -> None:
    """A key's policy must allow the caller, or leave it to the account's IAM."""
    assert decide(OPEN, Policies(identity=identity, resource=key), CALLER).allowed is allowed


def test_a_role_is_entered_by_who_it_trusts() -> None:
    """A trust policy that does not name the caller closes the role, whatever the caller's policies say."""
    question = Question("sts:AssumeRole", f"arn:aws:iam::{HERE}:role/observe")
    trust = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROOT.arn}}}
    other = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": THERE}}}

    assert decide(question, Policies(identity=[ALLOW], resource=trust), CALLER).allowed
    assert not decide(question, Policies(resource=trust), CALLER).allowed
    assert not decide(question, Policies(identity=[ALLOW], resource=other), CALLER).allowed


def test_the_root_needs_no_policy_of_its_own() -> None:
    """An account's root may all in its account but what a resource denies or another account keeps."""
    assert decide(READ, Policies(), ROOT).allowed
    assert decide(OPEN, Policies(resource=document(principal={"AWS": ROOT.arn})), ROOT).allowed
    assert not decide(READ, Policies(resource=document("Deny", principal="*")), ROOT).allowed
    assert not decide(READ, Policies(resource_account=THERE), ROOT).allowed


def test_a_service_needs_a_resource_policy_for_its_source() -> None:
    """A service may what a resource allows it, here on behalf of one account."""
    condition = {
        "StringEquals": {"aws:SourceAccount": HERE},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:*"},
    }
    topic = document(action="sns:Publish", principal={"Service": "cloudwatch.amazonaws.com"}, Condition=condition)
    service = Caller(arn="cloudwatch.amazonaws.com")

    def allowed(source: str, caller: Caller = service) -> bool:
        context = {"aws:SourceAccount": (source,), "aws:SourceArn": (f"arn:aws:cloudwatch:r:{source}:alarm:a",)}
        question = Question("sns:Publish", f"arn:aws:sns:eu-west-1:{HERE}:t", context)
        return decide(question, Policies(resource=topic), caller).allowed

    assert allowed(HERE)
    assert not allowed(THERE)
    assert not allowed(HERE, Caller(arn="events.amazonaws.com"))


def test_a_web_identity_is_trusted_by_its_claims() -> None:
    """A provider's user enters a role whose trust policy names the provider and these claims."""
    provider = f"arn:aws:iam::{HERE}:oidc-provider/issuer"
    trust = {
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": provider},
            "Condition": {"StringEquals": {"issuer:sub": "repo:o/n:ref:refs/heads/main"}},
        }
    }

    def allowed(subject: str, arn: str = provider) -> bool:
        question = Question("sts:AssumeRoleWithWebIdentity", ROLE, {"issuer:sub": (subject,)})
        return decide(question, Policies(resource=trust), Caller(arn=arn)).allowed

    assert allowed("repo:o/n:ref:refs/heads/main")
    assert not allowed("repo:o/n:pull_request")
    assert not allowed("repo:o/n:ref:refs/heads/main", provider + "2")


def test_conditions_see_who_calls() -> None:
    """The role's ARN and account are condition keys of every request."""
    wanted = {"ArnEquals": {"aws:PrincipalArn": ROLE}, "StringEquals": {"kms:CallerAccount": HERE}}

    assert decide(READ, Policies(identity=[document(Condition=wanted)]), CALLER).allowed


def test_the_statements_that_counted_are_named() -> None:
    """A decision says on which statements it rests, by kind, document and number."""
    policies = Policies(identity=[OTHER, ALLOW], boundary=ALLOW)

    assert decide(READ, policies, CALLER).used == {"identity-based policy 1.0", "permissions boundary 0.0"}
    assert decide(READ, Policies(identity=[ALLOW, DENY]), CALLER).used == {"identity-based policy 1.0"}
