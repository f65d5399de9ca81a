"""Where a registry may ask for a login."""

import pytest

from drone_plugin.registries import may_have_login


@pytest.mark.parametrize(
    ("realm", "registry", "allowed"),
    [
        ("https://auth.docker.io/token", "registry-1.docker.io", True),
        ("https://gitlab.com/jwt/auth", "registry.gitlab.com", True),
        ("https://ghcr.io/token", "ghcr.io", True),
        ("https://us.icr.io/oauth/token", "icr.io", True),
        ("https://gitlab.example.co.uk/jwt/auth", "registry.example.co.uk", True),
        ("https://auth.partner.example/token", "registry.example.com", True),
        ("https://registry:8443/token", "registry", True),
        ("http://ghcr.io/token", "ghcr.io", False),
        ("http://auth.partner.example/token", "registry.example.com", False),
        ("https://evil.example/token", "registry.example.com", False),
        ("https://notexample.com/token", "registry.example.com", False),
        ("https://registry.example.com.evil.example/", "registry.example.com", False),
        ("https://registry.example.com@evil.example/", "registry.example.com", False),
        ("https://other/token", "registry", False),
        ("https://gcr.io/token", "ghcr.io", False),
        ("https://9.0.0.5/token", "10.0.0.5", False),
        ("https://[fe80::2]/token", "fe80::1", False),
        ("https:///token", "registry.example.com", False),
        ("", "registry.example.com", False),
        ("file:///etc/passwd", "registry.example.com", False),
    ],
)
def test_a_login_goes_by_tls_to_the_registrys_own_domain_only(
    realm: str, registry: str, *, allowed: bool
) -> None:
    assert may_have_login(realm, registry, "auth.partner.example") is allowed
