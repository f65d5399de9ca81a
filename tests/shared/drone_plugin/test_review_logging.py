"""What was set up before a step begins prints through its redactor, too."""

import logging
import sys

import pytest

from drone_plugin import Step
from kit.step import HOST, StepSettings, run_step


def test_a_handler_made_before_the_step_prints_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """As `logging.basicConfig()` makes one, where a plugin or a library calls that at import."""

    def work(step: Step[StepSettings]) -> None:
        logging.getLogger("a.library").warning("told %s", step.settings.token.get_secret_value())

    early = logging.StreamHandler(sys.stderr)
    before = early.stream
    logging.getLogger().addHandler(early)
    try:
        ran = run_step(work, {**HOST, "PLUGIN_TOKEN": "dapi0123456789"})
    finally:
        logging.getLogger().removeHandler(early)

    assert "told ******" in ran.log
    assert early.stream is before
    assert "dapi" not in capsys.readouterr().err + ran.log
