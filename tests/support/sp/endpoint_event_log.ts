/**
 * Records the events of an endpoint, so that a test can wait for one: `const { error } = await
 * log.next("refused")`.
 * @module
 */
import type { EndpointEvent } from "../../../lib/sp/endpoints/endpoint.ts";

/** The kinds of event. */
export type EndpointEventKind = EndpointEvent["kind"];

/** A log of events, read kind by kind. */
export class EndpointEventLog {
  readonly #events: EndpointEvent[] = [];
  #changed = Promise.withResolvers<void>();

  /** The callback of an endpoint. */
  readonly onEvent = (event: EndpointEvent): void => {
    this.#events.push(event);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  };

  /** Returns how many events of `kind` the test has not taken. */
  count(kind: EndpointEventKind): number {
    return this.#events.filter((event) => event.kind === kind).length;
  }

  /** Takes the oldest event of `kind`; waits for one if there is none. */
  async next<K extends EndpointEventKind>(kind: K): Promise<Extract<EndpointEvent, { kind: K }>> {
    while (true) {
      const index = this.#events.findIndex((event) => event.kind === kind);
      const [event] = index < 0 ? [] : this.#events.splice(index, 1);
      // The kind was just compared.
      if (event) return event as Extract<EndpointEvent, { kind: K }>;
      await this.#changed.promise;
    }
  }
}
