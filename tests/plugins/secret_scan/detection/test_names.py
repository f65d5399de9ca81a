"""Files that are secrets because of what they are called."""

import pytest

from kit.secrets.draw import seeded
from secret_scan.names import find_by_name, joined
from secret_scan.values import Found

draw = seeded(3)
HASH = f"$6${draw.alnum(8)}${draw.alnum(86)}"

LINES = [
    (".netrc", "machine a login b password hunter!x2", "netrc-password"),
    ("home/_netrc", "\tpassword hunter!x2", "netrc-password"),
    (".pgpass", "db.internal:5432:*:app:Xy12aa", "pgpass-password"),
    ("conf/.htpasswd", f"joe:$apr1${draw.alnum(8)}${draw.alnum(22)}", "htpasswd-hash"),
    ("etc/shadow", f"root:{HASH}:19000:0:99999:7:::", "shadow-hash"),
    (".git-credentials", "https://joe:abc@git.internal", "git-credentials"),
    (".kube/config", f"    client-key-data: {draw.base64(90)}", "kubeconfig-credential"),
    ("kubeconfig.yml", f"    token: {draw.alnum(20)}", "kubeconfig-credential"),
    ("terraform.tfstate", f'            "password": "{draw.alnum(7)}",', "tfstate-secret"),
    (".npmrc", f"//r.internal/:_authToken={draw.alnum(20)}", "npmrc-auth"),
    (".pypirc", "password = s3cr3tx9", "pypirc-password"),
    ("sub/.my.cnf", "password=Ab3d", "program-password"),
    ("sitemanager.xml", f'<Pass encoding="base64">{draw.base64(9)}</Pass>', "program-password"),
    ("sftp-config.json", '    "password": "Ab3d",', "program-password"),
    ("config/master.key", draw.hexa(32), "rails-master-key"),
    (".vault_pass.txt", "correct-horse", "vault-password-file"),
    ("wp-config.php", "define('AUTH_KEY',         'x8(2k s9 kdA9');", "wordpress-key"),
    (".databrickscfg", f"token = {draw.alnum(30)}", "program-password"),
]


@pytest.mark.parametrize(("path", "line", "rule"), LINES)
def test_a_line_is_a_secret_in_such_a_file(path: str, line: str, rule: str) -> None:
    found = find_by_name(path, f"# first\n{line}\n".encode())
    assert [(each.rule, each.line) for each in found] == [(rule, 2)]
    assert found[0].value in line


@pytest.mark.parametrize(("path", "line", "rule"), LINES)
def test_the_same_line_is_none_in_a_template_or_in_another_file(path: str, line: str, rule: str) -> None:
    assert find_by_name(f"{path}.example", line.encode()) == []
    assert find_by_name("notes.txt", line.encode()) == [], rule


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".npmrc", "//r.internal/:_authToken=${NPM_TOKEN}"),
        (".netrc", "machine a login b password changeme"),
        (".pypirc", "password = <your-token>"),
        (".my.cnf", "[client]"),
        ("terraform.tfstate", '"password": ""'),
        ("templates/.netrc", "password hunter!x2"),
    ],
)
def test_a_placeholder_is_none_in_such_a_file_either(path: str, line: str) -> None:
    assert find_by_name(path, line.encode()) == []


@pytest.mark.parametrize(
    ("path", "start", "kind"),
    [
        ("certs/client.p12", b"\x30\x82\x0a\x00", "PKCS #12 Key Store"),
        ("a.PFX", b"\x30\x80", "PKCS #12 Key Store"),
        ("release.jks", b"\xfe\xed\xfe\xed\0\0\0\x02", "Java Key Store"),
        ("my.kdbx", b"\x03\xd9\xa2\x9a\x67", "KeePass Database"),
        ("svc.keytab", b"\x05\x02\0\0", "Kerberos Key Table"),
    ],
)
def test_a_store_of_keys_is_a_secret_as_a_whole(path: str, start: bytes, kind: str) -> None:
    first, second = (find_by_name(path, start + end) for end in (b"a" * 50, b"b" * 50))
    assert [(each.rule, each.kind, each.text) for each in first] == [("key-store-file", kind, "")]
    assert first[0].value != second[0].value


@pytest.mark.parametrize("path", ["truststore.jks", "cacerts.jks", "example.p12", "a.p12.txt"])
def test_certificates_and_examples_are_none(path: str) -> None:
    assert find_by_name(path, b"\xfe\xed\xfe\xed") == []
    assert find_by_name("a.p12", b"not one") == []


def test_what_a_detector_has_found_in_the_line_goes_before_the_name() -> None:
    def one(rule: str, line: int) -> Found:
        return Found(rule, rule, "v", line, 1, "v", "")

    by_name = [one("netrc-password", 2), one("netrc-password", 5)]
    assert [(each.rule, each.line) for each in joined([one("jwt", 2)], by_name)] == [
        ("jwt", 2),
        ("netrc-password", 5),
    ]
