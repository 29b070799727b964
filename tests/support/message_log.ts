/**
 * The messages that a simulated peer has received, and the wait for the next one of a kind.
 * @module
 */
import { Notifier } from "../../lib/base/async.ts";

/** Messages, oldest first, until a test takes them. */
export class MessageLog<Message extends { readonly kind: string }> {
  /** The messages that the test has not taken. */
  readonly received: Message[] = [];
  readonly #changed = new Notifier();

  /** Adds a message. */
  add(message: Message): void {
    this.received.push(message);
    this.#changed.notify();
  }

  /** Takes the oldest message of `kind`; waits for one if there is none. */
  next<Kind extends Message["kind"]>(
    kind: Kind,
  ): Promise<Extract<Message, { readonly kind: Kind }>> {
    // The predicate compares the kind.
    return this.take((message) => message.kind === kind) as Promise<
      Extract<Message, { readonly kind: Kind }>
    >;
  }

  /** Takes the oldest message that matches `which`; waits for one if there is none. */
  async take(which: (message: Message) => boolean): Promise<Message> {
    while (true) {
      const index = this.received.findIndex(which);
      const [message] = index < 0 ? [] : this.received.splice(index, 1);
      if (message) return message;
      await this.#changed.wait();
    }
  }
}
