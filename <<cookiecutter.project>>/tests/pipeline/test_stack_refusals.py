"""Pulumi's failures as sentences; the texts are Pulumi's own, of version 3.250 and AWS's SDK for Go."""

from pathlib import Path

import pytest

from pipeline.errors import InfrastructureError, PipelineError, RefusalError, UserError
from pipeline.report.markdown import LONGEST
from pipeline.stack import refusals
from pipeline.stack.where import Where

AT = Where(
    stack="production", folder=Path("infra/service"), backend="s3://mlops-pulumi-state-1-eu-west-1/flights"
)
URN = "urn:pulumi:production::flights-service::mlops:index:Ledger$aws:dynamodb/table:Table::ledger"
LOCK = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or "
    "delete the lock file with `pulumi cancel`.\n  "
    "s3://b/flights/.pulumi/locks/organization/flights-service/production/1.json?region=eu-west-1: created "
    "by runner@fv-az1 (pid 478) at 2026-11-25T20:31:35Z"
)
DENIED = (
    "User: arn:aws:sts::1:assumed-role/flights-ci-infra-production/GitHubActions is not authorized to "
    "perform: iam:PutRolePolicy on resource: role flights-ci-infra-production because no identity-based "
    "policy allows it"
)


@pytest.mark.parametrize(
    ("said", "kind", "parts"),
    [
        (
            LOCK,
            InfrastructureError,
            [
                "locked by runner@fv-az1 (process 478) since 2026-11-25T20:31:35Z",
                "gh run list --status in_progress",
                "ps -p 478",
                "`pulumi cancel --stack production` in infra/service",
            ],
        ),
        ("error: no stack named 'production' found", UserError, ["`make up STACK=production` makes it"]),
        (
            f'resource "{URN}" cannot be deleted\nbecause it is protected. To unprotect the resource, either',
            RefusalError,
            ["aws:dynamodb/table:Table::ledger is protected", "pulumi state unprotect"],
        ),
        (
            f'unable to replace resource "{URN}"\nas it is currently marked for protection.',
            RefusalError,
            ["aws:dynamodb/table:Table::ledger is protected"],
        ),
        (
            'error: read "meta.yaml": get credentials: failed to refresh cached credentials, no EC2 IMDS',
            UserError,
            ["there are no AWS credentials"],
        ),
        (
            "StatusCode: 403, api error InvalidAccessKeyId: The security token included in the request is "
            "invalid.",
            UserError,
            ["sign in to AWS anew"],
        ),
        (
            DENIED,
            RefusalError,
            ["iam:PutRolePolicy on role", "account's administrator, who runs `make up STACK=production`"],
        ),
        (
            "error: could not list bucket: NoSuchBucket: The specified bucket does not exist",
            UserError,
            [f"PULUMI_BACKEND_URL is {AT.backend}"],
        ),
        ("error: PULUMI_ACCESS_TOKEN must be set for login", UserError, ["PULUMI_BACKEND_URL is"]),
        (
            "error: could not create secrets manager for new stack: passphrase must be set with "
            "PULUMI_CONFIG",
            UserError,
            ["Pulumi.production.yaml"],
        ),
        (
            "error: --yes or --skip-preview or --preview-only must be passed in to proceed when running in "
            "non-interactive mode",
            UserError,
            ["write `pipeline stack up production --yes`"],
        ),
        (
            "error: the sky is low",
            InfrastructureError,
            ["could not change the stack production: the sky is low"],
        ),
        ("", InfrastructureError, ["it says nothing"]),
    ],
)
def test_a_failure_is_one_sentence(said: str, kind: type[PipelineError], parts: list[str]) -> None:
    """That says what is wrong and what to do; what is not known is told in Pulumi's words."""
    stop = refusals.explain(AT, "change", said, [])
    assert type(stop) is kind
    assert "\n" not in str(stop)
    assert len(str(stop)) <= LONGEST, "a job's summary would cut it, and the way out stands at its end"
    assert [part for part in parts if part not in str(stop)] == []


def test_the_engines_error_comes_first() -> None:
    """The command ends with no more than `update failed`."""
    stop = refusals.explain(AT, "change", "error: update failed", ["the table is in use"])
    assert str(stop) == "Pulumi could not change the stack production: the table is in use"


def test_every_known_failure_is_tried() -> None:
    """A pattern that nobody has seen match would be a guess."""
    marks = test_a_failure_is_one_sentence.pytestmark  # type: ignore[attr-defined]
    texts = [" ".join(case[0].split()) for case in marks[0].args[1]]
    assert [one.pattern.pattern for one in refusals.KNOWN if not any(map(one.pattern.search, texts))] == []


def test_a_long_text_is_cut() -> None:
    """A sentence, not a log."""
    assert len(str(refusals.explain(AT, "change", "error: " + "x" * 5000, []))) < 1000
