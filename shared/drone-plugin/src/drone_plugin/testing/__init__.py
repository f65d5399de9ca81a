"""For tests of plugins: what a runner makes of a step, re-stated, and a step run by it.

`pip install drone-plugin[testing]`. The library itself never imports this package.

`encode` turns `settings:` into variables as three runners do, `vectors` are recorded cases of that; `build`
makes builds for every event, `metadata` and `environment` the variables that a step of one gets.
"""
