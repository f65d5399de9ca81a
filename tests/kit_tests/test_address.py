import ipaddress
import socket
from pathlib import Path

import pytest

from kit import address
from kit.engine import Engine
from kit.registry import Registry

READ = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)"


def test_the_shared_name_is_loopback_on_the_host() -> None:
    assert ipaddress.ip_address(socket.gethostbyname(address.host_name())).is_loopback


@pytest.mark.container
def test_the_shared_name_reaches_a_server_of_the_host_from_a_container(
    engine: Engine, base_image: str, registry: Registry
) -> None:
    client = engine.client()
    output: bytes = client.containers.run(
        base_image,
        ["python3", "-c", READ, f"http://{registry.address}/v2/"],
        extra_hosts={address.host_name(): address.gateway(client, "bridge")},
        remove=True,
    )
    assert output.strip() == b"200"


@pytest.mark.container
def test_a_network_of_ones_own_has_a_gateway_of_its_own(engine: Engine) -> None:
    client = engine.client()
    network = client.networks.create("drone-ml-address-test")
    try:
        assert address.gateway(client, network.name or "") != address.gateway(client, "bridge")
    finally:
        network.remove()


def test_a_host_name_of_the_network_is_left_alone_and_a_name_of_ours_is_added(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = tmp_path / "hosts"
    monkeypatch.setattr(address, "HOSTS", hosts)
    monkeypatch.setattr(address, "is_root", lambda: True)
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere.invalid")
    assert address.host_name() == address.OWN_NAME
    assert hosts.read_text(encoding="utf-8") == f"127.0.0.1 {address.OWN_NAME}\n"
    assert "elsewhere.invalid does not resolve into 127.0.0.0/8" in capsys.readouterr().out


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", address.free_port())):
        pass
