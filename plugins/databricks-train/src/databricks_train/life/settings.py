"""When a training is one that was there before, how long the step waits for it, and what ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from drone_plugin import Settings, setting

LONGEST_WAIT = timedelta(days=8)


class FlowSettings(Settings):
    """The life of a run, as seen from a build."""

    run_key: str = setting(
        "",
        "What makes a training the same one again, beside its settings. Unset: the commit; on cron the "
        "commit and the build, because the data have changed.",
        example="2026-11-25",
        max_length=256,
    )
    on_repeat: Literal["reuse", "retrain"] = setting(
        "reuse",
        "What becomes of a training that has succeeded before: `reuse` takes its result, `retrain` trains "
        "again. For one build: the build parameter `TRAIN_REPEAT=retrain`.",
        example="retrain",
    )
    wait: bool = setting(
        default=True,
        description="Wait for the end of the run. `false` ends the step after the submission.",
        example="false",
    )
    attach: bool = setting(
        default=False,
        description="Start nothing: wait for the run that an earlier step or build of this commit (or "
        "`run_key`) has submitted, check `thresholds`, and report.",
        example="true",
    )
    wait_timeout: timedelta = setting(
        timedelta(0),
        "How long the step waits for the run, which it cancels then. Unset: a little longer than `timeout`.",
        example="3h",
        ge=timedelta(0),
        le=LONGEST_WAIT,
    )
    patience: timedelta = setting(
        timedelta(minutes=10),
        "How long Databricks may stay unreachable in a row before the step gives up waiting. The run goes "
        "on.",
        example="30m",
        ge=timedelta(0),
        le=LONGEST_WAIT,
    )
    supersede: bool = setting(
        default=False,
        description="Cancel what earlier pushes to the same branch still train in this step. A "
        "restarted build cancels nothing.",
        example="true",
    )
    retries: int = setting(
        0,
        "How often a run that the cluster or the cloud has failed is tried again; one that failed by its own "
        "fault never is.",
        example="2",
        ge=0,
        le=10,
    )
    repair: bool = setting(
        default=False,
        description="Let a further try of a job of several tasks run only what failed.",
        example="true",
    )
    dry_run: bool = setting(
        default=False,
        description="Submit nothing: print what would be sent, and check all that can be checked without "
        "paying.",
        example="true",
    )
