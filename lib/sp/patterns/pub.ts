/**
 * PUB: sends every message to every subscriber (sp-pubsub). Each subscriber filters by itself;
 * subscriptions are not sent.
 * @module
 */
import { broadcast } from "./broadcast.ts";
import { type Pattern, PipeSet } from "./pattern.ts";
import type { Pipe } from "../wire/pipe.ts";

/** What became of a published message, in numbers of subscribers. */
export interface Published {
  /** Those it was sent to. */
  readonly sent: number;
  /** Those who read too slowly and do not get it. */
  readonly dropped: number;
}

/** The publishing end. A slow subscriber loses messages; it never delays the others. */
export class Pub implements Pattern {
  /** The role that its pipes play. */
  readonly role = "pub";
  /** The subscribers that are attached. */
  readonly pipes: PipeSet = new PipeSet();

  /** Takes a subscriber. One that sends anything breaks the protocol and is cut off. */
  attach(pipe: Pipe): void {
    this.pipes.add(pipe);
    pipe.start({
      message: () => void pipe.close(),
      detached: () => this.pipes.delete(pipe),
    });
  }

  /** Sends `body` to all subscribers, never waiting for any of them. */
  publish(body: Uint8Array): Published {
    const sent = broadcast(this.pipes, body);
    return { sent, dropped: this.pipes.size - sent };
  }
}
