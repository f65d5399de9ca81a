"""What Drone reads out of the name of a tag."""

import re

_PARTS = 3
_NUMBER = re.compile(r"[-+]?[0-9]+")


def version_variables(tag: str) -> dict[str, str]:
    """`DRONE_SEMVER*` and, for tags that begin with a year, `DRONE_CALVER*`."""
    version = tag.removeprefix("v")
    return _semver(version) | _calver(version)


def _semver(version: str) -> dict[str, str]:
    rest, _, build = version.partition("+")
    numbers, _, prerelease = rest.partition("-")
    parts = numbers.split(".", 2)
    if len(parts) < _PARTS:
        return {"DRONE_SEMVER_ERROR": f"{numbers} is not in dotted-tri format"}
    wrong = next((part for part in parts if not _NUMBER.fullmatch(part)), None)
    if wrong is not None:
        return {"DRONE_SEMVER_ERROR": f'strconv.ParseInt: parsing "{wrong}": invalid syntax'}
    major, minor, patch = (str(int(part)) for part in parts)
    short = f"{major}.{minor}.{patch}"
    return {
        "DRONE_SEMVER": short + (f"-{prerelease}" if prerelease else "") + (f"+{build}" if build else ""),
        "DRONE_SEMVER_MAJOR": major,
        "DRONE_SEMVER_MINOR": minor,
        "DRONE_SEMVER_PATCH": patch,
        "DRONE_SEMVER_PRERELEASE": prerelease,
        "DRONE_SEMVER_BUILD": build,
        "DRONE_SEMVER_SHORT": short,
    }


def _calver(version: str) -> dict[str, str]:
    parts = version.split(".", 2)
    if len(parts) == 1 or not all(_NUMBER.fullmatch(part) for part in parts[:2]) or not _is_year(parts[0]):
        return {}
    major, minor, rest = *parts[:2], parts[2] if parts[2:] else ""
    micro, _, modifier = rest.partition("-")
    short = f"{major}.{minor}" + (f".{micro}" if micro else "")
    return {
        "DRONE_CALVER": short + (f"-{modifier}" if modifier else ""),
        "DRONE_CALVER_MAJOR_MINOR": f"{major}.{minor}",
        "DRONE_CALVER_MAJOR": major,
        "DRONE_CALVER_MINOR": minor,
        "DRONE_CALVER_MICRO": micro,
        "DRONE_CALVER_MODIFIER": modifier,
        "DRONE_CALVER_SHORT": short,
    }


def _is_year(text: str) -> bool:
    year = int(text)
    return year in range(19, 100) or year in range(2019, 9999)  # where Drone draws the line
