/**
 * SUB: receives the messages that begin with a subscribed prefix (sp-pubsub). A subscriber never
 * sends: a single frame from it makes a nanomsg publisher abort.
 * @module
 */
import { equalBytes, startsWith } from "../../base/bytes.ts";
import { Inbox } from "./inbox.ts";
import { type Pattern, PipeSet } from "./pattern.ts";
import type { Pipe } from "../wire/pipe.ts";

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
