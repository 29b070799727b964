/**
 * Log lines of a hub. Unauthenticated peers decide how often some of these events happen, so their
 * lines are rate limited.
 * @module
 */
import type { DaemonEvent } from "../../hub/hub_daemon.ts";
import type { Log } from "./log.ts";
import { logWireEvent } from "./wire_log.ts";

/** Writes the events of a hub to a log. */
export class HubLog {
  readonly #log: Log;

  /** Writes to `log`. */
  constructor(log: Log) {
    this.#log = log;
  }

  /** Takes an event. */
  readonly onEvent = (event: DaemonEvent): void => {
    const logger = this.#log.logger("hub");
    switch (event.kind) {
      case "wire":
        return logWireEvent(event.event, this.#log);
      case "arrived":
        return logger.info("{name} has attached from {remote}", {
          name: event.session.name,
          remote: event.session.remote,
        });
      case "left":
        return logger.info("{name} has gone", { name: event.session.name });
      case "suspicious":
        return this.#log.peerEvents.log("odd behaviour", `${event.remote}: ${event.problem}`);
      case "impostor":
        return this.#log.peerEvents.log(
          "turned an agent away",
          `${event.remote} calls itself ${event.name}, whose key is another one; if that host was ` +
            `set up anew: nanotrigger hosts forget ${event.name}`,
        );
      case "restored":
        if (event.jobs > 0) logger.info("took up {jobs} jobs again", { jobs: event.jobs });
        return;
      case "not-written-down":
        return this.#log.peerEvents.log(
          "let in, but not written down",
          `${event.name}; so many hosts are known that the store takes no more names`,
        );
      case "store-failed":
        return this.#log.failures.log("something is not written down", event.error.message);
      default:
        event satisfies never;
    }
  };
}
