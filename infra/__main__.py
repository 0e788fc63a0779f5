"""What every project in the account stands on. Whoever owns the account applies it, once."""

import pulumi
from boundary import Boundary, BoundaryArgs
from github import GitHub, GitHubArgs
from guards import Guards, GuardsArgs
from job_logs import JobLogs, JobLogsArgs
from settings import load
from state import StateStore, StateStoreArgs
from tags import keep_commit

pulumi.runtime.register_stack_transformation(keep_commit)
settings = load()
account, tags, outputs = settings.account, settings.tags, {}

if settings.state.creates or settings.state.arn:
    store = StateStore(
        "state",
        StateStoreArgs(
            account=account,
            region=settings.region,
            bucket=settings.state,
            key=settings.state_key,
            members=settings.members,
            tags=tags,
        ),
    )
    outputs |= {"state_bucket": store.bucket, "state_key_alias": store.key_alias}
provider_arn, boundary_arn = settings.oidc_provider.arn, settings.boundary.arn
if settings.oidc_provider.creates:
    provider_arn = GitHub("github", GitHubArgs(tags=tags)).arn
if settings.boundary.creates:
    bounds = BoundaryArgs(account=account, role_path=settings.role_path, state=settings.state.arn, tags=tags)
    boundary_arn = Boundary("boundary", bounds).arn
if settings.job_logs.creates:
    JobLogs("job-logs", JobLogsArgs(retention_days=settings.log_retention_days, tags=tags))
block = settings.public_access_block.creates
Guards("guards", GuardsArgs(account=account, block_public_access=block, alert=settings.alert, tags=tags))

outputs |= {"github_provider_arn": provider_arn, "boundary_arn": boundary_arn}
for name, value in outputs.items():
    pulumi.export(name, value)
