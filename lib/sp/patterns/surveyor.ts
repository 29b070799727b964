/**
 * SURVEYOR in both forms (sp-surveyor). The user of the raw form chooses the respondents, the ids,
 * and how long answers are accepted; the hub is built on it.
 *
 * The plain form asks all respondents and collects answers until a deadline, as in nanomsg and nng.
 * It is part of the public wire; in this repository only tests use it.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import type { Pipe, PipeEnd } from "../wire/pipe.ts";
import { broadcast } from "./broadcast.ts";
import { Inbox } from "./inbox.ts";
import { type Pattern, PipeSet } from "./pattern.ts";
import {
  decodeSurveyId,
  encodeSurveyId,
  randomSurveyId,
  splitSurveyMessage,
} from "./survey_header.ts";

/** Receives the events of a {@linkcode RawSurveyor}. Its functions must not throw or wait. */
export interface SurveyorSink {
  /** A respondent was attached. */
  attached?(pipe: Pipe): void;
  /** An answer to survey `id` has arrived; `body` belongs to the sink. */
  answer(pipe: Pipe, id: number, body: Uint8Array): void;
  /** A message that is not an answer was dropped. */
  malformed?(pipe: Pipe): void;
  /** A respondent was detached. */
  detached?(pipe: Pipe, end: PipeEnd): void;
}

/** The asking end, without deadline or bookkeeping. */
export class RawSurveyor implements Pattern {
  /** The role that its pipes play. */
  readonly role = "surveyor";
  /** The respondents that are attached. */
  readonly pipes: PipeSet = new PipeSet();
  readonly #sink: SurveyorSink;

  /** Creates the end; `sink` receives its events. */
  constructor(sink: SurveyorSink) {
    this.#sink = sink;
  }

  /** Takes a respondent. */
  attach(pipe: Pipe): void {
    this.pipes.add(pipe);
    this.#sink.attached?.(pipe);
    pipe.start({
      message: (_pipe, payload) => this.#receive(pipe, payload),
      detached: (_pipe, end) => {
        this.pipes.delete(pipe);
        this.#sink.detached?.(pipe, end);
      },
    });
  }

  /**
   * Sends a survey to one respondent; `id` counts modulo 2^31.
   * @returns false, sending nothing, when the pipe has ended or the peer reads too slowly
   */
  ask(pipe: Pipe, id: number, body: Uint8Array): boolean {
    return pipe.send(encodeSurveyId(id), body);
  }

  #receive(pipe: Pipe, payload: Uint8Array): void {
    const stacked = splitSurveyMessage(payload);
    const id = stacked && decodeSurveyId(stacked.header);
    if (stacked && id !== undefined) this.#sink.answer(pipe, id, stacked.body);
    else this.#sink.malformed?.(pipe);
  }
}

/** One answer to a survey. */
export interface Answer {
  /** The pipe of the respondent. */
  readonly pipe: Pipe;
  /** The answer; may be empty. */
  readonly body: Uint8Array;
}

/** The end of a survey. */
export interface SurveyOptions {
  /** Milliseconds until the survey ends; 1000 by default, as in all implementations. */
  readonly deadlineMs?: number;
  /** Ends the survey when aborted. */
  readonly signal?: AbortSignal;
}

const DEFAULT_DEADLINE_MS = 1_000;

/** The asking end. A new survey ends the one before. */
export class Surveyor implements Pattern {
  /** The role that its pipes play. */
  readonly role = "surveyor";
  readonly #raw = new RawSurveyor({ answer: (pipe, id, body) => this.#receive(pipe, id, body) });
  #id = randomSurveyId();
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
   * Sends `body` to all attached respondents, and yields their answers until the deadline.
   * Respondents that attach later do not get it. Answers to another survey are ignored.
   */
  survey(body: Uint8Array, options: SurveyOptions = {}): AsyncIterable<Answer> {
    this.#end();
    const inbox = this.#inbox = new Inbox<Answer>();
    const end = this.#end = closeAtDeadline(inbox, options);
    this.#id = (this.#id + 1) & 0x7fffffff;
    broadcast(this.pipes, encodeSurveyId(this.#id), body);
    return answersIn(inbox, end);
  }

  #receive(pipe: Pipe, id: number, body: Uint8Array): void {
    if (id === this.#id) this.#inbox.put(pipe, { pipe, body });
  }
}

/** Closes `inbox` at the deadline, on abort, or when the function that it returns is called. */
function closeAtDeadline(inbox: Inbox<Answer>, options: SurveyOptions): () => void {
  const { deadlineMs = DEFAULT_DEADLINE_MS, signal } = options;
  const limit = deadline(deadlineMs, { signal });
  const end = () => {
    inbox.close();
    limit[Symbol.dispose]();
  };
  onAbort(limit.signal, end);
  return end;
}

async function* answersIn(inbox: Inbox<Answer>, end: () => void): AsyncGenerator<Answer> {
  try {
    yield* inbox;
  } finally {
    end();
  }
}
