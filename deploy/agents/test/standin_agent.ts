// The agent of agent.ts with stand-ins for its models, for the test that calls it.
// The metadata of a call's dispatch says what goes wrong in it.

import { defineAgent, voice } from '@livekit/agents';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TRANSCRIPT_LIMIT_MS, answer, work } from '../agent.js';
import { Recognizer, Thinker, Voice } from './standins.js';

/** How long the language model takes when nothing is wrong. */
const THINKING_MS = 200;

const troubles: Record<string, () => Promise<void>> = {
  none: async () => void (await delay(THINKING_MS)),
  llm_fails: async () => {
    throw new Error('the model is gone');
  },
  job_dies: async () => void process.kill(process.pid, 'SIGKILL'),
};

export default defineAgent({
  entry: async (ctx) => {
    const trouble = ctx.job.metadata || 'none';
    const said = process.env['STANDIN_HEARS'] ?? '';
    const session = new voice.AgentSession({
      stt: new Recognizer(trouble === 'deaf' ? '' : said, trouble === 'stt_fails' ? 'the recognizer is gone' : undefined),
      llm: new Thinker('Yes.', troubles[trouble] ?? troubles['none']!),
      tts: new Voice(process.env['STANDIN_VOICE'] ?? ''),
      transcriptionTimeout: TRANSCRIPT_LIMIT_MS,
    });
    await answer(ctx, session, new voice.Agent({ instructions: 'Stand in.' }), 'Hello.');
  },
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // A machine that runs tests is busy, and a busy worker gets no calls.
  await work(fileURLToPath(import.meta.url), { loadFunc: async () => 0, numIdleProcesses: 3, initializeProcessTimeout: 60_000 });
}
