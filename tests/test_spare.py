"""What is spare is told by policy, principal and action; a row of the table excuses no more than it says."""

from typing import Any

from pipeline import names
from spare import Judged, outdated, reported, untaken

from infra.policies import exceptions

PROJECT = names.Project(name="toy", description="", github_owner="o", region="eu-west-1", owner_email="a@b.cd")
HERE = "123456789012"
TOPIC = f"arn:aws:sns:eu-west-1:{HERE}:toy-staging-alarms"


def role(purpose: str) -> str:
    """A role of the project."""
    return names.role_arn(PROJECT, HERE, purpose)


def allow(*actions: str, to: str = "", **more: Any) -> dict[str, Any]:
    """A statement that allows `actions`, of a resource to the service `to`."""
    principal = {"Principal": {"Service": to}} if to else {}
    return {"Effect": "Allow", "Action": list(actions), "Resource": ["*"], **principal, **more}


def judged(*statements: dict[str, Any], of: str = "", resource: str = "", action: str = "s3:GetObject") -> Judged:
    """A role's policy (or a resource's), by which it (or CloudWatch) did one thing."""
    document = {"Statement": list(statements)}
    policies = {"identity": {}, "boundary": {}, "resource": {}, "resource_account": ""}
    policies |= {"resource": {resource: document}} if resource else {"identity": {f"{role(of)}/{of}": document}}
    who = {"principal": "cloudwatch.amazonaws.com", "role": "", "account": ""}
    if not resource:
        who = {"principal": f"arn:aws:sts::{HERE}:assumed-role/r/s", "role": role(of), "account": HERE}
    line = {**who, "action": action, "resource": resource or "*", "context": {}, "allowed": True, "policies": "h"}
    return Judged(PROJECT, [line], {"h": policies})


def topic(*statements: dict[str, Any]) -> Judged:
    """A topic's policy, by which CloudWatch has published."""
    return judged(
        allow("sns:Publish", to="cloudwatch.amazonaws.com"), *statements, resource=TOPIC, action="sns:Publish"
    )


def test_what_is_spare_is_named_by_role_and_environment() -> None:
    """The same role of another environment is another row."""
    found = judged(allow("s3:GetObject", "s3:PutObject"), of="ci-rollback-staging")
    assert list(reported(found, [("ci-rollback-production", "s3:PutObject")])) == [
        ("ci-rollback-staging", "s3:PutObject")
    ]
    assert reported(found, [("ci-rollback-staging", "s3:PutObject")]) == {}
    assert reported(found, [("ci-rollback-staging", "*")]) == {}


def test_what_is_spare_of_a_resource_is_named_by_whom_it_admits() -> None:
    """A row for EventBridge excuses nobody else."""
    row = ("staging's sns to events.amazonaws.com", "sns:Publish")
    events, other = (allow("sns:Publish", to=f"{one}.amazonaws.com") for one in ("events", "budgets"))
    assert reported(topic(events), [row]) == {}
    assert list(reported(topic(events, other), [row])) == [("staging's sns to budgets.amazonaws.com", "sns:Publish")]


def test_pulumis_state_is_told_from_what_is_the_projects() -> None:
    """Buckets by their names, keys by their aliases: what may be done with the one is no excuse for the other."""
    put = allow("s3:PutObject", to="a.com")
    ours, state = (judged(put, resource=f"arn:aws:s3:::{name}") for name in ("toy-1", "mlops-pulumi-state-1"))
    assert list(reported(ours, [])) == [("platform's s3 to a.com", "s3:PutObject")]
    assert list(reported(state, [])) == [("state's s3 to a.com", "s3:PutObject")]
    key = judged(put, resource=f"arn:aws:kms:eu-west-1:{HERE}:key/1", action="kms:Decrypt")
    assert list(reported(key, [])) == [("state's kms to a.com", "s3:PutObject")]
    key = judged(put, resource=f"arn:aws:kms:eu-west-1:{HERE}:key/1", action="kms:Decrypt")
    key.decisions[0]["context"]["kms:ResourceAliases"] = ["alias/toy"]
    assert list(reported(key, [])) == [("platform's kms to a.com", "s3:PutObject")]


def test_a_row_is_about_one_environments_resources() -> None:
    """The same of the platform's key, or of the other environment's, is another row."""
    put = allow("kms:Decrypt", to="a.com")
    key = judged(put, resource=f"arn:aws:kms:eu-west-1:{HERE}:key/1", action="kms:Encrypt")
    key.decisions[0]["context"]["kms:ResourceAliases"] = ["alias/toy-production"]
    assert list(reported(key, [("staging's kms to a.com", "kms:Decrypt")])) == [
        ("production's kms to a.com", "kms:Decrypt")
    ]


def test_a_second_statement_with_an_excused_action_is_reported() -> None:
    """Wider or not, of a resource or a role: also when it is the same once more."""
    row = ("staging's sns to events.amazonaws.com", "sns:Publish")
    events = allow("sns:Publish", to="events.amazonaws.com")
    for second in (events, {**events, "Resource": [TOPIC]}):
        assert list(reported(topic(events, second), [row])) == [row]
    put = allow("s3:PutObject")
    own = judged(allow("s3:GetObject"), put, {**put, "Resource": ["arn:aws:s3:::b/*"]}, of="train")
    assert list(reported(own, [("train", "s3:PutObject")])) == [("train", "s3:PutObject")]


def test_a_row_excuses_both_statements_of_an_action_that_takes_two() -> None:
    """And no third."""
    row = ("ci-monitor-production", "sagemaker:UpdateEndpoint")
    one, two, three = (allow(row[1]) | {"Resource": [f"arn:aws:sagemaker:::{each}"]} for each in "abc")
    assert reported(judged(allow("s3:GetObject"), one, two, of=row[0]), [row]) == {}
    assert list(reported(judged(allow("s3:GetObject"), one, two, three, of=row[0]), [row])) == [row]


def test_a_resource_that_nothing_needs_is_reported() -> None:
    """Beside one that is needed; a row is about the whole statement."""
    found = judged(allow("s3:GetObject") | {"Resource": ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]}, of="train")
    row = ("train", "s3:GetObject")
    assert reported(found, []) == {row: ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]}
    assert reported(found, [row]) == {}


def test_a_needed_statement_that_stands_twice_is_reported() -> None:
    """Each could go."""
    once = allow("s3:GetObject")
    assert list(reported(judged(once, once, of="train"), [])) == [("train", "s3:GetObject")]


def test_a_policy_of_somebody_else_is_not_judged() -> None:
    """Of a role with another name, or SNS's own for a new topic."""
    stranger = Judged(PROJECT, [], judged(allow("s3:PutObject"), of="train").policies)
    stranger.policies["h"]["identity"] = {f"arn:aws:iam::{HERE}:role/caller/caller": {"Statement": [allow("a:B")]}}
    assert reported(stranger, []) == {}
    assert reported(topic(allow("sns:Publish", to="a", Sid="__default_statement_ID")), []) == {}


def test_a_managed_policy_is_judged() -> None:
    """Whoever wrote it: a role has it."""
    attached = judged(allow("s3:GetObject"), of="train")
    wide = {"arn:aws:iam::aws:policy/AmazonS3FullAccess": {"Statement": [allow("s3:*")]}}
    attached.policies["h"]["identity"].update(wide)
    assert ("managed policy AmazonS3FullAccess", "s3:*") in reported(attached, [])


def test_a_row_that_excuses_nothing_is_out_of_date() -> None:
    """What is needed, what no policy allows, and the whole of a role that is taken."""
    found = judged(allow("s3:GetObject", "s3:PutObject"), of="train")
    good = {("train", "s3:PutObject"): "why", ("replay", "*"): "why"}
    bad = {("train", "s3:GetObject"): "why", ("train", "s3:ListBucket"): "why", ("train", "*"): "why"}
    assert outdated(found, good | bad) == set(bad)


def test_what_time_decides_on_is_not_out_of_date() -> None:
    """As long as it is allowed."""
    found = judged(allow("s3:GetObject"), of="train")
    rows = {("train", "s3:GetObject"): exceptions.CALMED, ("train", "s3:PutObject"): exceptions.CALMED}
    assert outdated(found, rows) == {("train", "s3:PutObject")}


def test_each_environments_role_must_be_taken() -> None:
    """One does not stand for the other."""
    found = judged(allow("s3:GetObject"), of="ci-rollback-production")
    assert {one for one in untaken(found, []) if "rollback" in one} == {"ci-rollback-staging"}
    assert "ci-rollback-staging" not in untaken(found, [("ci-rollback-staging", "*")])
