"""A voice agent on LiveKit Agents for Python that says how it is doing. What counts
what is in agent_metrics.py; here is how the two are wired. README.md explains both.
"""

from __future__ import annotations

import os

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli, inference

from agent_metrics import REPLY_LIMIT_SECONDS, WorkerMetrics, watch

# How long after speech a transcript may take, in seconds. Without it the SDK does
# not say that one is missing, and a deaf recognizer looks like a quiet caller.
TRANSCRIPT_LIMIT_SECONDS = 3.0

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """Answers one call, and tells the worker how that went. It runs in the job's process."""
    session: AgentSession = AgentSession(
        stt=inference.STT("deepgram/nova-3", language="en"),
        llm=inference.LLM("openai/gpt-4.1-mini"),
        tts=inference.TTS("cartesia/sonic-3"),
        transcription_timeout=TRANSCRIPT_LIMIT_SECONDS,
    )
    ctx.add_shutdown_callback(watch(session, ctx.room, setting("AGENT_REPLY_LIMIT_SECONDS", int(REPLY_LIMIT_SECONDS), 60)))
    await session.start(agent=Agent(instructions="You are a helpful voice assistant."), room=ctx.room)
    session.say("Hello, how can I help you?")


def setting(variable: str, otherwise: int, most: int) -> int:
    """Reads a whole number from 1 on from the environment."""
    text = os.environ.get(variable) or str(otherwise)
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise SystemExit(f"{variable}={text}: use a whole number from 1 to {most}")
    return int(text)


def work() -> None:
    """Starts the worker. It runs once, and the jobs are its children."""
    registered = False

    @server.on("worker_registered")
    def _registered(*_: object) -> None:
        nonlocal registered
        registered = True

    # The SDK does not say publicly that it lost the room server and tries again.
    metrics = WorkerMetrics(lambda: registered and not getattr(server, "_connecting", False))
    metrics.listen(setting("AGENT_METRICS_PORT", 9464, 65535), os.environ.get("AGENT_METRICS_HOST") or "0.0.0.0")
    cli.run_app(server)


# Jobs import this file, too: only the worker may listen.
if __name__ == "__main__":
    work()
