/**
 * PUB: sends every message to every subscriber (sp-pubsub). Each subscriber filters by itself;
 * subscriptions are not sent.
 * @module
 */
import { broadcast } from "./broadcast.ts";
import { type Pattern, PipeSet } from "./pattern.ts";
import type { Pipe } from "../wire/pipe.ts";

/** The fate of a published message, in numbers of subscribers. */
export interface Published {
  /** The subscribers that it was sent to. */
  readonly sent: number;
  /** The subscribers that read too slowly, and miss it. */
  readonly dropped: number;
}

/** The publishing end. A slow subscriber loses messages; it never delays the others. */
export class Pub implements Pattern {
  /** The role of its pipes. */
  readonly role = "pub";
  /** The attached subscribers. */
  readonly pipes: PipeSet = new PipeSet();

  /** Takes over a subscriber. One that sends anything breaks the protocol and is disconnected. */
  attach(pipe: Pipe): void {
    this.pipes.add(pipe);
    pipe.start({
      message: () => void pipe.close(),
      detached: () => this.pipes.delete(pipe),
    });
  }

  /** Sends `body` to all subscribers, without waiting. */
  publish(body: Uint8Array): Published {
    const sent = broadcast(this.pipes, body);
    return { sent, dropped: this.pipes.size - sent };
  }
}
