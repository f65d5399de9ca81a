"""The session for plugins, against servers that misbehave; time is a value, and nothing sleeps."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from email.utils import formatdate
from pathlib import Path

import pytest
import requests

from drone_plugin import Redactor, RefusedError, UnreachableError
from drone_plugin.certificates import Trust, open_trust
from drone_plugin.credential import origin
from drone_plugin.http import Credential, Proxies, Retry, Session, Waiting, check, session
from drone_plugin.testing.clock import FakeClock
from drone_plugin.waiting import asked_pause
from kit.scripted_server import DROP, Answer, serving
from kit.tls import Authority, make_authority

NOW = 1_700_000_000.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def trust(tmp_path: Path) -> Iterator[Trust]:
    with open_trust("", {}, tmp_path) as opened:
        yield opened


@pytest.fixture
def made(trust: Trust, clock: FakeClock) -> Iterator[Callable[..., Session]]:
    """`session` with a clock of ours, and closed after the test."""
    sessions = []

    def make(
        retry: Retry | None = None, credentials: Sequence[Credential] = (), proxies: Proxies | None = None
    ) -> Session:
        waiting = Waiting(clock, lambda: NOW + clock.now, lambda: 0.0)
        new = session(trust, credentials=credentials, proxies=proxies, retry=retry, waiting=waiting)
        sessions.append(new)
        return new

    yield make
    for one in sessions:
        one.close()


Make = Callable[..., Session]


@pytest.mark.parametrize(
    "trouble", [Answer(429), Answer(502), Answer(503), Answer(504), DROP, Answer(length=99)]
)
def test_what_passes_is_tried_again_with_longer_and_longer_pauses(
    made: Make, clock: FakeClock, trouble: Answer | str
) -> None:
    with serving(trouble, trouble, trouble, Answer()) as server:
        assert made().get(server.url).text == "done"

    assert clock.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 500, 501])
def test_other_answers_are_final(made: Make, clock: FakeClock, status: int) -> None:
    with serving(Answer(status)) as server:
        assert made().get(server.url).status_code == status

    assert (len(server.requests), clock.slept) == (1, [])


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
def test_methods_that_may_be_repeated_are(made: Make, method: str) -> None:
    with serving(DROP, Answer()) as server:
        assert made().request(method, server.url, data=b"same").ok

    assert server.requests == [(method, "/")] * 2


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_methods_that_change_something_are_repeated_only_when_told(made: Make, method: str) -> None:
    with serving(Answer(503), Answer()) as server:
        assert made().request(method, server.url).status_code == 503
        assert made(Retry(every_method=True)).request(method, server.url).ok
    with serving(DROP) as server, pytest.raises(UnreachableError):
        made().request(method, server.url)

    assert len(server.requests) == 1


def test_a_body_that_cannot_be_sent_twice_is_sent_once(made: Make) -> None:
    with serving(Answer(503)) as server:
        assert (
            made().put(server.url, data=iter([b"a", b"b"]), headers={"Connection": "close"}).status_code
            == 503
        )

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("7", 7.0),
        (formatdate(NOW + 9, usegmt=True), 9.0),
        (formatdate(NOW - 9, usegmt=True), 0.5),
        ("soon", 0.5),
        ("", 0.5),
        ("-5", 0.5),
        ("0", 0.5),
    ],
)
def test_the_server_s_own_pause_is_kept(made: Make, clock: FakeClock, asked: str, pause: float) -> None:
    with serving(Answer(429, {"Retry-After": asked}), Answer()) as server:
        assert made().get(server.url).ok

    assert clock.slept == [pytest.approx(pause)]


@pytest.mark.parametrize("text", ["99999999999", "Fri, 99 Foo 2023 99:99:99 GMT", "\u0667", "1e3"])
def test_an_odd_pause_counts_as_none(text: str) -> None:
    assert asked_pause(text, NOW) == 0.0


def test_a_pause_beyond_the_budget_is_not_begun(made: Make, clock: FakeClock) -> None:
    with serving(Answer(429, {"Retry-After": "61"})) as server:
        answer = made(Retry(budget=60)).get(server.url)

    assert (answer.status_code, clock.slept) == (429, [])
    with pytest.raises(UnreachableError, match=r"cannot answer for runs now \(429\)") as caught:
        check(answer, "runs")
    assert caught.value.hint == "it asks to wait 1 min 01 s"


def test_the_budget_ends_the_attempts(made: Make, clock: FakeClock) -> None:
    with serving(DROP) as server, pytest.raises(UnreachableError) as caught:
        made(Retry(budget=10, attempts=99)).get(server.url)

    assert clock.slept == [0.5, 1.0, 2.0, 4.0]
    assert caught.value.message.startswith(f"{server.url} does not answer: ")
    assert caught.value.message.endswith("(5 attempts in 7.5 s)")


def test_the_budget_covers_the_redirects_of_a_call(made: Make, clock: FakeClock) -> None:
    with serving(Answer(302, {"Location": "/next"}), Answer(503)) as server:
        server.at_request = lambda: clock.sleep(3)
        assert made(Retry(budget=10)).get(server.url).status_code == 503

    assert [path for _, path in server.requests] == ["/", "/next", "/next"]


def test_an_answer_that_drips_is_given_up_when_the_time_is_over(made: Make, clock: FakeClock) -> None:
    begun = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            begun.set()
            try:
                while True:
                    clock.sleep(1)
                    connection.sendall(b"x")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match="does not answer in time"):
            made(Retry(budget=30, attempts=1)).get(url)
        thread.join()
    assert begun.is_set()


def test_a_silent_server_is_given_up(made: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match=r"^http://127.0.0.1:\d+ does not answer in time$"):
            made(Retry(attempts=1)).get(url, timeout=0.05)


def test_every_request_has_a_time_limit(made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def send(*arguments: object) -> requests.Response:
        seen.append(arguments[3])
        raise requests.ConnectionError

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    for timeout in (None, 3, (5, None), 500):
        with pytest.raises(UnreachableError):
            made(Retry(attempts=1)).get("http://example.com", timeout=timeout)

    assert seen == [(10, 30), (3, 3), (5, 30), (60, 60)]


def test_a_host_that_is_not_there_is_named_with_the_system_s_reason(made: Make) -> None:
    with pytest.raises(UnreachableError) as caught:
        made(Retry(attempts=1)).get("http://user:secret@127.0.0.1:1/path?token=secret")

    assert caught.value.message == "http://127.0.0.1:1 does not answer: Connection refused"
    assert "reach it" in caught.value.hint


def test_a_compressed_answer_is_read(made: Make) -> None:
    text = b"x" * 300_000
    with serving(Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(text))) as server:
        assert made().get(server.url).content == text


def test_a_compressed_answer_that_breaks_off_is_asked_for_again(made: Make) -> None:
    packed = gzip.compress(bytes(range(256)) * 999)
    cut = Answer(headers={"Content-Encoding": "gzip"}, body=packed[:200], length=len(packed))
    with serving(cut, Answer()) as server:
        assert made().get(server.url).text == "done"


@pytest.mark.parametrize("stream", [True, False])
def test_no_cookie_is_kept(made: Make, *, stream: bool) -> None:
    with serving(Answer(headers={"Set-Cookie": "session=1"})) as server:
        one = made()
        one.get(server.url, stream=stream).close()
        one.get(server.url)

    assert "cookie" not in server.headers[1]


def test_a_streamed_answer_is_left_to_its_reader(made: Make) -> None:
    with serving(Answer(body=b"x" * 200_000)) as server, made().get(server.url, stream=True) as answer:
        assert sum(map(len, answer.iter_content(1000))) == 200_000


def test_an_endless_answer_is_refused(made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drone_plugin.retrying.LARGEST_BODY", 1000)
    with (
        serving(Answer(body=b"x" * 1001)) as server,
        pytest.raises(UnreachableError, match="more than 1000 bytes"),
    ):
        made().get(server.url)


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(made: Make) -> None:
    bomb = gzip.compress(bytes(2**27))
    with (
        serving(Answer(headers={"Content-Encoding": "gzip"}, body=bomb)) as server,
        pytest.raises(UnreachableError, match="more than 67108864 bytes"),
    ):
        made().get(server.url)


# Credentials


def test_a_credential_goes_to_its_own_server_alone(made: Make) -> None:
    with serving() as home, serving() as other:
        one = made(credentials=[Credential.bearer(f"{home.url}/api", "t0k3n")])
        one.get(home.url)
        one.get(other.url)

    assert home.headers[0]["authorization"] == "Bearer t0k3n"
    assert "authorization" not in other.headers[0]


def test_a_credential_does_not_follow_a_redirect_to_another_server(made: Make) -> None:
    with serving() as other, serving(Answer(302, {"Location": other.url})) as home:
        credentials = [Credential.basic(home.url, "u", "p"), Credential(home.url, {"PRIVATE-TOKEN": "t"})]
        assert made(credentials=credentials).get(home.url).ok

    assert {"authorization", "private-token"} <= set(home.headers[0])
    assert not {"authorization", "private-token"} & set(other.headers[0])


def test_a_credential_is_there_again_when_a_redirect_comes_home(made: Make) -> None:
    with serving(Answer(302, {"Location": "/b"}), Answer()) as home:
        made(credentials=[Credential.bearer(home.url, "t0k3n")]).get(f"{home.url}/a")

    assert [headers["authorization"] for headers in home.headers] == ["Bearer t0k3n"] * 2


def test_another_port_or_scheme_is_another_server() -> None:
    assert origin("https://Example.com./x") == origin("https://example.com:443")
    assert len({origin(f"{url}") for url in ("http://e", "https://e", "http://e:8080", "http://e.f")}) == 4


def test_a_credential_does_not_show_itself() -> None:
    assert "t0k3n" not in repr(Credential.bearer("https://example.com", "t0k3n"))


def test_no_login_of_the_environment_is_used(
    made: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving() as server:
        made().get(server.url)

    assert "authorization" not in server.headers[0]


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_is_a_typed_error_with_the_host_and_what_to_do(made: Make, code: int) -> None:
    with serving(Answer(code)) as server:
        answer = made().get(f"{server.url}/secret?token=x")
    with pytest.raises(RefusedError) as caught:
        check(answer, "the list of runs", hint="check token")

    assert caught.value.lines() == [f"{server.url} refuses the list of runs ({code})", "check token"]


@pytest.mark.parametrize("code", [200, 204, 404, 409])
def test_other_answers_pass_the_check(made: Make, code: int) -> None:
    with serving(Answer(code, body=b"")) as server:
        assert check(made().get(server.url), "x").status_code == code


# Proxies


def test_requests_go_through_the_proxy_except_to_the_hosts_named(made: Make) -> None:
    with serving(Answer(body=b"proxied")) as proxy, serving() as server:
        proxies = Proxies.read({"HTTP_PROXY": proxy.url, "no_proxy": "127.0.0.1"})
        one = made(proxies=proxies)
        assert one.get("http://example.com/x").text == "proxied"
        assert one.get(server.url).text == "done"

    assert proxy.requests == [("GET", "http://example.com/x")]


def test_a_credential_passes_no_proxy_without_tls(made: Make) -> None:
    with serving(Answer(body=b"proxied")) as proxy, serving() as server:
        one = made(
            credentials=[Credential.bearer(server.url, "t0k3n")],
            proxies=Proxies.read({"http_proxy": proxy.url}),
        )
        assert one.get(server.url).text == "done"
        assert one.get("http://example.com/x").text == "proxied"

    assert [path for _, path in proxy.requests] == ["http://example.com/x"]
    assert "authorization" not in proxy.headers[0]
    assert server.headers[0]["authorization"] == "Bearer t0k3n"


def test_a_proxy_of_the_process_s_environment_is_not_used(
    made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    with serving() as server:
        assert made().get(server.url).ok


def test_a_proxy_that_is_not_there_is_blamed(made: Make) -> None:
    proxies = Proxies.read({"https_proxy": "http://127.0.0.1:1"})
    with pytest.raises(UnreachableError, match="through the proxy: Connection refused") as caught:
        made(Retry(attempts=1), proxies=proxies).get("https://example.com")

    assert "https_proxy" in caught.value.hint


def test_the_proxy_of_the_scheme_comes_before_the_one_for_all_and_lower_case_before_upper() -> None:
    proxies = Proxies.read({"https_proxy": "http://a", "HTTPS_PROXY": "http://b", "ALL_PROXY": "http://c"})

    assert proxies.for_url("https://example.com") == "http://a"
    assert proxies.for_url("http://example.com") == "http://c"
    assert Proxies.read({"https_proxy": "", "HTTPS_PROXY": "http://b"}).for_url("https://x") == "http://b"


@pytest.mark.parametrize(
    ("exceptions", "url", "direct"),
    [
        ("*", "http://example.com", True),
        ("example.com", "http://example.com", True),
        ("example.com", "http://EXAMPLE.com./", True),
        ("example.com", "http://a.example.com", True),
        ("example.com", "http://badexample.com", False),
        (".example.com", "http://a.example.com", True),
        ("*.example.com", "http://a.example.com", True),
        ("a, b  example.com", "http://example.com", True),
        ("example.com:8080", "http://example.com:8080", True),
        ("example.com:8080", "http://example.com", False),
        ("example.com:80", "http://example.com", True),
        ("10.0.0.0/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://11.1.2.3", False),
        ("10.1.2.3", "http://10.1.2.3:99", True),
        ("::1", "http://[::1]:80", True),
        ("fd00::/8", "http://[fd12::1]/", True),
        ("", "http://example.com", False),
        (",.,", "http://example.com", False),
    ],
)
def test_hosts_are_excepted_as_no_proxy_says(exceptions: str, url: str, *, direct: bool) -> None:
    proxies = Proxies.read({"http_proxy": "http://proxy", "NO_PROXY": exceptions})

    assert proxies.for_url(url) == ("" if direct else "http://proxy")


def test_the_password_of_a_proxy_is_known_as_a_secret() -> None:
    proxies = Proxies.read({"https_proxy": "http://u:p%40ssword@proxy:3128", "http_proxy": "u:word@proxy"})
    redactor = Redactor()
    for secret in proxies.secrets():
        redactor.learn(secret)

    assert sorted(proxies.secrets()) == ["p%40ssword", "p@ssword", "word"]
    assert "p@ssword" not in redactor("p@ssword") + repr(proxies)


# Certificates


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


def test_a_server_that_nobody_vouches_for_is_not_spoken_to(made: Make, authority: Authority) -> None:
    with serving(authority=authority) as server, pytest.raises(UnreachableError) as caught:
        made().get(server.url)

    assert "has a certificate that is not trusted here: certificate verify failed" in caught.value.message
    assert "ca_certificates" in caught.value.hint
    assert "attempts" not in caught.value.message


def test_a_server_of_the_private_authority_is_spoken_to(authority: Authority, tmp_path: Path) -> None:
    with (
        serving(authority=authority) as server,
        open_trust(authority.pem, {}, tmp_path) as trust,
        session(trust) as one,
    ):
        assert one.get(server.url).text == "done"


def test_plain_http_at_a_tls_address_is_said_to_be_no_tls(made: Make) -> None:
    with serving() as server, pytest.raises(UnreachableError, match="does not speak TLS with us"):
        made().get(server.url.replace("http:", "https:"))
