from collections import Counter

import pytest

pytest_plugins = ["kit.fixtures", "kit.databricks.fixtures", "kit.drone.fixtures"]

KINDS = ("contract", "container", "e2e")
FEW_CASES = 20


def kind_of(item: pytest.Item) -> str:
    """The kind of a test is its first marker of `KINDS`; a test without one is a unit test."""
    return next((kind for kind in KINDS if item.get_closest_marker(kind)), "unit")


class CountByKind:
    """Says at the end how many tests of each kind ran, and through how many cases of the contract.

    A skipped test is not a passed one, so these are counted, too.
    """

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.passed: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.kinds = {item.nodeid: kind_of(item) for item in items}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            kind = self.kinds.get(report.nodeid, "unit")
            self.passed[kind] += 1
            if kind == "contract":
                name = report.location[2].partition("[")[0].rpartition(".")[2]
                self.cases[name.removeprefix("test_").replace("_", " ")] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        skipped = len(terminalreporter.stats.get("skipped", []))
        counts = " · ".join(f"{self.passed[kind]} {kind}" for kind in ("unit", *KINDS))
        terminalreporter.section("tests by kind")
        for name, count in self.cases.most_common():
            if count > FEW_CASES:
                terminalreporter.write_line(f"{count:4} cases of the contract: {name}")
        terminalreporter.write_line(f"passed: {counts} · skipped: {skipped}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CountByKind(), "count-by-kind")
