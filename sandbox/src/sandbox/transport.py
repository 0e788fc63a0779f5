"""HTTP/1.1 with keep-alive, one thread per connection: a client of 50 requests a second opens few of them."""

import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Request:
    """A whole request; `headers` is case-insensitive."""

    method: str
    target: str  # path and query as sent
    headers: Message
    body: bytes
    secure: bool = True  # counts as HTTPS
    gone: Callable[[], bool] = field(default=lambda: False)  # whether the client has closed the connection

    @property
    def path(self) -> str:
        """The decoded path."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """What follows the question mark, encoded."""
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Response:
    """A whole answer."""

    status: int
    headers: Iterable[tuple[str, str]] = field(default=())
    body: bytes = b""


class Gone(Exception):
    """The connection ends without an answer."""


class Listener(ThreadingHTTPServer):
    """A server on 127.0.0.1; `answer` is called for each request, in the thread of its connection.

    Requests count as HTTPS where it is `secure`: they never leave the machine. Answers are dated `shift()` seconds
    from now.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        answer: Callable[[Request], Response],
        *,
        secure: bool = True,
        shift: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.answer, self.secure, self.shift = answer, secure, shift
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not an error of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise an answer in two packets waits 40 ms for the client's ACK
    wbufsize = 64 * 1024
    server: Listener

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def handle_expect_100(self) -> bool:
        done = super().handle_expect_100()
        self.wfile.flush()  # boto3 holds an upload's body back until it has read this
        return done

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Requests are not logged: a canary makes thousands."""

    def _answer(self) -> None:
        request = Request(self.command, self.path, self.headers, self._body(), self.server.secure, self._gone)
        try:
            response = self.server.answer(request)
        except Gone:
            self.close_connection = True
            return
        self.send_response_only(response.status)
        sized = False
        for name, value in response.headers:
            if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                sized = sized or name.lower() == "content-length"
                self.send_header(name, value)
        if not sized and response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.send_header("Date", self.date_time_string(time.time() + self.server.shift()))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = _answer  # noqa: N815

    def _gone(self) -> bool:
        """Whether nothing is to be read any more: a client that waits for its answer sends nothing."""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk
