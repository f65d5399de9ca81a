"""For tests of plugins: what a runner makes of a step, re-stated, and a step run by it.

`pip install drone-plugin[testing]`. The library itself never imports this package.

Its fixtures for pytest are `drone_step`, which runs a plugin as a step (`step`, `outcome`, `clock`), and
`drone_image`, which does so with an image (`image`). Below them, `encode`
turns `settings:` into variables as three runners do, and `vectors` are recorded cases of that; `events` and
`build` make builds of every event, `variables` all that a step of one gets.
"""
