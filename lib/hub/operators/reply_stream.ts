/**
 * The replies to one call, in order and no faster than the operator's program reads them, and a job
 * follower that sends states and output as replies.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import type { PositionedPiece } from "../../protocol/agent/streams.ts";
import type { DatedHostState, JobFollower } from "../../protocol/job/host_state.ts";
import {
  encodeReply,
  type HubReply,
  outputCost,
  type OutputReply,
} from "../../protocol/operator/replies.ts";
import { toReply } from "../../protocol/operator/state_reply.ts";
import type { RawRespondent, RawSurvey } from "../../sp/mod.ts";

/** While more bytes than this wait for the operator's program to read, answers wait, too. */
const MAX_QUEUED = 2_097_152;
/** How much output, by its cost, may be under way that the operator's program has not taken yet. */
export const FOLLOW_WINDOW = 4_194_304;

/** Says answers until it is told to be silent. */
export class ReplyStream {
  readonly #pattern: RawRespondent;
  readonly #survey: RawSurvey;
  #last: Promise<void> | undefined;
  #silent = false;
  #said = 0;
  #taken = 0;
  readonly #credited = new Notifier();

  /** Answers `survey`. */
  constructor(pattern: RawRespondent, survey: RawSurvey) {
    this.#pattern = pattern;
    this.#survey = survey;
  }

  /** Takes nothing more to say. What was to be said before still is. */
  close(): void {
    this.#silent = true;
    this.#credited.notify();
  }

  /** Says something, after all that was to be said before; a promise, which never rejects, if that takes time. */
  send(answer: HubReply): Promise<void> | void {
    if (this.#silent) return;
    const { pipe } = this.#survey;
    if (!this.#last && pipe.queued <= MAX_QUEUED) return this.#send(answer);
    const said = (this.#last ?? Promise.resolve()).then(async () => {
      if (pipe.queued > MAX_QUEUED) await pipe.flushed();
      this.#send(answer);
    });
    this.#last = said;
    said.then(() => {
      if (this.#last === said) this.#last = undefined;
    });
    return said;
  }

  /** Says what a host has printed; the promise is resolved once there is room for more. */
  async sendOutput(answer: OutputReply): Promise<void> {
    this.#said += outputCost(answer);
    await this.send(answer);
    while (!this.#silent && this.#said - this.#taken >= FOLLOW_WINDOW) await this.#credited.wait();
  }

  /** Output that cost so much has been taken. */
  addCredit(cost: number): void {
    this.#taken = Math.min(cost, this.#said);
    this.#credited.notify();
  }

  #send(answer: HubReply): void {
    // Only a pipe that is over refuses now, and then there is nobody to be told.
    this.#pattern.answer(this.#survey, ...encodeReply(answer));
  }
}

/** By which key the hub knows an agent, in base64. */
export type FindKey = (node: string) => string | undefined;

/** Says what becomes of a job. */
export class ReplyFollower implements JobFollower {
  readonly #speaker: ReplyStream;
  readonly #keyOf: FindKey;

  /** Says it with `speaker`. */
  constructor(speaker: ReplyStream, keyOf: FindKey) {
    this.#speaker = speaker;
    this.#keyOf = keyOf;
  }

  /** Says a state. */
  state(node: string, news: DatedHostState): void {
    this.#speaker.send(toReply(node, news, this.#keyOf));
  }

  /** Says output. */
  output(node: string, output: PositionedPiece): Promise<void> {
    return this.#speaker.sendOutput({ kind: "output", node, ...output });
  }

  /** Says that all has been said. */
  over(): void {
    this.#speaker.send({ kind: "over" });
  }
}
