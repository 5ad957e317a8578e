// A voice agent on LiveKit Agents for Node that says how it is doing. What counts
// what is in metrics.ts; here is how the two are wired. README.md explains both.

import { type JobContext, ServerOptions, cli, defineAgent, inference, voice } from '@livekit/agents';
import { fileURLToPath } from 'node:url';
import { REPLY_LIMIT_SECONDS, WorkerMetrics, watch, workerIsConnected } from './metrics.js';

/**
 * How long after speech a transcript may take, in milliseconds. Without it the SDK
 * does not say that one is missing, and a deaf recognizer looks like a quiet caller.
 */
export const TRANSCRIPT_LIMIT_MS = 3000;

/** Answers one call, and tells the worker how that went. It runs in the job's process. */
export async function answer(ctx: JobContext, session: voice.AgentSession, agent: voice.Agent, greeting: string): Promise<void> {
  ctx.addShutdownCallback(watch(session, ctx.room, setting('AGENT_REPLY_LIMIT_SECONDS', REPLY_LIMIT_SECONDS, 60)));
  await session.start({ agent, room: ctx.room });
  await ctx.connect();
  session.say(greeting);
}

/** Starts the worker of an agent's file. It runs once, and the jobs are its children. */
export async function work(agentFile: string, options: Partial<ServerOptions> = {}): Promise<void> {
  const healthPort = setting('AGENT_HEALTH_PORT', 8081, 65535);
  const host = process.env['AGENT_METRICS_HOST'] || '0.0.0.0';
  const metrics = new WorkerMetrics(() => workerIsConnected(healthPort));
  const port = await metrics.listen(setting('AGENT_METRICS_PORT', 9464, 65535), host);
  console.error(`level=INFO msg="Listening on" address=${host}:${port} path=/metrics`);
  cli.runApp(new ServerOptions({ ...options, agent: agentFile, port: healthPort }));
}

/** Reads a whole number from 1 on from the environment. */
function setting(variable: string, otherwise: number, most: number): number {
  const text = process.env[variable] || String(otherwise);
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`${variable}=${text}: use a whole number from 1 to ${most}`);
  return value;
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
