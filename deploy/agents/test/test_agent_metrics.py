"""Run with: python3 -m unittest discover -s deploy/agents/test"""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import socket
import stat
import sys
import time
import unittest
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from agent_metrics import BUCKETS, SOCKET, Meter, WorkerMetrics, listen, watch  # noqa: E402


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.timers: list[list[Any]] = []

    def after(self, seconds: float, run: Any) -> Any:
        timer = [self.time + seconds, run]
        self.timers.append(timer)
        return lambda: self.timers.remove(timer) if timer in self.timers else None

    def move(self, seconds: float) -> None:
        self.time += seconds
        for timer in [t for t in self.timers if t[0] <= self.time]:
            self.timers.remove(timer)
            timer[1]()


class AMeter(unittest.TestCase):
    def test_cases(self) -> None:
        cases = json.loads((HERE / "cases.json").read_text())
        self.assertGreater(len(cases), 15)
        for case in cases:
            with self.subTest(case["rule"]):
                self.assertEqual(self.outcome(case["steps"]), case["want"])

    def outcome(self, steps: list[list[Any]]) -> list[str]:
        clock, got = Hands(), []
        meter = Meter(lambda event, seconds=None: got.append(event if seconds is None else f"{event} {seconds:.1f}"), 3, lambda: clock.time, clock.after)

        def says(seconds: float) -> None:
            ended = clock.time
            meter.caller_state("speaking")
            meter.caller_state("listening")
            meter.transcribed()
            clock.move(seconds)
            meter.asked(ended)

        happens: dict[str, Any] = {
            "move": clock.move,
            "says": says,
            "askedIn": lambda seconds: meter.asked(clock.time + seconds),
            "asked": lambda: meter.asked(None),
            "agentState": meter.agent_state,
            "callerState": meter.caller_state,
            "transcribed": meter.transcribed,
            "untranscribed": meter.untranscribed,
            "recognizerFailed": meter.recognizer_failed,
            "closed": meter.closed,
        }
        for what, *value in steps:
            happens[what](*value)
        return got


def tell(event: str, seconds: float | None = None) -> bytes:
    return json.dumps({"event": event, "caller": "callprobe"} | ({} if seconds is None else {"seconds": seconds})).encode() + b"\n"


class AWorker(unittest.TestCase):
    def setUp(self) -> None:
        self.connected = True
        self.metrics = WorkerMetrics(lambda: self.connected)
        self.path = self.metrics.listen_to_jobs()

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    def becomes(self, want: float, name: str, **labels: str) -> None:
        deadline = time.monotonic() + 10
        while self.value(name, **labels) != want and time.monotonic() < deadline:
            os.sched_yield()
        self.assertEqual(self.value(name, **labels), want, f"{name} {labels}")

    def job(self, *lines: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as job:
            job.connect(self.path)
            job.sendall(b"".join(lines))

    def requests(self, want: float, status: str) -> None:
        self.becomes(want, "agent_requests_total", caller="callprobe", status=status)

    def test_every_series_is_at_zero_before_the_first_call(self) -> None:
        for caller in ("callprobe", "other"):
            for status in ("success", "error"):
                self.assertEqual(self.value("agent_requests_total", caller=caller, status=status), 0)
            for name in ("agent_response_seconds_count", "stt_transcription_requests_total", "stt_transcription_errors_total"):
                self.assertEqual(self.value(name, caller=caller), 0)

    def test_it_is_active_while_the_room_server_is_connected(self) -> None:
        self.assertEqual(self.value("agent_workers_active"), 1)
        self.connected = False
        self.assertEqual(self.value("agent_workers_active"), 0)

    def test_it_counts_what_jobs_tell_and_keeps_it_when_they_are_gone(self) -> None:
        for _ in range(3):
            self.job(tell("heard"), tell("answered", 0.7), tell("unheard"), tell("failed"), tell("late", 4), tell("ended"))
        self.becomes(6, "agent_response_seconds_count", caller="callprobe")
        self.requests(3, "success")
        self.requests(3, "error")
        self.becomes(3, "agent_response_seconds_bucket", caller="callprobe", le="0.7")
        self.becomes(6, "stt_transcription_requests_total", caller="callprobe")
        self.becomes(3, "stt_transcription_errors_total", caller="callprobe")

    def test_a_job_that_dies_on_its_caller_is_an_error_once(self) -> None:
        self.job(tell("began"))
        self.requests(1, "error")
        self.job(tell("began"), tell("failed"))
        self.requests(2, "error")
        self.job(tell("began"), tell("failed"), tell("answered", 1))
        self.requests(1, "success")
        self.requests(4, "error")
        self.job(tell("began"), tell("answered", 1), tell("ended"))
        self.requests(2, "success")
        self.requests(4, "error")

    def test_no_series_is_made_of_what_a_job_must_not_say(self) -> None:
        bad = [b'{"event":"answered","caller":"room-17"}', b'{"event":"answered","caller":"callprobe","seconds":-1}', b"null", b"no json", b"{}", b'{"event":"strange","caller":"callprobe"}', b"\xff"]
        self.job(b"\n".join(bad) + b"\n", tell("answered", 1), tell("ended"))
        self.requests(1, "success")
        self.becomes(1, "agent_response_seconds_count", caller="callprobe")

    def test_a_line_that_does_not_end_ends_the_job(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as job:
            job.connect(self.path)
            job.settimeout(10)
            job.sendall(b"x" * 5000)
            try:
                self.assertEqual(job.recv(1), b"")
            except ConnectionResetError:
                pass

    def test_nobody_else_may_speak(self) -> None:
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.path)).st_mode) & 0o077, 0)

    def test_it_serves_what_it_counts_and_says_when_a_port_is_taken(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.metrics.listen(port, "127.0.0.1")
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        self.assertIn('agent_requests_total{caller="callprobe",status="error"} 0.0', text)
        self.assertEqual(text.count('agent_response_seconds_bucket{caller="other"'), len(BUCKETS) + 1)
        with self.assertRaisesRegex(RuntimeError, "AGENT_METRICS_PORT"):
            WorkerMetrics(lambda: True).listen(port, "127.0.0.1")


class Session:
    """What emits a session's events."""

    def __init__(self) -> None:
        self.listeners: dict[str, Any] = {}

    def on(self, event: str, run: Any) -> None:
        self.listeners[event] = run

    def emit(self, event: str, **fields: Any) -> None:
        self.listeners[event](SimpleNamespace(**fields))


class ASession(unittest.TestCase):
    def test_its_events_have_the_names_of_the_sdk(self) -> None:
        session, got = Session(), []
        listen(session, Meter(lambda event, seconds=None: got.append(event), after=lambda seconds, run: lambda: None))
        asked = SimpleNamespace(type="message", role="user", metrics={"stopped_speaking_at": time.time() - 0.5})
        session.emit("user_state_changed", new_state="speaking")
        session.emit("user_input_transcribed", is_final=False, transcript="what")
        session.emit("user_input_transcribed", is_final=True, transcript=" ")
        session.emit("user_input_transcribed", is_final=True, transcript="what are")
        session.emit("user_state_changed", new_state="listening")
        session.emit("conversation_item_added", item=SimpleNamespace(type="agent_handoff"))
        session.emit("conversation_item_added", item=asked)
        session.emit("agent_state_changed", new_state="speaking")
        session.emit("user_state_changed", new_state="speaking")
        session.emit("agent_state_changed", new_state="listening")
        session.emit("error", error=SimpleNamespace(type="stt_error", recoverable=True))
        session.emit("error", error=SimpleNamespace(type="llm_error", recoverable=False))
        session.emit("error", error=SimpleNamespace(type="stt_error", recoverable=False))
        session.emit("user_transcription_timeout", speech_duration=1.5)
        session.emit("close", reason=SimpleNamespace(value="error"))
        self.assertEqual(got, ["began", "heard", "answered", "unheard", "ended"])

    def test_the_worker_is_told_who_called_and_everything_before_the_job_ends(self) -> None:
        worker = AWorker()
        worker.setUp()

        async def calls() -> None:
            for attributes in ({"callprobe.synthetic": "true"}, {}):
                session = Session()
                room = SimpleNamespace(remote_participants={"caller": SimpleNamespace(attributes=attributes)})
                done = watch(session, room)
                session.emit("user_state_changed", new_state="speaking")
                room.remote_participants = {}
                session.emit("user_input_transcribed", is_final=True, transcript="hello")
                session.emit("close", reason="participant_disconnected")
                await done()

        asyncio.run(calls())
        for caller in ("callprobe", "other"):
            worker.becomes(1, "stt_transcription_requests_total", caller=caller)
            worker.becomes(0, "agent_requests_total", caller=caller, status="error")

    def test_it_goes_on_when_there_is_no_worker_to_tell(self) -> None:
        for path in ("", "/nowhere/jobs.sock"):
            os.environ[SOCKET] = path
            session = Session()
            with self.assertLogs("agent-metrics", "WARNING"):
                done = watch(session, SimpleNamespace(remote_participants={}))
                session.emit("close", reason="error")
            asyncio.run(done())


if __name__ == "__main__":
    unittest.main()
