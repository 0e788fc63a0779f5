"""What is to be set up, and as whom."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from infra.policies.documents import Place, around
from pipeline import aws, names
from pipeline.errors import UserError

# a user's login, or a team as ORGANISATION/TEAM: https://docs.github.com/en/rest/teams/teams#get-a-team-by-name
REVIEWER = re.compile(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}(/[\w.-]+)?", re.ASCII)
MOST = 6  # reviewers of an environment


@dataclass(frozen=True)
class Asked:
    """A project, who is to approve its releases, and whether a repository that is made is public.

    Raises UserError for a reviewer that is neither a user nor a team.
    """

    root: Path = field(default_factory=names.root)
    reviewers: tuple[str, ...] = ()
    public: bool = False

    def __post_init__(self) -> None:
        """Refuse a reviewer whose name would be another request."""
        for one in self.reviewers:
            if not REVIEWER.fullmatch(one):
                raise UserError(f"--reviewer {one!r} is nobody: write a login, or ORGANISATION/TEAM")
        if len(self.reviewers) > MOST:
            raise UserError(
                f"GitHub takes at most {MOST} reviewers, and --reviewer names {len(self.reviewers)}"
            )

    @property
    def project(self) -> names.Project:
        """The project as its file says now: a step may have written into it."""
        return names.project(self.root)

    @property
    def repository(self) -> str:
        """The repository, OWNER/NAME."""
        return f"{self.project.github_owner}/{self.project.name}"

    @property
    def page(self) -> str:
        """The repository's page."""
        return f"https://github.com/{self.repository}"

    def api(self, path: str = "") -> str:
        """The path of a request about the repository."""
        return f"repos/{self.repository}{path}"

    @property
    def place(self) -> Place:
        """Where the project is, seen with the credentials. Raises ClientError."""
        return around(self.project, aws.account())
