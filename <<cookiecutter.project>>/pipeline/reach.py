"""What the credentials reach of a project whose parts may have an account each."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from botocore.exceptions import ClientError

from pipeline import aws, names, settings
from pipeline.errors import UserError, explain

Found = TypeVar("Found")


def collect(reads: Mapping[str, Callable[[], list[Found]]]) -> tuple[list[Found], dict[str, str]]:
    """What `reads` finds in each part, and for each part that is out of reach the sentence that says why."""
    found: list[Found] = []
    left_out: dict[str, str] = {}
    for part, read in reads.items():
        try:
            if why := settings.elsewhere(names.project(), part, aws.account):
                raise UserError(why)
            found += read()
        except (ClientError, UserError) as error:
            left_out[part] = str(explain(error))
    return found, left_out


def sentences(left_out: Mapping[str, str]) -> list[str]:
    """One line for a person about each part that is left out."""
    return [f"{part} is left out: {why}" for part, why in left_out.items()]
