/**
 * What the agent's log says. Strangers decide how often some of these things happen, so their
 * lines are bounded.
 * @module
 */
import type { Admission } from "../agent/admission.ts";
import type { AgentEvent } from "../agent/agent.ts";
import type { OpenEvent } from "../agent/open_agent.ts";
import type { RunnerEvent } from "../agent/runner.ts";
import type { EndpointEvent } from "../sp/mod.ts";
import type { Log } from "./log.ts";
import { describeWire } from "./wire_report.ts";

/** Writes the events of an agent to a log. */
export class AgentReport {
  readonly #log: Log;
  /** Whether it has been said that there is no queue. */
  #away = false;

  /** Writes to `log`. */
  constructor(log: Log) {
    this.#log = log;
  }

  /** Takes an event. */
  readonly onEvent = (event: AgentEvent | RunnerEvent | OpenEvent): void => {
    const logger = this.#log.logger("agent");
    switch (event.kind) {
      case "wire":
        return this.#wire(event.event);
      case "greeted":
        return logger.info`attached to a hub of version ${event.hubVersion}`;
      case "malformed":
        return this.#log.strangers.log(
          "the queue sent nonsense",
          `${event.remote}: ${event.problem}`,
        );
      case "judged":
        return this.#judged(event.admission);
      case "started":
        return logger.info`running ${event.job.id} (process ${event.pid})`;
      case "ended":
        return logger.info`ended ${event.job.id}: ${JSON.stringify(event.outcome)}`;
      case "journal-failed":
        return logger.error`the journal cannot be written: ${String(event.error)}`;
      case "lacks":
        return logger.warning`${event.what}`;
      default:
        event satisfies never;
    }
  };

  /** An agent may dial for hours: that is said once, and once more when it is over. */
  #wire(event: EndpointEvent): void {
    const logger = this.#log.logger("wire");
    if (event.kind === "attached" && this.#away) {
      this.#away = false;
      logger.warning`attached to ${event.pipe.remote}`;
    }
    if (event.kind !== "retrying") return describeWire(event, this.#log);
    const reason = event.error?.message ?? "the queue has gone";
    if (this.#away) return logger.debug`still dialling ${event.url}: ${reason}`;
    this.#away = true;
    logger.warning`${reason}; dialling until it is there`;
  }

  #judged(admission: Admission): void {
    const logger = this.#log.logger("gate");
    if (admission.kind === "run") logger.info`accepted ${admission.id}: ${admission.rule}`;
    if (admission.kind === "refuse") {
      this.#log.strangers.log("refused a request", admission.refusal.reason);
    }
    if (admission.kind === "ignore" && admission.reason !== "for another host") {
      this.#log.strangers.log("ignored a message", admission.reason);
    }
  }
}
