/**
 * PUB and SUB (sp-pubsub). PUB sends every message to every subscriber; each subscriber filters by
 * itself, and subscriptions are not sent. SUB receives the messages that begin with a subscribed
 * prefix, and never sends: a single frame from it makes a nanomsg publisher abort.
 * @module
 */
import { equalBytes, startsWith } from "../../base/bytes.ts";
import type { Pipe } from "../wire/pipe.ts";
import { broadcast } from "./broadcast.ts";
import { Inbox } from "./inbox.ts";
import { type Pattern, PipeSet } from "./pattern.ts";

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

/** The subscribing end; read it with `for await`. Without a subscription it yields nothing. */
export class Sub implements Pattern, AsyncIterable<Uint8Array> {
  /** The role of its pipes. */
  readonly role = "sub";
  /** The attached publishers. */
  readonly pipes: PipeSet = new PipeSet();
  readonly #inbox = new Inbox<Uint8Array>();
  #prefixes: Uint8Array[] = [];

  /** Takes messages that begin with `prefix` from now on; the empty prefix takes all. */
  subscribe(prefix: Uint8Array): void {
    if (!this.#prefixes.some((known) => equalBytes(known, prefix))) this.#prefixes.push(prefix);
  }

  /** Cancels the subscription of `prefix`, also after several calls of {@linkcode subscribe}. */
  unsubscribe(prefix: Uint8Array): void {
    this.#prefixes = this.#prefixes.filter((known) => !equalBytes(known, prefix));
  }

  /** Takes over a publisher. */
  attach(pipe: Pipe): void {
    this.pipes.add(pipe);
    pipe.start({
      message: (_pipe, body) => {
        if (this.#prefixes.some((prefix) => startsWith(body, prefix))) this.#inbox.put(pipe, body);
      },
      detached: () => this.pipes.delete(pipe),
    });
  }

  /** Ends the iteration after the queued messages. */
  close(): void {
    this.#inbox.close();
  }

  /** Yields the messages as they arrive. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#inbox[Symbol.asyncIterator]();
  }
}
