import io
import tarfile
from collections.abc import Mapping

from kit.engine import Engine


def files_below(engine: Engine, image: str, folder: str) -> Mapping[str, bytes]:
    """The regular files of an image below a folder, by their path below it; nothing is run."""
    container = engine.client().containers.create(image, command=["none"])
    try:
        stream, _ = container.get_archive(folder)
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            return {
                member.name.partition("/")[2]: content.read()
                for member in archive
                if member.isreg() and (content := archive.extractfile(member)) is not None
            }
    finally:
        container.remove(force=True)


def plugin_files(engine: Engine, image: str) -> Mapping[str, bytes]:
    """The files of a plugin."""
    return files_below(engine, image, "/opt/plugin")
