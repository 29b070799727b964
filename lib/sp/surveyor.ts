/**
 * SURVEYOR (sp-surveyor): asks all respondents and gathers their answers until a deadline.
 * @module
 */
import { fanOut } from "./fan_out.ts";
import { encodeId, randomId } from "./hops.ts";
import { Inbox } from "./inbox.ts";
import type { Pattern } from "./pattern.ts";
import type { Pipe } from "./pipe.ts";
import type { PipeSet } from "./pipe_set.ts";
import { RawSurveyor } from "./raw_surveyor.ts";

/** One answer to a survey. */
export interface Answer {
  /** Whose it is. */
  readonly pipe: Pipe;
  /** What was answered; may be empty. */
  readonly body: Uint8Array;
}

/** How long a survey lasts. */
export interface SurveyOptions {
  /** Milliseconds until the survey ends; 1000 by default, as in all implementations. */
  readonly deadlineMs?: number;
  /** Ends the survey when aborted. */
  readonly signal?: AbortSignal;
}

const DEADLINE_MS = 1_000;

/** The asking end. It has one survey at a time: a new one ends the one before. */
export class Surveyor implements Pattern {
  /** The role that its pipes play. */
  readonly role = "surveyor";
  readonly #raw = new RawSurveyor({ answer: (pipe, id, body) => this.#receive(pipe, id, body) });
  #id = randomId();
  #inbox = new Inbox<Answer>();

  /** The respondents that are attached. */
  get pipes(): PipeSet {
    return this.#raw.pipes;
  }

  /** Takes a respondent. */
  attach(pipe: Pipe): void {
    this.#raw.attach(pipe);
  }

  /**
   * Sends `body` to all attached respondents, at once, and yields their answers until the
   * deadline; whoever attaches later is not asked. Answers to another survey are ignored.
   */
  survey(body: Uint8Array, options: SurveyOptions = {}): AsyncIterable<Answer> {
    this.#inbox.close();
    const inbox = this.#inbox = new Inbox<Answer>();
    this.#id = (this.#id + 1) & 0x7fffffff;
    fanOut(this.pipes, encodeId(this.#id), body);
    return untilDeadline(inbox, options);
  }

  #receive(pipe: Pipe, id: number, body: Uint8Array): void {
    if (id === this.#id) this.#inbox.put(pipe, { pipe, body });
  }
}

function untilDeadline(inbox: Inbox<Answer>, options: SurveyOptions): AsyncIterable<Answer> {
  const { deadlineMs = DEADLINE_MS, signal } = options;
  const close = () => inbox.close();
  const timer = setTimeout(close, deadlineMs);
  signal?.addEventListener("abort", close);
  if (signal?.aborted) close();
  return gather();

  async function* gather(): AsyncGenerator<Answer> {
    try {
      yield* inbox;
    } finally {
      close();
      clearTimeout(timer);
      signal?.removeEventListener("abort", close);
    }
  }
}
