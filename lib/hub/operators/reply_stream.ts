/**
 * Sends the replies to one call, in order and no faster than the operator's program reads them.
 * Also a job follower that sends states and output as replies.
 * @module
 */
import { Notifier } from "../../base/async.ts";
import { CreditWindow } from "../../base/credit_window.ts";
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

/** How many bytes may wait for the operator's program before replies wait, too. */
const MAX_QUEUED = 2_097_152;
/** How much output, by its cost, may be without credit from the operator's program. */
export const FOLLOW_WINDOW = 4_194_304;

/** Sends replies until it is closed. */
export class ReplyStream {
  readonly #pattern: RawRespondent;
  readonly #survey: RawSurvey;
  #last: Promise<void> | undefined;
  #isClosed = false;
  /** Counts output by its cost. */
  readonly #window = new CreditWindow({ bytes: FOLLOW_WINDOW });
  readonly #credited = new Notifier();

  /** Replies to `survey`. */
  constructor(pattern: RawRespondent, survey: RawSurvey) {
    this.#pattern = pattern;
    this.#survey = survey;
  }

  /** Accepts no more replies. The earlier ones are still sent. */
  close(): void {
    this.#isClosed = true;
    this.#credited.notify();
  }

  /**
   * Sends a reply after all earlier ones. Returns a promise, which never rejects, if it must wait.
   */
  send(reply: HubReply): Promise<void> | void {
    if (this.#isClosed) return;
    const { pipe } = this.#survey;
    if (!this.#last && pipe.queued <= MAX_QUEUED) return this.#send(reply);
    const sent = (this.#last ?? Promise.resolve()).then(async () => {
      if (pipe.queued > MAX_QUEUED) await pipe.flushed();
      this.#send(reply);
    });
    this.#last = sent;
    sent.then(() => {
      if (this.#last === sent) this.#last = undefined;
    });
    return sent;
  }

  /** Sends output of a host; resolves once there is room for more. */
  async sendOutput(reply: OutputReply): Promise<void> {
    this.#window.add(outputCost(reply));
    await this.send(reply);
    while (!this.#isClosed && !this.#window.hasRoom()) await this.#credited.wait();
  }

  /** Credits all output up to this total `cost`. A number out of range changes nothing. */
  addCredit(cost: number): void {
    if (this.#window.credit(cost)) this.#credited.notify();
  }

  #send(reply: HubReply): void {
    // The pipe refuses only after its end, when there is no receiver left.
    this.#pattern.answer(this.#survey, ...encodeReply(reply));
  }
}

/** Returns the pinned key of an agent, in base64. */
export type FindKey = (node: string) => string | undefined;

/** Sends the events of a job as replies. */
export class ReplyFollower implements JobFollower {
  readonly #replies: ReplyStream;
  readonly #keyOf: FindKey;

  /** Creates a follower that sends to `replies`. */
  constructor(replies: ReplyStream, keyOf: FindKey) {
    this.#replies = replies;
    this.#keyOf = keyOf;
  }

  /** Sends a state. */
  state(node: string, news: DatedHostState): void {
    this.#replies.send(toReply(node, news, this.#keyOf));
  }

  /** Sends output. */
  output(node: string, output: PositionedPiece): Promise<void> {
    return this.#replies.sendOutput({ kind: "output", node, ...output });
  }

  /** Sends that the job is over. */
  over(): void {
    this.#replies.send({ kind: "over" });
  }
}
