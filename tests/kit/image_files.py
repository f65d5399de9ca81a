import io
import tarfile
from collections.abc import Mapping

from kit.engine import Engine


def plugin_files(engine: Engine, image: str) -> Mapping[str, bytes]:
    """The regular files of an image below /opt/plugin, by their path below it; nothing is run."""
    container = engine.client().containers.create(image)
    try:
        stream, _ = container.get_archive("/opt/plugin")
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            return {
                member.name.removeprefix("plugin/"): content.read()
                for member in archive
                if member.isreg() and (content := archive.extractfile(member)) is not None
            }
    finally:
        container.remove(force=True)
