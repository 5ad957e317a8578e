// A voice agent on LiveKit Agents for Node that says how it is doing. What counts
// what is in metrics.ts; here is how the two are wired. README.md explains both.

import { type JobContext, ServerOptions, cli, defineAgent, inference, voice } from '@livekit/agents';
import { fileURLToPath } from 'node:url';
import { WorkerMetrics, watch, workerIsConnected } from './metrics.js';

/**
 * How long after speech a transcript may take, in milliseconds. Without it the SDK
 * does not say that one is missing, and a deaf recognizer looks like a quiet caller.
 */
export const TRANSCRIPT_LIMIT_MS = 3000;

/** Answers one call, and tells the worker how that went. It runs in the job's process. */
export async function answer(ctx: JobContext, session: voice.AgentSession, agent: voice.Agent, greeting: string): Promise<void> {
  ctx.addShutdownCallback(watch(session, ctx.room));
  await session.start({ agent, room: ctx.room });
  await ctx.connect();
  session.say(greeting);
}

/** Starts the worker of an agent's file. It runs once, and the jobs are its children. */
export async function work(agentFile: string, options: Partial<ServerOptions> = {}): Promise<void> {
  const healthPort = portFrom('AGENT_HEALTH_PORT', 8081);
  const metrics = new WorkerMetrics(() => workerIsConnected(healthPort));
  const port = await metrics.listen(portFrom('AGENT_METRICS_PORT', 9464), process.env['AGENT_METRICS_HOST'] ?? '0.0.0.0');
  console.error(`metrics are at port ${port}, /metrics`);
  cli.runApp(new ServerOptions({ ...options, agent: agentFile, port: healthPort }));
}

function portFrom(variable: string, otherwise: number): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return otherwise;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`${variable}=${text} is no port: use 1 to 65535`);
  return port;
}

export default defineAgent({
  entry: async (ctx) => {
    const session = new voice.AgentSession({
      stt: new inference.STT({ model: 'deepgram/nova-3', language: 'en' }),
      llm: new inference.LLM({ model: 'openai/gpt-4.1-mini' }),
      tts: new inference.TTS({ model: 'cartesia/sonic-3' }),
      transcriptionTimeout: TRANSCRIPT_LIMIT_MS,
    });
    await answer(ctx, session, new voice.Agent({ instructions: 'You are a helpful voice assistant.' }), 'Hello, how can I help you?');
  },
});

// Jobs load this file, too: only the worker may listen.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  work(fileURLToPath(import.meta.url)).catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
}
