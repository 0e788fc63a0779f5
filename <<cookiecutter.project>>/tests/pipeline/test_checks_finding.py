"""What a check says when it cannot look."""

from botocore.exceptions import ClientError

from pipeline.checks import finding


def test_what_cannot_be_looked_at_is_a_warning_with_awss_words() -> None:
    """A doctor with few rights still says the rest."""

    def refused(name: str) -> list[finding.Finding]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": f"not {name}"}}, "ListRoles")

    (found,) = finding.tried("roles", refused, "you")
    assert (found.subject, found.level) == ("roles", "warn")
    assert found.found == "could not be checked: AWS refused ListRoles: not you (AccessDenied)"
    (told,) = finding.tried("roles", refused, "you", todo="see the console")
    assert told.todo == "see the console"
