"""What pre-commit installs of this repository: the scanner and the library below it, from their folders."""

from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent.as_uri()

setup(
    name="secret-scan-hook",
    version="0.1.0",
    python_requires=">=3.11",
    py_modules=[],
    install_requires=[
        f"drone-plugin[http] @ {ROOT}/shared/drone-plugin",
        f"secret-scan @ {ROOT}/plugins/secret-scan",
    ],
)
