"""The inputs that remote actions declare, as their action.yml has them at the version that the workflows pin.

A stand-in declares the same, and a test compares the `with:` keys of every step with them: GitHub only warns of
an input that an action does not have, and act says nothing. The table may leave out what nobody uses here.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Action:
    """An action's inputs and outputs; `source` says where they were read."""

    source: str
    inputs: frozenset[str]
    defaults: dict[str, str] = field(default_factory=dict)
    outputs: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTIONS = {
    "actions/checkout": Action(
        "https://github.com/actions/checkout/blob/v6.0.2/action.yml",
        _words("""
            clean fetch-depth fetch-tags filter github-server-url lfs path persist-credentials ref repository
            set-safe-directory show-progress sparse-checkout sparse-checkout-cone-mode ssh-key ssh-known-hosts
            ssh-strict ssh-user submodules token
        """),
        outputs=_words("commit ref"),
    ),
    "actions/download-artifact": Action(
        "https://github.com/actions/download-artifact/blob/v8.0.1/action.yml",
        _words("artifact-ids github-token merge-multiple name path pattern repository run-id"),
        outputs=_words("download-path"),
    ),
    "actions/upload-artifact": Action(
        "https://github.com/actions/upload-artifact/blob/v7.0.0/action.yml",
        _words("archive compression-level if-no-files-found include-hidden-files name overwrite path retention-days"),
        {"name": "artifact", "if-no-files-found": "warn"},
        _words("artifact-digest artifact-id artifact-url"),
    ),
    "astral-sh/setup-uv": Action(
        "https://github.com/astral-sh/setup-uv/blob/v8.0.0/action.yml",
        _words("""
            activate-environment add-problem-matchers cache-dependency-glob cache-local-path cache-python cache-suffix
            checksum enable-cache github-token ignore-empty-workdir ignore-nothing-to-cache manifest-file prune-cache
            python-version resolution-strategy restore-cache save-cache tool-bin-dir tool-dir venv-path version
            version-file working-directory
        """),
        outputs=_words("cache-hit cache-key python-cache-hit python-version uv-path uv-version uvx-path venv"),
    ),
    "aws-actions/configure-aws-credentials": Action(
        "https://github.com/aws-actions/configure-aws-credentials/blob/v6.0.0/action.yml",
        _words("""
            action-timeout-s allowed-account-ids audience aws-access-key-id aws-region aws-secret-access-key
            aws-session-token disable-retry http-proxy inline-session-policy managed-session-policies
            mask-aws-account-id output-credentials output-env-credentials retry-max-attempts role-chaining
            role-duration-seconds role-external-id role-session-name role-skip-session-tagging role-to-assume
            special-characters-workaround unset-current-credentials use-existing-credentials web-identity-token-file
        """),
        {"audience": "sts.amazonaws.com", "role-duration-seconds": "3600", "role-session-name": "GitHubActions"},
        _words("aws-access-key-id aws-account-id aws-secret-access-key aws-session-token"),
    ),
    "pulumi/actions": Action(
        "https://github.com/pulumi/actions/blob/v7.0.0/action.yml",
        _words("""
            cloud-url color command comment-on-pr config-map diff edit-pr-comment expect-no-changes github-token
            message parallel pulumi-version pulumi-version-file refresh replace secrets-provider stack-name target
            target-dependents upsert work-dir
        """),
        outputs=_words("output"),
    ),
}  # fmt: skip
