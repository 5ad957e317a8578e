// Stand-ins for the three models of an agent. They need no network: the recognizer
// knows the one thing that is said to it, and the synthesizer plays a recording.

import { type APIConnectOptions, AudioByteStream, DEFAULT_API_CONNECT_OPTIONS, llm, stt, tts } from '@livekit/agents';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export class Recognizer extends stt.STT {
  label = 'standin.Recognizer';

  /** With a problem it throws it, with an empty text it is deaf. */
  constructor(
    private readonly text: string,
    private readonly problem?: string,
  ) {
    super({ streaming: false, interimResults: false });
  }

  protected async _recognize(): Promise<stt.SpeechEvent> {
    if (this.problem) throw new Error(this.problem);
    return {
      type: stt.SpeechEventType.FINAL_TRANSCRIPT,
      alternatives: [{ text: this.text, language: 'en' as stt.SpeechData['language'], startTime: 0, endTime: 0, confidence: 1 }],
    };
  }

  stream(): stt.SpeechStream {
    throw new Error('it does not stream');
  }
}

export class Thinker extends llm.LLM {
  /** What it does before it answers: it may throw, or never return. */
  constructor(
    private readonly answer: string,
    private readonly think: () => Promise<void>,
  ) {
    super();
  }

  label(): string {
    return 'standin.Thinker';
  }

  chat(asked: { chatCtx: llm.ChatContext; toolCtx?: llm.ToolContextLike; connOptions?: APIConnectOptions }): llm.LLMStream {
    return new Thought(this, { ...asked, connOptions: asked.connOptions ?? DEFAULT_API_CONNECT_OPTIONS }, this.answer, this.think);
  }
}

class Thought extends llm.LLMStream {
  constructor(
    thinker: Thinker,
    asked: { chatCtx: llm.ChatContext; toolCtx?: llm.ToolContextLike; connOptions: APIConnectOptions },
    private readonly answer: string,
    private readonly think: () => Promise<void>,
  ) {
    super(thinker, asked);
  }

  protected async run(): Promise<void> {
    await this.think();
    this.queue.put({ id: 'thought', delta: { role: 'assistant', content: this.answer } });
  }
}

const RATE = 24_000;

export class Voice extends tts.TTS {
  label = 'standin.Voice';
  readonly #samples: Buffer;

  /** The recording is 16-bit mono PCM at 24 kHz, without a header. */
  constructor(recording: string) {
    super(RATE, 1, { streaming: false });
    this.#samples = readFileSync(recording);
  }

  synthesize(text: string): tts.ChunkedStream {
    return new Utterance(text, this, this.#samples);
  }

  stream(): tts.SynthesizeStream {
    throw new Error('it does not stream');
  }
}

class Utterance extends tts.ChunkedStream {
  label = 'standin.Utterance';

  constructor(
    text: string,
    voice: Voice,
    private readonly samples: Buffer,
  ) {
    super(text, voice);
  }

  protected async run(): Promise<void> {
    const stream = new AudioByteStream(RATE, 1);
    const frames = [...stream.write(this.samples.buffer.slice(this.samples.byteOffset, this.samples.byteOffset + this.samples.byteLength) as ArrayBuffer), ...stream.flush()];
    frames.forEach((frame, i) => this.queue.put({ requestId: 'utterance', segmentId: 'utterance', frame, final: i === frames.length - 1 }));
    await delay(0);
  }
}
