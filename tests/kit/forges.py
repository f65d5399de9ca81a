"""Forges on loopback: statuses and comments as the APIs of GitHub, Gitea and GitLab are documented.

Gitea's is a re-statement of its source: its comments come in one piece, whatever page is asked for.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

from drone_plugin.report import ForgeName

ME, SOMEBODY = 7, 8
LOOPBACK = "127.0.0.1"
TOKEN = "t0k3n-0f-the-f0rge"
BASES: Final[dict[ForgeName, str]] = {"github": "/api/v3", "gitea": "/api/v1", "gitlab": "/api/v4"}
_LONGEST_BODY = 65_536
_PAGE = 100
_LISTS: Final = re.compile(
    r"/repos/octocat/hello/(?:issues/\d+|commits/[0-9a-f]{40})/comments"
    r"|/projects/octocat%2Fhello/(?:merge_requests/\d+/notes|repository/commits/[0-9a-f]{40}/discussions)"
)
_ITEMS: Final = re.compile(r"/(?:repos|projects)/octocat(?:/|%2F)hello/.*(?:comments|notes)/(\d+)")
_STATUSES: Final = re.compile(r"/(?:repos|projects)/octocat(?:/|%2F)hello/statuses/[0-9a-f]{40}")

Content = dict[str, str]


@dataclass
class Comment:
    """A comment that is stored."""

    number: int
    place: str
    author: int
    body: str


@dataclass
class FakeForge:
    """What the forge stores, and what it was asked."""

    kind: ForgeName
    url: str = ""
    comments: list[Comment] = field(default_factory=list)
    statuses: list[Content] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    is_app: bool = False
    """Whether the token is of a GitHub app: it may not ask who it is."""
    at_create: Callable[[], None] = lambda: None
    """Called before a comment is stored: what somebody else does meanwhile."""
    at_update: Callable[[], None] = lambda: None
    """As `at_create`, before one is changed."""
    lost: int = 0
    """How many answers about a stored comment are lost on the way."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, place: str, body: str, author: int = ME) -> Comment:
        """Somebody comments."""
        with self.lock:
            numbers = [comment.number for comment in self.comments]
            written = Comment(max(numbers, default=0) + 1, place, author, body)
            self.comments.append(written)
        return written

    def own(self) -> list[str]:
        """The bodies of the token owner's comments."""
        return [comment.body for comment in self.comments if comment.author == ME]

    def shown(self, comment: Comment) -> object:
        """The comment as the API gives it."""
        user = {"id": comment.author, "type": "Bot" if self.is_app and comment.author == ME else "User"}
        if self.kind != "gitlab":
            return {"id": comment.number, "body": comment.body, "user": user}
        note = {"id": comment.number, "body": comment.body, "author": user}
        return {"id": f"d{comment.number}", "notes": [note]} if "discussions" in comment.place else note


@contextmanager
def forge(kind: ForgeName, host: str = LOOPBACK) -> Iterator[FakeForge]:
    """A forge with the repository octocat/hello, where `TOKEN` is the token of `ME`.

    With a `host` that containers know it listens on every address.
    """
    stored = FakeForge(kind)

    class Handler(_Handler):
        forge = stored

    http = ThreadingHTTPServer((LOOPBACK if host == LOOPBACK else "", 0), Handler)
    stored.url = f"http://{host}:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stored
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    forge: FakeForge

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content: Content = json.loads(self.rfile.read(length)) if length else {}
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(BASES[self.forge.kind])
        self.forge.requests.append(f"{self.command} {path}")
        self.forge.headers.append({name.lower(): value for name, value in self.headers.items()})
        scheme = "token" if self.forge.kind == "gitea" else "Bearer"
        item = _ITEMS.fullmatch(path)
        if self.headers.get("Authorization") != f"{scheme} {TOKEN}" or path == parts.path:
            self._say(401, {"message": "Bad credentials"})
        elif path == "/user":
            self._say(*((403, {}) if self.forge.is_app else (200, {"id": ME})))
        elif _STATUSES.fullmatch(path):
            self._status(content)
        elif item:
            self._item(int(item[1]), content)
        elif _LISTS.fullmatch(path) and self.command == "POST":
            self._create(path, content)
        elif _LISTS.fullmatch(path):
            self._list(path, int(parse_qs(parts.query).get("page", ["1"])[0]))
        else:
            self._say(404, {"message": "Not Found"})

    def _status(self, content: Content) -> None:
        context = content.get("context") or content["name"]
        states = [status["state"] for status in self.forge.statuses if context in status.values()]
        if self.forge.kind == "github" and len(content["description"]) > 140:
            self._say(422, {"message": "description is too long (maximum is 140 characters)"})
        elif self.forge.kind == "gitlab" and states[-1:] == [content["state"]]:
            self._say(
                400, {"message": f"Cannot transition status via :run from :{content['state']} (Reason)"}
            )
        else:
            self.forge.statuses.append(content)
            self._say(201, {})

    def _create(self, place: str, content: Content) -> None:
        self.forge.at_create()
        if len(content["body"]) > _LONGEST_BODY:
            self._say(422, {"message": "body is too long (maximum is 65536 characters)"})
        else:
            written = self.forge.write(place, content["body"])
            if self.forge.lost:
                self.forge.lost -= 1
                self.close_connection = True
            else:
                self._say(201, self.forge.shown(written))

    def _list(self, place: str, page: int) -> None:
        found = [comment for comment in self.forge.comments if comment.place == place]
        last = self.forge.kind == "gitea" or page * _PAGE >= len(found)
        if self.forge.kind != "gitea":
            found = found[(page - 1) * _PAGE : page * _PAGE]
        more = {} if last else {"Link": f'<http://elsewhere.example/?page={page + 1}>; rel="next"'}
        self._say(200, [self.forge.shown(comment) for comment in found], more)

    def _item(self, number: int, content: Content) -> None:
        if self.command != "DELETE":
            self.forge.at_update()
        found = [comment for comment in self.forge.comments if comment.number == number]
        update = "PUT" if self.forge.kind == "gitlab" else "PATCH"
        if not found or self.command not in {update, "DELETE"}:
            self._say(404, {"message": "Not Found"})
        elif self.command == "DELETE":
            self.forge.comments.remove(found[0])
            self._say(204)
        else:
            found[0].body = content["body"]
            self._say(200, self.forge.shown(found[0]))

    def _say(self, status: int, value: object = None, headers: Content | None = None) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    # The base class looks a method up by this name.
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - see above

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: the requests are remembered."""
