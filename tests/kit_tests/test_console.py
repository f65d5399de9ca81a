import re

import pytest

from kit.console import phase


def test_a_phase_says_what_it_does_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with phase("Building images"):
        pass
    assert re.fullmatch(
        r"Building images \.\.\.\nBuilding images: done in 0\.\d s\n", capsys.readouterr().out
    )


def test_a_phase_that_fails_says_so_and_lets_the_error_through(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="boom"), phase("Building images"):
        raise ValueError("boom")
    assert "Building images: failed after" in capsys.readouterr().out
