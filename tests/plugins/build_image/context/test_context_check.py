"""What a context should not hold, and how it is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from build_image.context import context_check, plan_context
from build_image.context.check import Level
from drone_plugin import FindingsError

Say = Callable[[str], object]

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nxxx\n"
# Put together, as the scan of this repository looks for the whole of each.
PUTTY = f"PuTTY-{'User-Key'}-File-2: ssh-rsa\n"
BEGIN = f"{'-' * 5}BEGIN PRIVATE KEY{'-' * 5}"


@pytest.fixture
def tree(workspace: Path) -> Path:
    """A context that nobody complains about."""
    (workspace / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return workspace


def refused(tree: Path) -> FindingsError | None:
    """The refusal of a context, if it is refused."""
    try:
        plan_context(tree, ".", "Dockerfile", context_check("error", print))
    except FindingsError as error:
        return error
    return None


def put(tree: Path, name: str, content: str) -> None:
    """A file with its folders."""
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text(content)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        (".env", "# local\nDB_PASSWORD=hunter2\n", "environment variables"),
        ("service/.env.production", "export A=b\n", "environment variables"),
        ("deploy/id_ed25519", KEY, "a private key"),
        ("tls/server.key", "-----BEGIN RSA PRIVATE KEY-----\n", "a private key"),
        ("tls/all.pem", f"-----BEGIN CERTIFICATE-----\n{BEGIN}\n", "a private key"),
        ("putty.ppk", PUTTY, "a private key"),
        ("cert.p12", "0\x01", "a private key"),
        (".netrc", "machine x login y password z\n", "a login"),
        ("web/.npmrc", "//registry.example.com/:_authToken=abc\n", "a token of npm"),
        (".pypirc", "[x]\nusername: u\npassword: p\n", "a password of a package index"),
        (".git-credentials", "https://u:p@example.com\n", "git's logins"),
        (".docker/config.json", '{"auths": {"x": {"auth": "dTpw"}}}', "logins of registries"),
        (".aws/credentials", "[default]\naws_secret_access_key = x\n", "keys of Amazon"),
        (".databrickscfg", "[DEFAULT]\nhost = x\ntoken = y\n", "a token of Databricks"),
        (
            "my-ServiceAccount.json",
            f'{{"private_key": "{BEGIN}"}}',
            "a key of a service account",
        ),
        (".kube/config", "users:\n- user:\n    token: abc\n", "access to a cluster"),
        ("app/.streamlit/secrets.toml", 'password = "x"\n', "secrets of Streamlit"),
    ],
)
def test_a_file_with_credentials_is_refused_with_the_line_for_the_ignore_file(
    tree: Path, name: str, content: str, kind: str
) -> None:
    put(tree, name, content)
    error = refused(tree)
    assert error
    assert error.exit_code == 3
    assert error.lines() == [
        "the image would get what it should not have:",
        f'  "{name}" holds {kind}',
        "write into .dockerignore:",
        f"  {name}",
        "or set context_check: warning, if all of it belongs there",
    ]
    (tree / ".dockerignore").write_text(f"{name}\n")
    assert refused(tree) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env", "# nothing yet\nDB_PASSWORD=\n\nDB_USER= # none\n" + "\n" * 60000),
        (".env.example", "DB_PASSWORD=hunter2\n"),
        (".env.prod.template", "DB_PASSWORD=hunter2\n"),
        ("environment.env.md", "A=b"),
        ("ca.pem", "-----BEGIN CERTIFICATE-----\n"),
        ("id_rsa.pub", "ssh-rsa AAAA"),
        ("keys.py", KEY),
        (".npmrc", "//registry.example.com/:_authToken=${NPM_TOKEN}\n"),
        (".docker/config.json", '{"auths": {"x": {}}}'),
        ("credentials.json", '{"installed": {"client_id": "x"}}'),
        ("docs/netrc", "machine x login y password z\n"),
    ],
)
def test_what_only_looks_like_one_is_not(tree: Path, name: str, content: str) -> None:
    put(tree, name, content)
    assert refused(tree) is None


def test_nothing_of_a_credential_is_shown(tree: Path) -> None:
    put(tree, ".env", "DB_PASSWORD=hunter2\n")
    error = refused(tree)
    assert error
    assert "hunter2" not in "\n".join(error.lines())


@pytest.mark.parametrize("level", ["warning", "off"])
def test_it_can_be_a_warning_or_off(tree: Path, level: Level) -> None:
    put(tree, ".env", "DB_PASSWORD=hunter2\n")
    said: list[str] = []
    plan_context(tree, ".", "Dockerfile", context_check(level, said.append))
    assert said == (['in the context: ".env" holds environment variables'] if level == "warning" else [])


def test_the_ignore_file_that_is_read_is_the_one_that_is_named(tree: Path) -> None:
    put(tree, "Dockerfile.dockerignore", "docs\n")
    put(tree, "#1/[x] .env/id_rsa", KEY)
    error = refused(tree)
    assert error
    assert error.lines()[2:4] == ["write into Dockerfile.dockerignore:", "  /#1/\\[x\\] .env/id_rsa"]
    put(tree, "Dockerfile.dockerignore", error.lines()[3])
    assert refused(tree) is None


def test_many_are_counted(tree: Path) -> None:
    for number in range(25):
        put(tree, f"{number}/id_rsa", KEY)
    error = refused(tree)
    assert error
    assert len(error.message.splitlines()) == 22
    assert error.message.endswith("  and 5 more")


def sparse(path: Path, size: int) -> None:
    """A file of so many bytes that takes no room."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"data/huge.bin": 10 << 30}, '"data/huge.bin" is 10.0 GiB: a single file'),
        ({"env/pyvenv.cfg": 100, "env/lib/a": 2 << 30}, '"env" is 2.0 GiB: a Python environment'),
        (
            {"x/node_modules/a": 1 << 29, "x/node_modules/b/node_modules/c": 3 << 29},
            '"x/node_modules" is 2.0 GiB: installed packages of Node.js',
        ),
        ({"mlruns/0/m": 3 << 29}, '"mlruns" is 1.5 GiB: runs of MLflow'),
    ],
)
def test_needless_gigabytes_are_refused_before_they_are_read(
    tree: Path, files: dict[str, int], problem: str
) -> None:
    for name, size in files.items():
        sparse(tree / name, size)
    error = refused(tree)
    assert error
    assert problem in error.message


def test_less_of_it_is_not(tree: Path) -> None:
    sparse(tree / "env/pyvenv.cfg", 100)
    sparse(tree / "env/lib/a", 1 << 20)
    sparse(tree / "model.bin", 1 << 21)
    assert refused(tree) is None
