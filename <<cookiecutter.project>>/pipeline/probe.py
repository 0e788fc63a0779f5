"""The contract test: the model's own examples, sent through InvokeEndpoint."""

import json
from typing import Any

from botocore.exceptions import ClientError

from pipeline import archive, aws
from pipeline.errors import InfrastructureError


def wrong_answer(
    body: bytes, attributes: str, *, rows: int, model: str, output: dict[str, Any]
) -> str | None:
    """What is wrong with the answer to `rows` good rows; None when nothing is."""
    if attributes != f"model={model}":
        return f"the answer comes from {attributes or 'an unnamed model'}, not from model={model}"
    try:
        predictions = json.loads(body)["predictions"]
    except (ValueError, KeyError, TypeError):
        return "the answer to a good row has no predictions"
    if len(predictions) != rows:
        return f"{rows} good rows were answered with {len(predictions)} predictions"
    outside = [value for value in predictions if not output["min"] <= value <= output["max"]]
    if outside:
        return f"a prediction is {outside[0]}, outside {output['min']} to {output['max']}"
    return None


def wrong_refusal(status: int, message: str, column: str) -> str | None:
    """What is wrong with the answer to a row whose `column` is bad; None when nothing is."""
    if status != 400:
        return f"a row with a bad {column} was answered with {status}, not 400"
    if column not in message:
        return f"the refusal of a bad {column} does not name it"
    return None


def run(endpoint: str, model: str, model_data: str) -> str | None:
    """Send the examples of the model's signature; the first thing that is wrong, or None."""
    signature = read_signature(model_data)
    good = signature["examples"]["good"]
    status, body, attributes = _invoke(endpoint, good)
    if status != 200:
        return f"good rows were answered with {status}: {body.decode(errors='replace')}"
    if wrong := wrong_answer(body, attributes, rows=len(good), model=model, output=signature["output"]):
        return wrong
    for example in signature["examples"]["bad"]:
        status, body, _ = _invoke(endpoint, [example["row"]])
        if wrong := wrong_refusal(status, body.decode(errors="replace"), example["names"]):
            return wrong
    return None


def repeat(endpoint: str, rows: list[Any], times: int) -> None:
    """Send good rows some times over, so that there is something to measure."""
    for _ in range(times):
        _invoke(endpoint, rows)


def read_signature(model_data: str) -> dict[str, Any]:
    """signature.json of the archive at an S3 URI. Raises InfrastructureError when the archive has none."""
    files = archive.read(model_data)
    if "signature.json" not in files:
        raise InfrastructureError(f"{model_data} holds no signature.json: train the model again")
    signature: dict[str, Any] = json.loads(files["signature.json"])
    return signature


def _invoke(endpoint: str, rows: list[Any]) -> tuple[int, bytes, str]:
    """Status, body and custom attributes of one call; a container's error arrives as ModelError."""
    try:
        answer = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="application/json", Body=json.dumps({"instances": rows})
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ModelError":
            raise
        said: dict[str, Any] = dict(error.response)
        return int(said["OriginalStatusCode"]), str(said.get("OriginalMessage", "")).encode(), ""
    return 200, answer["Body"].read(), answer.get("CustomAttributes", "")
