"""What the server answers; knows nothing of sockets."""

import json
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from model.scoring import Model, SignatureError
from serving.requests import RequestError, parse

LARGEST_BODY = 25_000_000  # bytes; SageMaker's real-time endpoints take at most 25 MB


@dataclass(frozen=True)
class Answer:
    """One HTTP answer with a JSON body."""

    status: int
    document: dict[str, Any]


class Service:
    """Answers with `model`; every answer to an invocation carries `model_id`."""

    def __init__(
        self,
        model: Model,
        model_id: str,
        count: Callable[[int], None],
        see: Callable[[list[float]], None] | None = None,
    ) -> None:
        """`count` is told the status of every answered invocation, `see` its scores."""
        self.model = model
        self.model_id = model_id
        self.count = count
        self.see = see

    def handle(self, body: bytes, content_type: str) -> Answer:
        """The predictions for the rows in `body`, or what is wrong."""
        try:
            if len(body) > LARGEST_BODY:
                raise RequestError(
                    413, f"the body is larger than {LARGEST_BODY} bytes: send fewer rows at a time"
                )
            columns = parse(body, content_type, self.model.columns)
            scores: list[float] = self.model.score(columns).tolist()
            if self.see:
                self.see(scores)
            return Answer(200, {"predictions": scores})
        except RequestError as error:
            return self.failed(error.status, str(error))
        except SignatureError as error:
            return self.failed(500, str(error))
        except Exception as error:  # whatever model/ raises must reach the client as an answer
            return self.failed(500, f"the model failed on these rows: {error!r}", traceback.format_exc())

    def failed(self, status: int, sentence: str, trace: str | None = None) -> Answer:
        """The answer that says `sentence`; the trace is for the log, the client never sees it."""
        document = {"error": sentence, "model": self.model_id}
        line = {"event": "failed", "status": status, **document} | ({"trace": trace} if trace else {})
        print(json.dumps(line), flush=True)
        return Answer(status, document)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application."""
        route = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if route == ("GET", "/ping"):
            start("200 OK", [("Content-Length", "0")])
            return [b""]
        if route != ("POST", "/invocations"):
            document = {"error": "there is GET /ping and POST /invocations", "model": self.model_id}
            return self.respond(Answer(404, document), start)
        body = environ["wsgi.input"].read(LARGEST_BODY + 1)
        answer = self.handle(body, environ.get("CONTENT_TYPE", ""))
        self.count(answer.status)
        return self.respond(answer, start)

    def respond(self, answer: Answer, start: Callable[..., Any]) -> Iterable[bytes]:
        """`answer` as WSGI sends it."""
        payload = json.dumps(answer.document).encode()
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(payload))),
            ("X-Amzn-SageMaker-Custom-Attributes", f"model={self.model_id}"),
        ]
        start(f"{answer.status} ", headers)
        return [payload]
