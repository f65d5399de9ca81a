import pytest

from build_image.buildkit.grpc import Methods, RpcError, Status
from build_image.buildkit.protobuf import Message, text_field
from build_image.buildkit.services import Auth, Health, Secrets


def ask(methods: Methods, request: bytes) -> Message:
    """The answer of the only method."""
    (method,) = methods.values()
    exchange = method({})
    exchange.receive(request)
    answer = exchange.next_message()
    assert answer is not None
    return Message(answer)


def test_the_session_is_well() -> None:
    assert ask(Health().methods(), b"").number(1) == 1


def test_a_secret_is_given_as_it_is() -> None:
    secrets = Secrets({"key": b"\0\xff\n"})

    assert ask(secrets.methods(), text_field(1, "key")).data(1) == b"\0\xff\n"
    assert not secrets.missing


def test_a_secret_that_nobody_gave_is_not_found_and_remembered() -> None:
    secrets = Secrets({"key": b"hunter2"})

    with pytest.raises(RpcError, match="secret kye: not found") as raised:
        ask(secrets.methods(), text_field(1, "kye"))

    assert raised.value.status is Status.NOT_FOUND
    assert secrets.missing == {"kye"}


def test_a_request_that_is_none_is_refused() -> None:
    with pytest.raises(RpcError, match="cut short"):
        ask(Secrets({}).methods(), b"\x0a\x05a")


def test_a_login_goes_to_its_own_host_only() -> None:
    auth = Auth({"registry.example.com": ("me", "hunter2")}.get)

    login = ask(auth.methods(), text_field(1, "registry.example.com"))
    other = ask(auth.methods(), text_field(1, "registry.example.com.evil.example"))

    assert (login.text(1), login.text(2)) == ("me", "hunter2")
    assert (other.text(1), other.text(2)) == ("", "")
    assert auth.asked == {"registry.example.com", "registry.example.com.evil.example"}


@pytest.mark.parametrize("name", ["docker.io", "index.docker.io", "https://index.docker.io/v1/"])
def test_docker_hubs_login_is_found_by_any_of_its_names(name: str) -> None:
    auth = Auth({name: ("me", "hunter2")}.get)

    assert ask(auth.methods(), text_field(1, "registry-1.docker.io")).text(1) == "me"
