"""A server on loopback that answers as it is told, wrongly too, and remembers what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kit import loopback
from kit.loopback import listening
from kit.tls import Authority

DROP = "drop"
"""The connection is closed without an answer."""


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"done"
    length: int | None = None
    """What Content-Length says, when not the truth."""


@dataclass
class Server:
    """Answers in a given order, the last one for ever, and what it was asked."""

    answers: list[Answer | str]
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at_request: Callable[[], None] = lambda: None


@contextmanager
def serving(*answers: Answer | str, authority: Authority | None = None) -> Iterator[Server]:
    """A server on loopback."""
    server = Server(list(answers) or [Answer()])

    class Handler(_Handler):
        served = server

    with listening(Handler, authority) as server.url:
        yield server


class _Handler(loopback.Handler):
    served: Server

    def _answer(self) -> None:
        served = self.served
        served.requests.append((self.command, self.path))
        served.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.body()
        served.at_request()
        answer = served.answers.pop(0) if len(served.answers) > 1 else served.answers[0]
        self.close_connection = True
        if isinstance(answer, str):
            return
        self.send_response(answer.status)
        headers = {"Content-Length": str(answer.length or len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    # The base class looks a method up by this name.
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815 - see above
