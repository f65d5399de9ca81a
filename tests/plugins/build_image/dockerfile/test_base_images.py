"""Which images a build needs. The table was checked against BuildKit's own converter (dockerfile2llb 0.34)."""

import pytest

from build_image.dockerfile import Dockerfile, external_images
from drone_plugin import JobFailedError, SettingsError

BUILD = "FROM golang AS build\nRUN make\n"


def images(text: str, target: str = "", platform: str = "linux/amd64", **build_args: str) -> tuple[str, ...]:
    """The images of a Dockerfile."""
    return external_images(Dockerfile("Dockerfile", text), build_args, target, platform=platform)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM python:3.11", ["python:3.11"]),
        ("from python:3.11 as train", ["python:3.11"]),
        ("FROM scratch\nCOPY . /", []),
        ("FROM reg.io:5000/a/b@sha256:" + "0" * 64, ["reg.io:5000/a/b@sha256:" + "0" * 64]),
        (BUILD + "FROM alpine\nCOPY --from=build /x /", ["golang", "alpine"]),
        (BUILD + "FROM alpine\nCOPY --from=BUILD /x /", ["golang", "alpine"]),
        (BUILD + "FROM alpine\nCOPY --from=0 /x /", ["golang", "alpine"]),
        (BUILD + "FROM alpine\nCOPY --chown=1:1 --from=nginx:1 /x /", ["alpine", "nginx:1"]),
        (BUILD + "FROM alpine", ["alpine"]),
        (BUILD + "FROM build", ["golang"]),
        (BUILD + "FROM Build", ["golang"]),
        ("FROM 0", ["0"]),
        ("FROM alpine AS alpine\nFROM alpine", ["alpine"]),
        ("FROM a AS x\nFROM b AS x\nFROM x", ["b"]),
        ("FROM a\nRUN --mount=type=bind,from=b,target=/b ls", ["a", "b"]),
        ("FROM a\nRUN --mount=type=cache,target=/c,from=b --mount=FROM=c,target=/d ls", ["a", "b", "c"]),
        ("FROM a\nRUN --mount=type=secret,id=from ls --mount=from=evil", ["a"]),
        ("FROM a\nRUN --mount=from=0,target=/x ls", ["a", "0"]),
        ("FROM a\nCOPY --from=scratch x y", ["a"]),
        ("FROM a\nONBUILD COPY --from=b x y", ["a"]),
        ("# syntax=docker/dockerfile:1\nFROM a", ["docker/dockerfile:1", "a"]),
        ("#syntax = reg.io/f:1\n# escape=`\nFROM a `\n AS b", ["reg.io/f:1", "a"]),
        ("# a comment\n# syntax=docker/dockerfile:1\nFROM a", ["a"]),
        ("FROM --platform=$BUILDPLATFORM a\n", ["a"]),
        ("FROM a-$TARGETARCH", ["a-amd64"]),
        ("FROM a-${TARGETOS}${TARGETVARIANT:--none}", ["a-linux-none"]),
        ("\ufeffFROM a\r\nCOPY --from=b x y\r\n", ["a", "b"]),
        ("FROM \\\n# a comment\n\n  a \\  \n  AS b", ["a"]),
        (
            "FROM a\nRUN cat <<EOF\nFROM evil\nEOF\nCOPY --from=b <<-X <<'Y Z' /\nFROM evil\n\tX\nFROM evil\nY Z",
            ["a", "b"],
        ),
        ('FROM a\nRUN echo "<<EOF"\nCOPY --from=b x y', ["a", "b"]),
        ("FROM a\nRUN echo $((1<<2)) # it's\nCOPY --from=b x y", ["a", "b"]),
        ('FROM a\nRUN ["cat", "<<EOF"]\nCOPY --from=b x y', ["a", "b"]),
        ("FROM a\nLABEL x=<<EOF\nCOPY --from=b x y", ["a", "b"]),
        ("FROM a\nRUN echo \\\\\nCOPY --from=b x y", ["a", "b"]),
    ],
)
def test_every_image_of_others_is_found(text: str, expected: list[str]) -> None:
    assert images(text) == tuple(expected)


@pytest.mark.parametrize(
    ("args", "base", "given", "expected"),
    [
        ("ARG V=3.11", "python:$V", {}, "python:3.11"),
        ("ARG V=3.11", "python:$V", {"V": "3.12"}, "python:3.12"),
        ("ARG V", "python:${V:-3.10}", {}, "python:3.10"),
        ("ARG V", "python:${V:-3.10}", {"V": ""}, "python:3.10"),
        ("ARG V", "python${V-:3.10}", {"V": ""}, "python"),
        ("ARG V", "python${V:+:}$V", {"V": "3.12"}, "python:3.12"),
        ("ARG V", "python${V+:1}", {}, "python"),
        ("ARG V=1 W=${V}.2", "a:$W", {}, "a:1.2"),
        ("ARG V=1\nARG W=$V.2\nARG V=3", "a:$W-$V", {}, "a:1.2-3"),
        ("ARG V='1'", "a$V", {}, "a1"),
        ("ARG V='1 2'", 'a:"${V%?2}"', {}, "a:1"),
        ("ARG V='$X'", "a${V#?}", {}, "aX"),
        ("ARG V=a.b.c", "x:${V%.*}-${V%%.*}-${V#*.}-${V##*.}", {}, "x:a.b-a-b.c-c"),
        ("ARG V=a.b.c", "x:${V/./-}_${V//./-}", {}, "x:a-b.c_a-b-c"),
        ("ARG V=3.11", "python:$W", {"W": "3.12"}, "python:"),
        ("ARG TARGETARCH", "a-$TARGETARCH", {}, "a-amd64"),
        ("ARG TARGETARCH=x", "a-$TARGETARCH", {"TARGETARCH": "y"}, "a-y"),
        ("ARG A=x", "${A:-${B:-${C}}}", {}, "x"),
        ("ARG A", "${A:-${B:-${C:-y}}}", {}, "y"),
        ("# escape=`\nARG A=x", "r`e`g.io/`$A", {}, "reg.io/$A"),
    ],
)
def test_variables_are_expanded_as_the_builder_does_it(
    args: str, base: str, given: dict[str, str], expected: str
) -> None:
    assert images(f"{args}\nFROM {base}\nARG V=after", **given) == (expected,)


@pytest.mark.parametrize(
    ("target", "expected"),
    [("", ("c", "a", "d")), ("one", ("a",)), ("TWO", ("b", "a")), ("0", ("a",)), ("other", ("e",))],
)
def test_only_the_stages_that_the_target_needs_count(target: str, expected: tuple[str, ...]) -> None:
    text = (
        "FROM a AS one\nFROM b AS two\nCOPY --from=one x y\nFROM e AS other\n"
        "FROM c AS last\nCOPY --from=one x y\nRUN --mount=from=d,target=/d ls"
    )
    assert set(images(text, target)) == set(expected)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Dockerfile has no instructions"),
        ("# only a comment\n\n", "Dockerfile has no instructions"),
        ("ARG A=1", "line 1: ends without a FROM"),
        ("RUN true\nFROM a", "line 1: RUN before the first FROM"),
        ("FROM", "line 1: FROM takes an image, or an image, AS and a name"),
        ("FROM a b", "line 1: FROM takes an image, or an image, AS and a name"),
        ("ARG A\n\nFROM $A", 'line 3: the image of FROM, "$A", is empty'),
        ("FROM ${A", 'line 1: "${A" has ${A, which no builder knows'),
        ("FROM ${}", 'line 1: "${}" has a ${ without a name'),
        ("FROM ${A:-b", 'line 1: "${A:-b" has a ${ without its }'),
        ("FROM 'a", "line 1: \"'a\" has a ' that is not closed"),
        ('FROM "a', 'line 1: "\\"a" has a \\" that is not closed'),
        ("FROM ${A:?give A}", "line 1: FROM takes an image"),
        ("FROM ${A:?needed}", 'line 1: "${A:?needed}" wants A: needed'),
        ("FROM a\nCOPY --from=$A x y", 'line 2: from="$A": builders expand no variables there'),
        ("FROM a\nCOPY --from=7 x y", "line 2: from=7: there are 1 stages, from 0 on"),
        ("FROM a\nRUN cat <<EOF\nx", "line 2: the text that <<EOF begins has no line `EOF` at its end"),
        ("# escape=x\nFROM a", r"line 1: `# escape=` takes a \ or a `"),
        ("# escape=`\n# escape=`\nFROM a", "line 2: a second `# escape=`; keep one"),
    ],
)
def test_what_no_builder_takes_is_told_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(JobFailedError) as raised:
        images(text)
    assert problem.replace('\\"', '"') in str(raised.value).replace('\\"', '"')


def test_a_target_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match=r'settings\.target: Dockerfile has no stage "nope"') as raised:
        images("FROM a AS one\nFROM b\nFROM c AS two", "nope")
    assert raised.value.hint == "its stages: one, two"


HOSTILE = {
    "a line of 10 MB": "FROM " + "a" * 10_000_000,
    "a word that doubles": "ARG A0=xx\n"
    + "".join(f"ARG A{n + 1}=$A{n}$A{n}\n" for n in range(200))
    + "FROM $A200",
    "braces in one another": "ARG A=" + "${A:-" * 5000 + "x" + "}" * 5000 + "\nFROM $A",
    "a pattern of wildcards": "ARG A=" + "a" * 250 + "\nARG B=${A//" + "*a" * 100 + "b/}\nFROM $A",
    "a value that is compared": "ARG A=" + "a" * 60000 + "\nFROM ${A//a*/b}",
    "flags without end": "FROM a\nRUN " + "--x " * 16000 + "\n",
    "lines that continue": "FROM a\nRUN " + "\\\n" * 200_000,
    "an unclosed heredoc": "FROM a\nRUN <<EOF\n" + "x\n" * 100_000,
    "heredocs in a line": "FROM a\nRUN " + "<<A " * 15000 + "\n" + "A\n" * 15000,
    "stages in a circle": "FROM a AS b\nCOPY --from=c x y\nFROM b AS c\nCOPY --from=b x y",
    "many stages": "".join(f"FROM s{n - 1} AS s{n}\nCOPY --from=s{n - 1} x y\n" for n in range(1, 8000)),
    "quotes": "FROM a\nRUN <<" + "'\"" * 30000,
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_dockerfile_ends_soon(kind: str) -> None:
    said = ""
    try:
        said = " ".join(images(HOSTILE[kind]))
    except JobFailedError as error:
        said = str(error)
    assert len(said) < 300
