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
  /** Ends the survey under way. */
  #end: () => void = () => {};

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
    this.#end();
    const inbox = this.#inbox = new Inbox<Answer>();
    const end = this.#end = closeInTime(inbox, options);
    this.#id = (this.#id + 1) & 0x7fffffff;
    fanOut(this.pipes, encodeId(this.#id), body);
    return gather(inbox, end);
  }

  #receive(pipe: Pipe, id: number, body: Uint8Array): void {
    if (id === this.#id) this.#inbox.put(pipe, { pipe, body });
  }
}

/** Closes `inbox` at the deadline, on abort, or when the function that it returns is called. */
function closeInTime(inbox: Inbox<Answer>, options: SurveyOptions): () => void {
  const { deadlineMs = DEADLINE_MS, signal } = options;
  const timer = setTimeout(end, deadlineMs);
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  return end;

  function end(): void {
    inbox.close();
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

async function* gather(inbox: Inbox<Answer>, end: () => void): AsyncGenerator<Answer> {
  try {
    yield* inbox;
  } finally {
    end();
  }
}
