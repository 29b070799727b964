/**
 * What the hub's log says. Strangers decide how often some of these things happen, so their lines
 * are bounded.
 * @module
 */
import type { DaemonEvent } from "../hub/hub_daemon.ts";
import type { Log } from "./log.ts";
import { describeWire } from "./wire_report.ts";

/** Writes the events of a hub to a log. */
export class HubReport {
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
        return describeWire(event.event, this.#log);
      case "arrived":
        return logger.info("{name} has attached from {remote}", {
          name: event.session.name,
          remote: event.session.remote,
        });
      case "left":
        return logger.info("{name} has gone", { name: event.session.name });
      case "suspicious":
        return this.#log.strangers.log("odd behaviour", `${event.remote}: ${event.problem}`);
      case "impostor":
        return this.#log.strangers.log(
          "turned an agent away",
          `${event.remote} calls itself ${event.name}, whose key is another one; if that host was ` +
            `set up anew: nanotrigger hosts forget ${event.name}`,
        );
      case "restored":
        if (event.jobs > 0) logger.info("took up {jobs} jobs again", { jobs: event.jobs });
        return;
      case "store-failed":
        return logger.error("the store cannot be written, trying again: {error}", {
          error: event.error instanceof Error ? event.error.message : event.error,
        });
      default:
        event satisfies never;
    }
  };
}
