"""Drone's docker runner, re-stated: a `.drone.yml` becomes environments and containers.

`run.run_pipeline` and `run.run_step` run one and wait for it, `run.start_pipeline` returns at once; `build`
makes builds for every event; `encode` turns settings into variables for three runners.
"""
