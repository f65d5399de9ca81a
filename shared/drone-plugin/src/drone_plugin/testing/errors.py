class DroneError(Exception):
    """A pipeline that a runner would refuse before any container starts."""


class YamlParseError(DroneError):
    """The text is no YAML, or not the YAML that the runner expects at that place."""


class PipelineError(DroneError):
    """The YAML is sound, but the pipeline that it describes is refused."""
