import type { voice } from '@livekit/agents';
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { Meter, WorkerMetrics, listen, watch } from '../metrics.js';

/** A clock that stands until it is moved. */
class Hands {
  #now = 1000;
  #timers = new Set<{ at: number; run: () => void }>();
  now = () => this.#now;
  after = (seconds: number, run: () => void) => {
    const timer = { at: this.#now + seconds, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };
  move(seconds: number): void {
    this.#now += seconds;
    for (const timer of this.#timers) {
      if (timer.at <= this.#now) {
        this.#timers.delete(timer);
        timer.run();
      }
    }
  }
}

/** What happens in a call, and what a meter makes of it. The agent in Python has the same. */
const cases: { rule: string; steps: [string, (string | number)?][]; want: string[] }[] = JSON.parse(readFileSync(new URL('../../test/cases.json', import.meta.url), 'utf8'));

describe('a meter', () => {
  for (const { rule, steps, want } of cases) {
    test(rule, () => {
      const clock = new Hands();
      const got: string[] = [];
      const meter = new Meter((event, seconds) => got.push(seconds === undefined ? event : `${event} ${seconds.toFixed(1)}`), 3, clock);
      const happens: Record<string, (value: any) => void> = {
        move: (seconds: number) => clock.move(seconds),
        // The caller speaks and is transcribed, and so much later the agent knows that the turn is over.
        says: (seconds: number) => {
          const ended = clock.now();
          meter.callerState('speaking');
          meter.callerState('listening');
          meter.transcribed();
          clock.move(seconds);
          meter.asked(ended);
        },
        askedIn: (seconds: number) => meter.asked(clock.now() + seconds),
        asked: () => meter.asked(undefined),
        agentState: (state: string) => meter.agentState(state),
        callerState: (state: string) => meter.callerState(state),
        transcribed: () => meter.transcribed(),
        untranscribed: (seconds: number) => meter.untranscribed(seconds),
        recognizerFailed: () => meter.recognizerFailed(),
        closed: (reason: string) => meter.closed(reason),
      };
      for (const [what, value] of steps) happens[what]!(value);
      assert.deepEqual(got, want);
    });
  }
});

/** Serves metrics on a free port for one test. */
async function worker(connected = async () => true) {
  const metrics = new WorkerMetrics(connected);
  const port = await metrics.listen(0, '127.0.0.1');
  return {
    metrics,
    port,
    /** Reads the figures until they are as wanted; a socket takes its time. */
    async becomes(want: Record<string, number>): Promise<void> {
      let got: Record<string, number> = {};
      for (let i = 0; i < 200; i++) {
        got = {};
        const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        for (const line of text.split('\n')) {
          const space = line.lastIndexOf(' ');
          if (line.slice(0, space) in want) got[line.slice(0, space)] = Number(line.slice(space + 1));
        }
        if (Object.entries(want).every(([series, value]) => got[series] === value)) return;
      }
      assert.deepEqual(got, want);
    },
  };
}

/** Connects as a job does, and says lines. */
async function job(...lines: string[]) {
  const socket = createConnection(process.env['AGENT_METRICS_SOCKET']!);
  await once(socket, 'connect');
  if (lines.length > 0) socket.write(lines.map((line) => `${line}\n`).join(''));
  return socket;
}

const success = 'agent_requests_total{caller="callprobe",status="success"}';
const failure = 'agent_requests_total{caller="callprobe",status="error"}';
const tell = (event: string, seconds?: number) => JSON.stringify({ event, caller: 'callprobe', seconds });

describe('a worker', () => {
  test('has every series at zero before the first call', async () => {
    const { metrics, becomes } = await worker();
    const want: Record<string, number> = { agent_workers_active: 1 };
    for (const caller of ['callprobe', 'other']) {
      for (const status of ['success', 'error']) want[`agent_requests_total{caller="${caller}",status="${status}"}`] = 0;
      want[`agent_response_seconds_count{caller="${caller}"}`] = 0;
      want[`stt_transcription_requests_total{caller="${caller}"}`] = 0;
      want[`stt_transcription_errors_total{caller="${caller}"}`] = 0;
    }
    await becomes(want);
    metrics.close();
  });

  test('is not active when the room server is not connected', async () => {
    const { metrics, becomes } = await worker(async () => false);
    await becomes({ agent_workers_active: 0 });
    metrics.close();
  });

  test('counts what jobs tell, and keeps it when they are gone', async () => {
    const { metrics, becomes } = await worker();
    for (let i = 0; i < 3; i++) (await job(tell('heard'), tell('answered', 0.7), tell('unheard'), tell('failed'), tell('late', 4), tell('ended'))).end();
    await becomes({
      [success]: 3,
      [failure]: 3,
      'agent_response_seconds_count{caller="callprobe"}': 6,
      'agent_response_seconds_bucket{le="0.7",caller="callprobe"}': 3,
      'agent_response_seconds_bucket{le="0.6",caller="callprobe"}': 0,
      'stt_transcription_requests_total{caller="callprobe"}': 6,
      'stt_transcription_errors_total{caller="callprobe"}': 3,
      'agent_requests_total{caller="other",status="error"}': 0,
    });
    metrics.close();
  });

  test('counts an error for a job that dies on its caller, once', async () => {
    const { metrics, becomes } = await worker();
    (await job(tell('began'))).destroy();
    await becomes({ [failure]: 1 });
    (await job(tell('began'), tell('failed'))).end();
    await becomes({ [failure]: 2 });
    (await job(tell('began'), tell('failed'), tell('answered', 1))).end();
    await becomes({ [failure]: 4, [success]: 1 });
    (await job(tell('began'), tell('ended'))).end();
    await becomes({ [failure]: 4 });
    metrics.close();
  });

  test('makes no series of what a job must not say', async () => {
    const { metrics, becomes, port } = await worker();
    const lines = ['{"event":"answered","caller":"room-17"}', '{"event":"answered","caller":"callprobe","seconds":-1}', 'null', 'no json', '{}'];
    (await job(...lines, '{"event":"strange","caller":"callprobe"}', tell('answered', 1), tell('ended'))).end();
    await becomes({ [success]: 1, [failure]: 0, 'agent_response_seconds_count{caller="callprobe"}': 1 });
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.ok(!text.includes('room-17') && !text.includes('strange'));
    metrics.close();
  });

  test('hangs up on a job whose line does not end', async () => {
    const { metrics } = await worker();
    const socket = await job();
    socket.on('error', () => {});
    socket.write('x'.repeat(5000));
    await once(socket, 'close');
    metrics.close();
  });

  test('listens where nobody else may speak', async () => {
    const { metrics } = await worker();
    assert.equal(statSync(dirname(process.env['AGENT_METRICS_SOCKET']!)).mode & 0o077, 0);
    metrics.close();
  });

  test('says which port is taken, and what to do', async () => {
    const { metrics, port } = await worker();
    await assert.rejects(new WorkerMetrics(async () => true).listen(port, '127.0.0.1'), /serve metrics on 127\.0\.0\.1:\d+: .*AGENT_METRICS_PORT/);
    metrics.close();
  });
});

describe('a session', () => {
  test('is listened to by the names that the SDK gives its events', () => {
    const session = new EventEmitter();
    const got: string[] = [];
    listen(session as unknown as voice.AgentSession, new Meter((event) => got.push(event)));
    session.emit('user_state_changed', { newState: 'speaking' });
    session.emit('user_input_transcribed', { isFinal: false, transcript: 'what' });
    session.emit('user_input_transcribed', { isFinal: true, transcript: ' ' });
    session.emit('user_input_transcribed', { isFinal: true, transcript: 'what are' });
    session.emit('user_state_changed', { newState: 'listening' });
    session.emit('conversation_item_added', { item: { type: 'agent_handoff' } });
    session.emit('conversation_item_added', { item: { type: 'message', role: 'user', metrics: { stoppedSpeakingAt: Date.now() / 1000 - 0.5 } } });
    session.emit('agent_state_changed', { newState: 'speaking' });
    session.emit('user_state_changed', { newState: 'speaking' });
    session.emit('agent_state_changed', { newState: 'listening' });
    session.emit('user_state_changed', { newState: 'listening' });
    session.emit('error', { error: { type: 'stt_error', recoverable: true } });
    session.emit('error', { error: { type: 'llm_error', recoverable: false } });
    session.emit('error', { error: { type: 'stt_error', recoverable: false } });
    session.emit('user_transcription_timeout', { speechDuration: 1500 });
    session.emit('close', { reason: 'error' });
    assert.deepEqual(got, ['began', 'heard', 'answered', 'unheard', 'ended']);
  });

  test('tells the worker who called, and everything before the job ends', async () => {
    const { metrics, becomes } = await worker();
    for (const attributes of [{ 'callprobe.synthetic': 'true' }, {}] as Record<string, string>[]) {
      const session = new EventEmitter();
      const remoteParticipants = new Map([['caller', { attributes }]]);
      const done = watch(session as unknown as voice.AgentSession, { remoteParticipants });
      session.emit('user_state_changed', { newState: 'speaking' });
      remoteParticipants.clear();
      session.emit('user_input_transcribed', { isFinal: true, transcript: 'hello' });
      session.emit('close', { reason: 'participant_disconnected' });
      await done();
    }
    await becomes({
      'stt_transcription_requests_total{caller="callprobe"}': 1,
      'stt_transcription_requests_total{caller="other"}': 1,
      [failure]: 0,
      'agent_requests_total{caller="other",status="error"}': 0,
    });
    metrics.close();
  });

  test('goes on when there is no worker to tell', async (t) => {
    const warned = t.mock.method(console, 'warn', () => {});
    const socket = process.env['AGENT_METRICS_SOCKET'];
    for (const path of [undefined, '/nowhere/jobs.sock']) {
      if (path) process.env['AGENT_METRICS_SOCKET'] = path;
      else delete process.env['AGENT_METRICS_SOCKET'];
      const session = new EventEmitter();
      const done = watch(session as unknown as voice.AgentSession, { remoteParticipants: new Map() });
      session.emit('close', { reason: 'error' });
      await done();
    }
    process.env['AGENT_METRICS_SOCKET'] = socket;
    assert.equal(warned.mock.callCount(), 2);
  });
});
