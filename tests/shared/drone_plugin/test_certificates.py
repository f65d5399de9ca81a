"""Whom to trust: certificate authorities of the machine and of a setting, for every client alike."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from drone_plugin import Redactor, SettingsError
from drone_plugin.certificates import SYSTEM, NetworkSettings, open_trust
from drone_plugin.process import Processes
from kit.git_server import GitServer, git_serving
from kit.scripted_server import serving
from kit.tls import Authority, make_authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def _restored() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def count(bundle: Path) -> int:
    """How many authorities a file holds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    return len(context.get_ca_certs())


@pytest.mark.parametrize("as_path", [True, False])
def test_a_private_authority_is_added_to_the_machine_s(
    authority: Authority, workspace: Path, *, as_path: bool
) -> None:
    given = str(authority.certificate) if as_path else authority.pem
    with open_trust("", {}, workspace) as machine, open_trust(given, {}, workspace) as trust:
        assert count(trust.bundle) == count(machine.bundle) + 1
        bundle = trust.bundle

    assert not bundle.exists()


def test_a_pem_text_may_be_surrounded_by_words_and_white_space(authority: Authority, workspace: Path) -> None:
    with open_trust(f"\n Company CA\n{authority.pem}\n\n", {}, workspace) as trust:
        assert authority.pem in trust.bundle.read_text()


def test_a_file_of_the_workspace_is_refused(authority: Authority, workspace: Path, tmp_path: Path) -> None:
    (workspace / "ca.pem").write_text(authority.pem)
    (tmp_path / "link.pem").symlink_to(workspace / "ca.pem")

    for path in (workspace / "ca.pem", tmp_path / "link.pem", workspace / "../workspace/ca.pem"):
        with pytest.raises(SettingsError, match="is in the workspace"), open_trust(str(path), {}, workspace):
            pass


def test_a_relative_path_is_one_of_the_workspace(
    authority: Authority, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "ca.pem").write_text(authority.pem)
    monkeypatch.chdir(workspace)

    with pytest.raises(SettingsError, match="is in the workspace"), open_trust("ca.pem", {}, workspace):
        pass


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("/no/such/file", "cannot be read: No such file"),
        ("/dev/zero", "is no file of certificates"),
        ("/", "is no file of certificates|Is a directory"),
        ("/etc/hostname", "has no line '-----BEGIN CERTIFICATE-----'"),
        ("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----", "no sound PEM"),
        ("-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----", "no sound PEM"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "holds a private key"),
        ("some\ntext", "has no line"),
        ("\0", "is in the workspace"),
    ],
)
def test_what_is_no_certificate_is_said_to_be_none(workspace: Path, given: str, problem: str) -> None:
    with (
        pytest.raises(SettingsError, match=f"^settings.ca_certificates: .*({problem})"),
        open_trust(given, {}, workspace),
    ):
        pass


def test_a_pipe_is_not_waited_for(workspace: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(SettingsError, match="no file of"), open_trust(str(tmp_path / "pipe"), {}, workspace):
        pass


def test_a_bundle_that_the_environment_names_replaces_the_system_s(
    authority: Authority, workspace: Path
) -> None:
    environment = {"SSL_CERT_FILE": "/no/such/file", "REQUESTS_CA_BUNDLE": str(authority.certificate)}

    with open_trust("", environment, workspace) as trust:
        assert trust.bundle == authority.certificate


@pytest.mark.parametrize("name", ["ca.pem", "../workspace/ca.pem"])
def test_a_bundle_of_the_workspace_is_not_used(authority: Authority, workspace: Path, name: str) -> None:
    (workspace / "ca.pem").write_text(authority.pem)

    with open_trust("", {"REQUESTS_CA_BUNDLE": str(workspace / name)}, workspace) as trust:
        assert not trust.bundle.is_relative_to(workspace)


def test_without_a_system_s_bundle_certifi_s_is_used(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drone_plugin.certificates.SYSTEM", ())

    with open_trust("", {}, workspace) as trust:
        assert trust.bundle.name == "cacert.pem"
        assert str(trust.bundle) not in SYSTEM
        assert count(trust.bundle) > 50


@pytest.mark.usefixtures("_restored")
def test_client_libraries_of_the_process_use_it(authority: Authority, workspace: Path) -> None:
    with serving(authority=authority) as server, open_trust(authority.pem, {}, workspace) as trust:
        trust.set_for_libraries()
        assert requests.get(server.url, timeout=10, proxies={"https": ""}).text == "done"
        assert ssl.create_default_context().get_ca_certs()


def test_git_uses_it(authority: Authority, workspace: Path, tmp_path: Path) -> None:
    processes = Processes({"PATH": os.environ["PATH"]}, workspace, redact=Redactor())
    processes.run(["git", "init", "-q", "--bare", str(tmp_path / "x.git")])

    with (
        git_serving(GitServer(tmp_path), authority) as server,
        open_trust(authority.pem, {}, workspace) as trust,
    ):
        command = ["git", "ls-remote", f"{server.url}/x.git"]
        assert processes.run(command, accept=(128,)).exit_code == 128
        assert processes.run(command, variables=trust.variables).exit_code == 0


def test_the_setting_is_one_to_pin(authority: Authority) -> None:
    settings = NetworkSettings.load({"PLUGIN_CA_CERTIFICATES": authority.pem})

    assert settings.ca_certificates == authority.pem
    with pytest.raises(SettingsError, match="write ca_certificates"):
        NetworkSettings.load({"PLUGIN_CA-CERTIFICATES": "/etc/ca.pem"})
