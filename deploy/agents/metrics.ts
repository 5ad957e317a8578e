// What a LiveKit agent says of its own calls, under the names that callprobe uses
// for what callers hear. README.md says what counts as what.
//
// A worker runs every call in a process of its own, which ends with the call. So
// nothing is counted there: jobs tell the worker what happened, over a socket that
// only its user can open, and the worker counts and serves. That way no count is
// lost with a process, and a process that dies in a call is an error of the agent,
// although it cannot say so itself.

import { voice } from '@livekit/agents';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHTTPServer, type Server as HTTPServer } from 'node:http';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Buckets of agent_response_seconds: callprobe's, so that quantiles compare. */
export const BUCKETS = [
  0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6.5, 8, 10, 13, 20, 30,
];

/** Who calls: callprobe, or anybody else. */
const CALLERS = ['callprobe', 'other'] as const;
type Caller = (typeof CALLERS)[number];

/** The attribute that callprobe puts on its caller. */
const SYNTHETIC = 'callprobe.synthetic';

/** The variable of the environment by which jobs find the worker's socket. */
const SOCKET = 'AGENT_METRICS_SOCKET';

/**
 * One line of JSON from a job. began: somebody speaks in the call. answered, failed:
 * what became of a caller's turn. late: an answer came after its turn had failed.
 * heard, unheard: a stretch of speech was transcribed, or was not. ended: the call is
 * over, so that a job which ends without it has died on its caller.
 */
interface Message {
  event: 'began' | 'answered' | 'failed' | 'late' | 'heard' | 'unheard' | 'ended';
  caller: Caller;
  seconds?: number;
}

/** The longest line that a job may send, in bytes. */
const LONGEST_LINE = 1024;

/** The worker's half: it counts, and serves what it has counted. */
export class WorkerMetrics {
  readonly registry = new Registry();
  #requests = new Counter({
    name: 'agent_requests_total',
    help: 'Turns of callers, by whether the agent began to answer in time (success) or did not (error), as the agent sees it.',
    labelNames: ['caller', 'status'],
    registers: [this.registry],
  });
  #response = new Histogram({
    name: 'agent_response_seconds',
    help: "From the end of the caller's last word, as the agent's voice activity detection places it, to the agent's first frame of audio leaving, late answers too.",
    labelNames: ['caller'],
    buckets: BUCKETS,
    registers: [this.registry],
  });
  #sttRequests = new Counter({
    name: 'stt_transcription_requests_total',
    help: 'Stretches of speech of which the agent expected a transcript.',
    labelNames: ['caller'],
    registers: [this.registry],
  });
  #sttErrors = new Counter({
    name: 'stt_transcription_errors_total',
    help: 'Stretches of speech of which no transcript came. Whether a transcript is right the agent cannot know.',
    labelNames: ['caller'],
    registers: [this.registry],
  });
  #jobs: Server;
  #http: HTTPServer;
  #tidy = (): void => {};

  constructor(connected: () => Promise<boolean>) {
    new Gauge({
      name: 'agent_workers_active',
      help: 'Whether this worker is connected to the room server: 1 or 0. One that is full is connected, too.',
      registers: [this.registry],
      async collect() {
        this.set((await connected()) ? 1 : 0);
      },
    });
    collectDefaultMetrics({ register: this.registry });
    for (const caller of CALLERS) {
      this.#requests.inc({ caller, status: 'success' }, 0);
      this.#requests.inc({ caller, status: 'error' }, 0);
      this.#response.zero({ caller });
      this.#sttRequests.inc({ caller }, 0);
      this.#sttErrors.inc({ caller }, 0);
    }
    this.#jobs = createServer((socket) => this.#follow(socket));
    this.#http = createHTTPServer((request, response) => {
      if (request.url !== '/metrics') {
        response.writeHead(404).end('The metrics are at /metrics.\n');
        return;
      }
      this.registry.metrics().then(
        (text) => response.writeHead(200, { 'Content-Type': this.registry.contentType }).end(text),
        (error: Error) => response.writeHead(500).end(`${error.message}\n`),
      );
    });
  }

  /** Serves metrics, and lets the jobs that are started from now on find the worker. */
  async listen(port: number, host: string): Promise<number> {
    const path = join(mkdtempSync(join(tmpdir(), 'agent-metrics-')), 'jobs.sock');
    this.#tidy = () => rmSync(dirname(path), { recursive: true, force: true });
    process.once('exit', this.#tidy);
    try {
      await listening(this.#jobs, () => this.#jobs.listen(path));
      await listening(this.#http, () => this.#http.listen(port, host));
    } catch (error) {
      this.close();
      throw new Error(`serve metrics on ${host}:${port}: ${(error as Error).message}; set AGENT_METRICS_PORT to a free port`);
    }
    process.env[SOCKET] = path;
    // They serve as long as the worker lives, and keep nothing alive.
    this.#jobs.unref();
    this.#http.unref();
    return (this.#http.address() as AddressInfo).port;
  }

  close(): void {
    this.#jobs.close();
    this.#http.close();
    this.#http.closeAllConnections();
    process.off('exit', this.#tidy);
    this.#tidy();
  }

  /** Counts what a job tells until it ends. */
  #follow(socket: Socket): void {
    let rest = '';
    const call: Call = { caller: 'other', failed: false, ended: false };
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) socket.destroy();
      for (const line of lines) {
        const message = parse(line);
        if (message) this.#count(message, call);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (!call.ended && !call.failed) this.#requests.inc({ caller: call.caller, status: 'error' });
    });
  }

  #count({ event, caller, seconds }: Message, call: Call): void {
    call.caller = caller;
    if (seconds !== undefined) this.#response.observe({ caller }, seconds);
    switch (event) {
      case 'answered':
        call.failed = false;
        this.#requests.inc({ caller, status: 'success' });
        break;
      case 'failed':
        call.failed = true;
        this.#requests.inc({ caller, status: 'error' });
        break;
      case 'unheard':
        this.#sttErrors.inc({ caller });
        this.#sttRequests.inc({ caller });
        break;
      case 'heard':
        this.#sttRequests.inc({ caller });
        break;
      case 'ended':
        call.ended = true;
    }
  }
}

/** What the worker knows of a call. A turn that failed is the call's one error. */
interface Call {
  caller: Caller;
  failed: boolean;
  ended: boolean;
}

/** Reads a line; undefined when it is none of ours. */
function parse(line: string): Message | undefined {
  try {
    const message = JSON.parse(line) as Message;
    const seconds = message.seconds === undefined || (Number.isFinite(message.seconds) && message.seconds > 0);
    return CALLERS.includes(message.caller) && seconds ? message : undefined;
  } catch {
    return undefined;
  }
}

async function listening(server: Server | HTTPServer, listen: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', resolve);
    listen();
  });
}

/**
 * Asks the worker's own health check, which knows whether the room server is
 * connected. A worker that does not answer within a second takes no calls.
 */
export async function workerIsConnected(healthPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${healthPort}/`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** How a meter tells time, in seconds; tests have their own. */
export interface Clock {
  now(): number;
  after(seconds: number, run: () => void): () => void;
}

const systemClock: Clock = {
  now: () => Date.now() / 1000,
  after: (seconds, run) => {
    const timer = setTimeout(run, seconds * 1000);
    return () => clearTimeout(timer);
  },
};

/** What callprobe's scenarios allow for an answer unless they say otherwise. */
export const REPLY_LIMIT_SECONDS = 3;

/** An answer later than this answers something else. */
const LATEST_SECONDS = 30;

/** Shorter sounds may be a cough, which has no transcript. */
const SHORTEST_SPEECH_SECONDS = 0.5;

/** The job's half: it makes messages of one call's events. */
export class Meter {
  #turn: { ended: number | undefined; failed: boolean; cancel: () => void } | undefined;
  #began = false;
  #callerSpeaks = false;
  #callerSpoke = false;
  #agentSpeaks = false;
  /** A stretch of speech whose transcript is awaited; 'over' began while the agent spoke, when words may be left out on purpose. */
  #speech: 'none' | 'clear' | 'over' = 'none';

  constructor(
    private readonly send: (event: Message['event'], seconds?: number) => void,
    private readonly limit = REPLY_LIMIT_SECONDS,
    private readonly clock: Clock = systemClock,
  ) {}

  /** The caller's turn is over; ended is when the last word was, in seconds since 1970. */
  asked(ended: number | undefined): void {
    if (ended === undefined && !this.#callerSpoke) return; // It was typed.
    this.#callerSpoke = false;
    this.#drop();
    const left = this.limit - (ended === undefined ? 0 : this.clock.now() - ended);
    this.#turn = { ended, failed: false, cancel: this.clock.after(Math.max(left, 0), () => this.#overdue()) };
  }

  agentState(state: string): void {
    this.#agentSpeaks = state === 'speaking';
    const turn = this.#turn;
    if (!this.#agentSpeaks || !turn) return;
    this.#turn = undefined;
    turn.cancel();
    const took = turn.ended === undefined ? undefined : this.clock.now() - turn.ended;
    const seconds = took !== undefined && took > 0 && took <= LATEST_SECONDS ? took : undefined;
    if (!turn.failed) this.send('answered', seconds);
    else if (seconds !== undefined) this.send('late', seconds);
  }

  callerState(state: string): void {
    this.#callerSpeaks = state === 'speaking';
    if (!this.#callerSpeaks) return;
    if (!this.#began) this.send('began');
    this.#began = true;
    this.#callerSpoke = true;
    if (this.#speech === 'none') this.#speech = this.#agentSpeaks ? 'over' : 'clear';
  }

  transcribed(): void {
    if (this.#speech === 'none') return;
    this.#speech = 'none';
    this.send('heard');
  }

  /** Speech of so many seconds has no transcript. */
  untranscribed(seconds: number): void {
    if (this.#speech === 'clear' && seconds >= SHORTEST_SPEECH_SECONDS) this.send('unheard');
    this.#speech = 'none';
  }

  /** The recognizer gave up for good. */
  recognizerFailed(): void {
    this.#speech = 'none';
    this.send('unheard');
  }

  /** The session is over. Whoever still waited was failed, unless the caller hung up. */
  closed(reason: string): void {
    const waited = this.#turn && !this.#turn.failed;
    this.#drop();
    if (waited && (reason === 'error' || reason === 'job_shutdown')) this.send('failed');
    this.send('ended');
  }

  #overdue(): void {
    if (!this.#turn) return;
    if (this.#callerSpeaks) {
      this.#drop(); // The caller went on; what counts is the answer to all of it.
      return;
    }
    this.#turn.failed = true;
    this.send('failed');
  }

  /** Forgets the turn without a word: it counts neither way, or has counted already. */
  #drop(): void {
    this.#turn?.cancel();
    this.#turn = undefined;
  }
}

/** What a meter looks at in a room: who is there. */
interface Room {
  remoteParticipants: Map<string, { attributes: Record<string, string> }>;
}

/**
 * Tells the worker about the calls of a session. Call what it returns when the job
 * shuts down, so that nothing is left unsaid. Nothing here fails a call.
 */
export function watch(session: voice.AgentSession, room: Room, limit = REPLY_LIMIT_SECONDS): () => Promise<void> {
  const path = process.env[SOCKET];
  if (!path) {
    console.warn(`agent metrics: no worker to tell, for ${SOCKET} is not set; this call is not counted`);
    return async () => {};
  }
  const socket = createConnection(path);
  socket.unref();
  let broken = false;
  socket.on('error', (error) => {
    if (!broken) console.warn(`agent metrics: tell the worker: ${error.message}; this call is not counted from here on`);
    broken = true;
  });
  let caller: Caller = 'other';
  const meter = new Meter((event, seconds) => {
    for (const participant of room.remoteParticipants.values()) {
      if (participant.attributes[SYNTHETIC] === 'true') caller = 'callprobe';
    }
    const message: Message = { event, caller, seconds };
    if (!broken) socket.write(`${JSON.stringify(message)}\n`);
  }, limit);
  listen(session, meter);
  return () =>
    new Promise<void>((resolve) => {
      if (broken || socket.destroyed) return resolve();
      const timer = setTimeout(() => socket.destroy(), 2000);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.end();
      socket.resume();
    });
}

/** Hands the events of a session to a meter. */
export function listen(session: voice.AgentSession, meter: Meter): void {
  const on = voice.AgentSessionEventTypes;
  session.on(on.ConversationItemAdded, ({ item }) => {
    if (item.type === 'message' && item.role === 'user') meter.asked(item.metrics.stoppedSpeakingAt);
  });
  session.on(on.AgentStateChanged, ({ newState }) => meter.agentState(newState));
  session.on(on.UserStateChanged, ({ newState }) => meter.callerState(newState));
  session.on(on.UserInputTranscribed, ({ isFinal, transcript }) => {
    if (isFinal && transcript.trim() !== '') meter.transcribed();
  });
  session.on(on.UserTranscriptionTimeout, ({ speechDuration }) => meter.untranscribed(speechDuration / 1000));
  session.on(on.Error, ({ error }) => {
    const problem = error as { type?: string; recoverable?: boolean };
    if (problem.type === 'stt_error' && !problem.recoverable) meter.recognizerFailed();
  });
  session.on(on.Close, ({ reason }) => meter.closed(reason));
}
