"""A stand-in for OSV, the database of known vulnerabilities, on this machine: https://google.github.io/osv.dev/post-v1-query/."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def advisory(identifier: str, package: str) -> dict[str, Any]:
    """What OSV says of a vulnerability that every version of a package has."""
    affected = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": []}
    return {"id": identifier, "summary": "planted", "details": "planted", "affected": [affected]}


@contextmanager
def served(known: Mapping[str, str]) -> Iterator[str]:
    """OSV at a loopback address, which is yielded; `known` has the vulnerability of each package that has one."""

    class Query(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            found = {"vulns": [advisory(known[asked], asked)]} if asked in known else {}
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Query)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
