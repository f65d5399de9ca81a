"""One name for registry, MLflow and stand-in that the host, the engine and every container share.

On a bridge 127.0.0.1 is the container itself, and an engine speaks plain HTTP only to registries whose name
resolves into 127.0.0.0/8. A name that does so on the host, and is added to each container with the gateway of
its network, is right on both sides.
"""

import ipaddress
import socket
from pathlib import Path

import docker

from kit.console import say
from kit.debian import is_root
from kit.errors import KitError

OWN_NAME = "drone-ml.test"  # for machines whose host name means an address of their network
HOSTS_LINE = f"127.0.0.1 {OWN_NAME}"
HOSTS = Path("/etc/hosts")


def host_name() -> str:
    """The machine's host name where it resolves into 127.0.0.0/8, else a name of ours in /etc/hosts.

    Raises:
        KitError: neither resolves so, and we may not write /etc/hosts.
    """
    machine = socket.gethostname()
    for name in (machine, OWN_NAME):
        if is_loopback(name):
            return name
    if not is_root():
        raise KitError(
            f"the host name {machine} does not resolve into 127.0.0.0/8, as containers need it to; type\n"
            f"  echo '{HOSTS_LINE}' | sudo tee -a {HOSTS}"
        )
    with HOSTS.open("a", encoding="utf-8") as hosts:
        hosts.write(f"{HOSTS_LINE}\n")
    say(f"{machine} does not resolve into 127.0.0.0/8: added `{HOSTS_LINE}` to {HOSTS}")
    return OWN_NAME


def gateway(client: docker.DockerClient, network: str) -> str:
    """The host's IPv4 address as containers of the network see it: what `--add-host HOST:ADDRESS` needs."""
    attributes = client.networks.get(network).attrs
    if attributes["Driver"] == "host":
        return "127.0.0.1"
    for config in attributes["IPAM"]["Config"] or []:
        subnet = ipaddress.ip_network(config["Subnet"], strict=False)
        if subnet.version == 4:
            # The default bridge leaves the gateway out until its first container: it is the first host then.
            address = config.get("Gateway") or next(subnet.hosts())
            return str(address)
    raise KitError(f"network {network} has no IPv4 address range")


def free_port() -> int:
    """A TCP port that nothing listens on, on any address of the machine."""
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104 - servers for containers listen on every address
        port: int = probe.getsockname()[1]
        return port


def port_or_free(wanted: int) -> int:
    """`wanted` where nothing listens on it, on any address of the machine, else a free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", wanted))  # noqa: S104 - as in `free_port`
        except OSError:
            return free_port()
    return wanted


def is_loopback(name: str) -> bool:
    """Whether the engine would speak plain HTTP to it: every IPv4 address of the name is in 127.0.0.0/8."""
    try:
        found = socket.getaddrinfo(name, None, socket.AF_INET)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)
