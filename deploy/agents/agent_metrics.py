"""What a LiveKit agent says of its own calls, under the names that callprobe uses
for what callers hear. README.md says what counts as what.

A worker runs every call in a process of its own, which ends with the call. So
nothing is counted there: jobs tell the worker what happened, over a socket that
only its user can open, and the worker counts and serves. That way no count is lost
with a process, and a process that dies in a call is an error of the agent, although
it cannot say so itself. prometheus_client's multiprocess mode would leave two files
for every call ever made, and each scrape would read them all.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import os
import shutil
import socket
import socketserver
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

logger = logging.getLogger("agent-metrics")

# Buckets of agent_response_seconds: callprobe's, so that quantiles compare.
BUCKETS = (
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6.5, 8, 10, 13, 20, 30,
)  # fmt: skip

# Who calls: callprobe, or anybody else.
CALLERS = ("callprobe", "other")

# The attribute that callprobe puts on its caller.
SYNTHETIC = "callprobe.synthetic"

# The variable of the environment by which jobs find the worker's socket.
SOCKET = "AGENT_METRICS_SOCKET"

# What a job may tell, one line of JSON each. began: somebody speaks in the call.
# answered, failed: what became of a caller's turn. late: an answer came after its
# turn had failed. heard, unheard: a stretch of speech was transcribed, or was not.
# ended: the call is over, so that a job which ends without it has died on its caller.
EVENTS = ("began", "answered", "failed", "late", "heard", "unheard", "ended")

# The longest line that a job may send, in bytes.
LONGEST_LINE = 1024

# What callprobe's scenarios allow for an answer unless they say otherwise.
REPLY_LIMIT_SECONDS = 3.0

# An answer later than this answers something else.
LATEST_SECONDS = 30.0

# Shorter sounds may be a cough, which has no transcript.
SHORTEST_SPEECH_SECONDS = 0.5


class WorkerMetrics:
    """The worker's half: it counts, and serves what it has counted."""

    def __init__(self, connected: Callable[[], bool]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "agent_requests_total",
            "Turns of callers, by whether the agent began to answer in time (success) or did not (error), as the agent sees it.",
            ["caller", "status"],
            registry=self.registry,
        )
        self._response = Histogram(
            "agent_response_seconds",
            "From the end of the caller's last word, as the agent's voice activity detection places it, to the agent's first frame of audio leaving, late answers too.",
            ["caller"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._stt_requests = Counter(
            "stt_transcription_requests_total",
            "Stretches of speech of which the agent expected a transcript.",
            ["caller"],
            registry=self.registry,
        )
        self._stt_errors = Counter(
            "stt_transcription_errors_total",
            "Stretches of speech of which no transcript came. Whether a transcript is right the agent cannot know.",
            ["caller"],
            registry=self.registry,
        )
        Gauge(
            "agent_workers_active",
            "Whether this worker is connected to the room server: 1 or 0. One that is full is connected, too.",
            registry=self.registry,
        ).set_function(lambda: 1 if connected() else 0)
        for caller in CALLERS:
            for status in ("success", "error"):
                self._requests.labels(caller, status)
            self._response.labels(caller)
            self._stt_requests.labels(caller)
            self._stt_errors.labels(caller)

    def listen(self, port: int, host: str) -> None:
        """Serves metrics, and lets the jobs that are started from now on find the worker.

        Call it once, before the worker starts, and never while a module is imported:
        every job imports the agent's module anew.
        """
        try:
            start_http_server(port, host, self.registry)
        except OSError as error:
            raise RuntimeError(f"serve metrics on {host}:{port}: {error}; set AGENT_METRICS_PORT to a free port") from error
        self.listen_to_jobs()

    def listen_to_jobs(self) -> str:
        folder = tempfile.mkdtemp(prefix="agent-metrics-")
        path = os.path.join(folder, "jobs.sock")
        worker = os.getpid()
        # A job is a fork, and must not tidy up behind its worker.
        atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == worker else None)
        count = self._follow

        class Job(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                count(self.rfile)

        server = socketserver.ThreadingUnixStreamServer(path, Job)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="agent-metrics", daemon=True).start()
        os.environ[SOCKET] = path
        return path

    def _follow(self, lines: Any) -> None:
        """Counts what a job tells until it ends."""
        caller, failed, ended = "other", False, False
        for event, caller, seconds in _messages(lines):
            if seconds is not None:
                self._response.labels(caller).observe(seconds)
            if event == "answered":
                failed = False
                self._requests.labels(caller, "success").inc()
            elif event == "failed":
                failed = True
                self._requests.labels(caller, "error").inc()
            elif event in ("heard", "unheard"):
                if event == "unheard":
                    self._stt_errors.labels(caller).inc()
                self._stt_requests.labels(caller).inc()
            elif event == "ended":
                ended = True
        # A turn that failed is the call's one error.
        if not ended and not failed:
            self._requests.labels(caller, "error").inc()


def _messages(lines: Any) -> Iterator[tuple[str, str, float | None]]:
    """Reads what a job says until it is gone, or says a line that does not end."""
    try:
        while (line := lines.readline(LONGEST_LINE + 1)) and len(line) <= LONGEST_LINE:
            if message := _parse(line):
                yield message
    except OSError:
        return


def _parse(line: bytes) -> tuple[str, str, float | None] | None:
    """Reads a line; None when it is none of ours."""
    try:
        message = json.loads(line)
        event, caller, seconds = message["event"], message["caller"], message.get("seconds")
        known = event in EVENTS and caller in CALLERS and (seconds is None or 0 < float(seconds) < float("inf"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return (event, caller, seconds) if known else None


class Meter:
    """The job's half: it makes messages of one call's events. Times are in seconds."""

    def __init__(
        self,
        send: Callable[[str, float | None], None],
        limit: float = REPLY_LIMIT_SECONDS,
        now: Callable[[], float] = time.time,
        after: Callable[[float, Callable[[], None]], Callable[[], None]] | None = None,
    ) -> None:
        self._send, self._limit, self._now = send, limit, now
        self._after = after or (lambda seconds, run: asyncio.get_running_loop().call_later(seconds, run).cancel)
        self._turn: _Turn | None = None
        self._began = self._caller_speaks = self._caller_spoke = self._agent_speaks = False
        # A stretch of speech whose transcript is awaited; one that is "over" began while
        # the agent spoke, when words may be left out on purpose.
        self._speech = "none"

    def asked(self, ended: float | None) -> None:
        """The caller's turn is over; ended is when the last word was, since 1970."""
        if ended is None and not self._caller_spoke:
            return  # It was typed.
        self._caller_spoke = False
        self._drop()
        left = self._limit - (0 if ended is None else self._now() - ended)
        self._turn = _Turn(ended)
        self._turn.cancel = self._after(max(left, 0), self._overdue)

    def agent_state(self, state: str) -> None:
        self._agent_speaks = state == "speaking"
        turn = self._turn
        if not self._agent_speaks or turn is None:
            return
        self._drop()
        took = None if turn.ended is None else self._now() - turn.ended
        seconds = took if took is not None and 0 < took <= LATEST_SECONDS else None
        if not turn.failed:
            self._send("answered", seconds)
        elif seconds is not None:
            self._send("late", seconds)

    def caller_state(self, state: str) -> None:
        self._caller_speaks = state == "speaking"
        if not self._caller_speaks:
            return
        if not self._began:
            self._send("began", None)
        self._began = self._caller_spoke = True
        if self._speech == "none":
            self._speech = "over" if self._agent_speaks else "clear"

    def transcribed(self) -> None:
        if self._speech != "none":
            self._speech = "none"
            self._send("heard", None)

    def untranscribed(self, seconds: float) -> None:
        """Speech of so many seconds has no transcript."""
        if self._speech == "clear" and seconds >= SHORTEST_SPEECH_SECONDS:
            self._send("unheard", None)
        self._speech = "none"

    def recognizer_failed(self) -> None:
        """The recognizer gave up for good."""
        self._speech = "none"
        self._send("unheard", None)

    def closed(self, reason: str) -> None:
        """The session is over. Whoever still waited was failed, unless the caller hung up."""
        waited = self._turn is not None and not self._turn.failed
        self._drop()
        if waited and reason in ("error", "job_shutdown"):
            self._send("failed", None)
        self._send("ended", None)

    def _overdue(self) -> None:
        if self._turn is None:
            return
        if self._caller_speaks:
            self._drop()  # The caller went on; what counts is the answer to all of it.
            return
        self._turn.failed = True
        self._send("failed", None)

    def _drop(self) -> None:
        """Forgets the turn without a word: it counts neither way, or has counted already."""
        if self._turn is not None:
            self._turn.cancel()
        self._turn = None


class _Turn:
    def __init__(self, ended: float | None) -> None:
        self.ended, self.failed = ended, False
        self.cancel: Callable[[], None] = lambda: None


def watch(session: Any, room: Any, limit: float = REPLY_LIMIT_SECONDS) -> Callable[[], Coroutine[Any, Any, None]]:
    """Tells the worker about the calls of a session. Call what it returns when the
    job shuts down. Nothing here fails a call."""
    teller = _Teller(room)
    listen(session, Meter(teller.tell, limit))

    async def done() -> None:
        teller.close()

    return done


class _Teller:
    def __init__(self, room: Any) -> None:
        self._room, self._caller = room, "other"
        self._socket: socket.socket | None = None
        path = os.environ.get(SOCKET)
        if not path:
            logger.warning("no worker to tell, for %s is not set; this call is not counted", SOCKET)
            return
        try:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.connect(path)
            self._socket.setblocking(False)
        except OSError as error:
            self._give_up(error)

    def tell(self, event: str, seconds: float | None = None) -> None:
        for participant in self._room.remote_participants.values():
            if participant.attributes.get(SYNTHETIC) == "true":
                self._caller = "callprobe"
        if self._socket is None:
            return
        message = {"event": event, "caller": self._caller} | ({} if seconds is None else {"seconds": seconds})
        try:
            # A call has a few lines, far from what a socket holds.
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _give_up(self, error: OSError) -> None:
        logger.warning("tell the worker: %s; this call is not counted from here on", error)
        self.close()


def listen(session: Any, meter: Meter) -> None:
    """Hands the events of a session to a meter."""

    def item(event: Any) -> None:
        if getattr(event.item, "type", None) == "message" and event.item.role == "user":
            meter.asked((event.item.metrics or {}).get("stopped_speaking_at"))

    def transcript(event: Any) -> None:
        if event.is_final and event.transcript.strip():
            meter.transcribed()

    def error(event: Any) -> None:
        if getattr(event.error, "type", None) == "stt_error" and not event.error.recoverable:
            meter.recognizer_failed()

    session.on("conversation_item_added", item)
    session.on("agent_state_changed", lambda event: meter.agent_state(event.new_state))
    session.on("user_state_changed", lambda event: meter.caller_state(event.new_state))
    session.on("user_input_transcribed", transcript)
    session.on("user_transcription_timeout", lambda event: meter.untranscribed(event.speech_duration))
    session.on("error", error)
    session.on("close", lambda event: meter.closed(getattr(event.reason, "value", event.reason)))
