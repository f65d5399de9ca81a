"""What is advised, and what is left in peace."""

import pytest

from build_image.dockerfile import Dockerfile
from build_image.dockerfile.advice import advice_on, advice_on_context


def findings(*steps: str) -> list[tuple[int, str]]:
    """Line and finding of each advice on a stage with these instructions, from line 2 on."""
    text = "\n".join(("FROM python:3.11", *steps))
    return [(advice.line, advice.finding) for advice in advice_on(Dockerfile("Dockerfile", text), {})]


AFTER_EVERYTHING = (
    "pip installs after line 2 copied everything, so every change of any file installs all of it again"
)


@pytest.mark.parametrize(
    "install",
    [
        "pip install --no-cache-dir -r requirements.txt",
        "cd app && PIP_X=1 pip3 --quiet install --no-cache-dir -r r.txt",
        "/opt/venv/bin/python3.11 -m pip install --no-cache-dir .",
        "--mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt",
        "<<EOF\nset -e\npip install --no-cache-dir -r requirements.txt\nEOF",
        "apt-get update; \\\n  pip install \\\n --no-cache-dir -r requirements.txt",
    ],
)
def test_dependencies_behind_the_code_are_told(install: str) -> None:
    assert findings("COPY . /app", f"RUN {install}") == [(3, AFTER_EVERYTHING)]


def test_the_remedy_says_what_to_write() -> None:
    text = "FROM a\nCOPY . .\nRUN pip install --no-cache-dir -r r.txt"
    (advice,) = advice_on(Dockerfile("Dockerfile", text), {})
    assert advice.remedy == "copy the requirement files alone, install, and copy the rest after that"


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("uv", "uv sync --frozen"),
        ("conda", "conda env update --file environment.yml"),
        ("poetry", "poetry install"),
        ("npm", "npm ci"),
    ],
)
def test_other_tools_are_known_as_well(tool: str, command: str) -> None:
    ((line, finding),) = findings("COPY . /app", f"RUN {command}")
    assert (line, finding.split()[0]) == (3, tool)


@pytest.mark.parametrize(
    "steps",
    [
        ["COPY requirements.txt .", "RUN pip install --no-cache-dir -r requirements.txt", "COPY . ."],
        ["COPY src /app", "RUN pip install --no-cache-dir -r requirements.txt"],
        ["COPY . .", "RUN pip install --no-cache-dir --no-deps ."],
        ["COPY --from=build . .", "RUN pip install --no-cache-dir a==1"],
        ["COPY . .", "RUN echo pip install"],
        ["ENV PIP_NO_CACHE_DIR=1", "RUN pip install a==1 'b>=2,<3' git+https://x/y@v1"],
        ["RUN pip install --no-cache-dir --index-url https://x/simple --upgrade pip setuptools"],
        ["RUN pip install --no-cache-dir -c constraints.txt numpy"],
        ["RUN apt-get update && apt-get install -y git"],
        ["RUN <<EOF", "cat pip install x", "EOF"],
    ],
    ids=lambda steps: steps[-1][:40],
)
def test_what_is_well_is_left_in_peace(steps: list[str]) -> None:
    assert findings(*steps) == []


def test_a_copy_of_downloads_in_the_layer_is_told() -> None:
    assert findings("RUN pip install a==1") == [(2, "pip keeps a copy of what it downloads in the layer")]


@pytest.mark.parametrize(
    "command",
    [
        "pip install --no-cache-dir a==1 torch[cuda] b",
        "uv pip install --system torch[cuda]",
        "conda install -y -n base torch[cuda]",
    ],
)
def test_a_package_without_a_version_is_told(command: str) -> None:
    text = "torch[cuda] has no version: the next build without a cache may get another one"
    assert findings(f"RUN {command}") == [(2, text)]


def test_system_packages_behind_the_code_are_told() -> None:
    ((line, finding),) = findings("ADD ./ /app", "RUN apt-get update && apt-get -y install git")
    assert (line, finding[:54]) == (3, "system packages are installed after line 2 copied ever")


def test_stages_that_are_not_built_are_left_out() -> None:
    text = "FROM a AS one\nRUN pip install x\nFROM b\nCOPY . ."
    assert advice_on(Dockerfile("Dockerfile", text), {}) == ()
    assert len(advice_on(Dockerfile("Dockerfile", text), {}, "one")) == 2


def test_a_large_context_is_told_with_its_largest_parts() -> None:
    assert advice_on_context(499_000_000, [("a", 1)], ".dockerignore") is None
    advice = advice_on_context(2_100_000_000, [("data", 2_000_000_000), ("app", 1_000_000)], ".dockerignore")
    assert advice
    assert advice.finding == "the context has 2,100 MB (data 2,000 MB, app 1 MB)"
    assert advice.remedy == "name what the image does not need in .dockerignore"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "step",
    ["pip " * 15000, "pip install " * 5000, "A=b " * 15000, "| " * 30000, "pip install " + "a[" * 30000],
)
def test_a_hostile_script_ends_soon(step: str) -> None:
    assert len(findings(f"RUN {step}")) <= 2
