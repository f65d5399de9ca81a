"""Drone's docker runner, re-stated: a `.drone.yml` becomes environments and containers.

`run.run_pipeline` and `run.run_step` run one and wait for it, `run.start_pipeline` returns at once. What
needs no Docker is in `drone_plugin.testing`: builds, settings, environments.
"""
