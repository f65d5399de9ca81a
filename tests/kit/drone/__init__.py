"""Drone's docker runner, re-stated: a `.drone.yml` becomes environments and containers."""
