import pytest

from build_image.buildkit.classic import ClassicSteps
from build_image.buildkit.progress import Event, Finding, Output, Transfer, Vertex, decode_status
from build_image.buildkit.protobuf import bytes_field, message_field, number_field, text_field


def timestamp(seconds: int, nanos: int = 0) -> bytes:
    return number_field(1, seconds) + number_field(2, nanos)


def test_a_status_is_the_states_of_steps_then_of_transfers_then_output() -> None:
    vertex = text_field(1, "sha256:1") + text_field(3, "[1/2] RUN make")
    run = vertex + message_field(5, timestamp(100, 500_000_000)) + message_field(6, timestamp(103))
    failed = vertex + number_field(4, 1) + text_field(7, "exit code: 1")
    transfer = (
        text_field(1, "extracting") + text_field(2, "sha256:1") + number_field(4, 3) + number_field(5, 9)
    )
    done = message_field(8, timestamp(1))
    log = text_field(1, "sha256:1") + number_field(3, 2) + bytes_field(4, b"no \xff")
    warning = (
        text_field(1, "sha256:1") + text_field(3, "short") + text_field(4, "long") + text_field(5, "url")
    )
    message = b"".join(
        [
            message_field(3, log),
            message_field(4, warning),
            *(message_field(1, state) for state in (vertex, run, failed)),
            *(message_field(2, state) for state in (transfer, transfer + done)),
        ]
    )

    events = list(decode_status(message))

    assert events == [
        Vertex("sha256:1", "[1/2] RUN make"),
        Vertex("sha256:1", "[1/2] RUN make", 100.5, 103.0),
        Vertex("sha256:1", "[1/2] RUN make", is_cached=True, error="exit code: 1"),
        Transfer("sha256:1", "extracting", 3, 9),
        Transfer("sha256:1", "extracting", 3, 9, is_completed=True),
        Output("sha256:1", b"no \xff", is_error=True),
        Finding("sha256:1", "short", ("long",), "url"),
    ]


@pytest.mark.parametrize(
    ("vertex", "seconds"),
    [
        (Vertex("", ""), 0),
        (Vertex("", "", 5.0), 0),
        (Vertex("", "", 5.0, 7.5), 2.5),
        (Vertex("", "", 5.0, 4.9), 0),
    ],
)
def test_a_step_took_no_time_until_it_is_completed(vertex: Vertex, seconds: float) -> None:
    assert vertex.seconds == seconds


def test_the_classic_builders_text_becomes_the_same_events() -> None:
    times = iter(range(100))
    steps = ClassicSteps(lambda: float(next(times)))
    text = [
        "Step 1/3 : FROM scratch\n",
        " ---> \n",
        "Step 2/3 : COPY . /src\n",
        " ---> Using cache\n",
        " ---> 0123456789ab\n",
        "Step 3/3 : RUN make\n",
        " ---> Running in 0123456789ab\n",
        "cc -c x.c\n",
        "Removing intermediate container 0123456789ab\n",
        "Successfully built 0123456789ab\n",
    ]

    events: list[Event] = [event for line in text for event in steps.decode(line)]
    events += steps.end()

    assert events == [
        Vertex("1/3", "[1/3] FROM scratch", 0.0),
        Vertex("1/3", "[1/3] FROM scratch", 0.0, 1.0),
        Vertex("2/3", "[2/3] COPY . /src", 2.0),
        Vertex("2/3", "[2/3] COPY . /src", 2.0, 3.0, is_cached=True),
        Vertex("3/3", "[3/3] RUN make", 4.0),
        Output("3/3", b"cc -c x.c\n"),
        Vertex("3/3", "[3/3] RUN make", 4.0, 5.0),
    ]


def test_output_of_the_classic_builder_before_its_first_step_is_kept() -> None:
    assert list(ClassicSteps().decode("[Warning] old\n")) == [Output("", b"[Warning] old\n")]
