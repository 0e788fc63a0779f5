"""What every project in the account stands on. Whoever owns the account applies it, once."""

import pulumi
from boundary import Boundary, BoundaryArgs
from github import GitHub, GitHubArgs
from job_logs import JobLogs, JobLogsArgs
from settings import load
from state import StateStore, StateStoreArgs

settings = load()

store = StateStore("state", StateStoreArgs(account=settings.account, region=settings.region, tags=settings.tags))
github = GitHub("github", GitHubArgs(tags=settings.tags))
boundary = Boundary("boundary", BoundaryArgs(account=settings.account, tags=settings.tags))
JobLogs("job-logs", JobLogsArgs(retention_days=settings.log_retention_days, tags=settings.tags))

pulumi.export("state_bucket", store.bucket)
pulumi.export("state_key_alias", store.key_alias)
pulumi.export("github_provider_arn", github.arn)
pulumi.export("boundary_arn", boundary.arn)
