"""What went wrong outside becomes one sentence; what went wrong inside does not."""

from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from pipeline.errors import RefusalError, UserError, explain


def test_aws_is_quoted_on_one_line() -> None:
    """Operation, message, code."""
    error = ClientError({"Error": {"Code": "Denied", "Message": "not\n  allowed"}}, "CreateModel")
    assert str(explain(error)) == "AWS refused CreateModel: not allowed (Denied)"


def test_no_connection_is_infrastructure() -> None:
    """The user may simply try again."""
    found = explain(EndpointConnectionError(endpoint_url="http://127.0.0.1:1"))
    assert found is not None and found.code == 20


def test_a_verbs_own_sentence_is_kept() -> None:
    """With its exit code."""
    error = RefusalError("no")
    assert explain(error) is error


def test_a_file_that_may_not_be_read_is_named() -> None:
    """Rights, folders and full disks are no defects of the program; an error without a file may be one."""
    stop = explain(PermissionError(13, "Permission denied", "new.parquet"))
    assert str(stop).startswith("new.parquet cannot be read or written (Permission denied): ")
    assert isinstance(stop, UserError)
    assert explain(OSError("what")) is None


def test_a_defect_is_not_explained() -> None:
    """It deserves its traceback."""
    assert explain(ZeroDivisionError()) is None


def test_missing_credentials_say_where_to_get_some() -> None:
    """Nobody signed in: the user's to mend, with both ways to do so."""
    stop = explain(NoCredentialsError())

    assert isinstance(stop, UserError)
    assert "make sandbox" in str(stop)
