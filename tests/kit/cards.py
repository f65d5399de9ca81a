"""The samples of the plugins' cards, and their pictures: `python -m kit.cards [NODE_MODULES]`.

Given a folder that holds the npm packages adaptivecards, adaptivecards-templating and adaptive-expressions,
the real renderer draws each sample in a headless Chromium, as a browser does that shows a build.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from build_image.card import image_summary
from databricks_train.telling.card import training_summary
from drone_plugin import Build, Summary, read_build
from kit.findings import sample_findings
from kit.paths import ROOT
from model_chain import ImageRecord, ModelVersion, TrainingRecord, written_by
from secret_scan.card import scan_summary
from secret_scan.output.result import Scanned, result

CARDS = ROOT / "docs" / "cards"
TEMPLATE = CARDS / "summary.json"
_EXPAND = """
const {Template} = require("adaptivecards-templating");
const [template, data] = process.argv.slice(1).map((text) => JSON.parse(text));
console.log(JSON.stringify(new Template(template).expand({$root: data})));
"""
_STYLE = "margin: 0; width: 640px; font-family: 'DejaVu Sans', sans-serif"
_RENDER = """
const card = new AdaptiveCards.AdaptiveCard();
card.hostConfig = new AdaptiveCards.HostConfig({fontFamily: "DejaVu Sans, sans-serif"});
card.parse(EXPANDED);
document.body.appendChild(card.render());
"""


def _build() -> Build:
    return read_build(
        {
            "DRONE": "true",
            "DRONE_BUILD_EVENT": "push",
            "DRONE_BUILD_NUMBER": "7",
            "DRONE_BUILD_LINK": "https://ci.example.com/team/digits/7",
            "DRONE_REPO": "team/digits",
            "DRONE_COMMIT_SHA": "2fd59f6f279b464b9a6a08e1618ab815b519b594",
            "DRONE_COMMIT_MESSAGE": "Use a smaller learning rate [train]",
        }
    )


def samples() -> Mapping[str, Summary]:
    """What the plugins would show, by the name of the sample."""
    build = _build()
    image = ImageRecord(
        writer=written_by(build, "build-image"),
        repository="registry.example.com/team/digits",
        digest=f"sha256:{'0123456789abcdef' * 4}",
        tags=(build.commit.sha, "latest"),
    )
    host = "https://acme.cloud.databricks.com"
    training = TrainingRecord(
        writer=written_by(build, "databricks-train"),
        result="SUCCESS",
        image=image.reference,
        databricks_host=host,
        databricks_run_id=12,
        databricks_run_url=f"{host}/jobs/runs/12",
        tracking_uri="databricks",
        experiment_id="3",
        mlflow_run_id="f00d",
        mlflow_run_url=f"{host}/ml/experiments/3/runs/f00d",
        metrics={"accuracy": 0.9731, "loss": 0.0824},
        models=(ModelVersion(name="main.vision.digits", version="4"),),
    )
    scanned = Scanned("3 commits pushed to main, 5d41402a..2fd59f6f", 21, 214_000, "0.4 s")
    findings = result(sample_findings(build.commit.sha), scanned, None)
    return {
        "findings": scan_summary(build, findings, failed=True),
        "image": image_summary(build, image),
        "training": training_summary(build, training),
    }


def sample_text(summary: Summary) -> str:
    """A sample as it stands in the repository."""
    return json.dumps(summary.data(), indent=2, ensure_ascii=False) + "\n"


def expanded(data: str, node_modules: Path) -> str:
    """The template filled with `data` by the real engine: an Adaptive Card."""
    command = ["node", "--eval", _EXPAND, "--", TEMPLATE.read_text(encoding="utf-8"), data]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=node_modules.parent).stdout


def _draw(data: str, target: Path, height: int, node_modules: Path) -> None:
    script = (node_modules / "adaptivecards/dist/adaptivecards.min.js").resolve().as_uri()
    render = _RENDER.replace("EXPANDED", expanded(data, node_modules).replace("</", "<\\/"))
    head = f'<!doctype html><meta charset="utf-8"><body style="{_STYLE}"><script src="{script}"></script>'
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "card.html"
        page.write_text(f"{head}<script>{render}</script>", encoding="utf-8")
        size = [f"--window-size=640,{height}", f"--screenshot={target}"]
        subprocess.run([*browser, *size, page.as_uri()], check=True, capture_output=True)


def main() -> None:
    """Write the samples and, where the renderer is, the pictures."""
    (CARDS / "samples").mkdir(exist_ok=True)
    for name, summary in samples().items():
        text = sample_text(summary)
        (CARDS / "samples" / f"{name}.json").write_text(text, encoding="utf-8")
        if len(sys.argv) > 1:
            rows = len(summary.facts) + len(summary.rows) + bool(summary.rows)
            _draw(text, CARDS / f"{name}.png", 48 + 24 * rows, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
