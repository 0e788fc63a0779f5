"""What stops a verb: one sentence, and the exit code that goes with it."""


class PipelineError(Exception):
    """A verb ends here; the message is one sentence for a person."""

    code = 20


class RefusalError(PipelineError):
    """The data check, the gate or the registry said no."""

    code = 1


class UserError(PipelineError):
    """What was asked cannot be done as asked; the sentence says what to write instead."""

    code = 2


class InfrastructureError(PipelineError):
    """AWS, Docker or the network failed; the same verb may be run again."""

    code = 20


def explain(error: Exception) -> PipelineError | None:
    """`error` as a PipelineError, or None when it is a defect of this program and deserves its traceback."""
    if isinstance(error, PipelineError):
        return error
    if isinstance(error, OSError) and error.filename:
        why = error.strerror
        return UserError(f"{error.filename} cannot be read or written ({why}): mend that, or name another")
    # here, because it takes 0.1 s and is only needed once something has failed
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    if isinstance(error, ClientError):
        said = error.response["Error"]
        message = " ".join(said.get("Message", "no reason given").split())
        return InfrastructureError(f"AWS refused {error.operation_name}: {message} ({said.get('Code')})")
    if isinstance(error, NoCredentialsError):
        return UserError(
            "there are no AWS credentials: sign in to AWS, or paste the exports that `make sandbox` prints"
        )
    if isinstance(error, BotoCoreError):
        return InfrastructureError(f"AWS cannot be reached: {' '.join(str(error).split())}")
    return None
