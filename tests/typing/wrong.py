"""What type checkers must refuse: each line with an `expect` comment is an error, and no other is."""

import drone_plugin
from drone_plugin import Decision, Plugin, ReportSettings, Settings, Step, decide, read_build, reporting, run


class One(Settings):
    """Some settings."""


class Other(Settings):
    """Some other settings."""


def work(step: Step[Other]) -> None:
    """Work of another plugin."""
    step.log.info(1)  # expect
    step.settings.nonsense  # expect


def tell(step: Step[One]) -> None:
    """A report of settings that say nothing of one."""
    with reporting(step, plugin="mine"):  # expect
        ReportSettings().report_url.nonsense()  # expect
        drone_plugin.nonsense  # expect


build = read_build({})
plugin = Plugin("mine", "1.0.0", One, lambda _s, _b: Decision(act=True, reason=""), work)  # expect
run("mine")  # expect
decide(build, trigger="sometimes", keyword="train", events=("push",))  # expect
decide(build, trigger="always", keyword="train", events=("pushed",))  # expect
build.commit.sha = "0"  # expect
