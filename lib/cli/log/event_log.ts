/**
 * Logs the events of agents, hubs and their connections as messages for the administrator.
 * @module
 */
import { type Admission, FOR_ANOTHER_HOST } from "../../agent/admission/admission.ts";
import type { DirectiveDecision } from "../../agent/admission/directive_gate.ts";
import type { AgentEvent } from "../../agent/agent.ts";
import type { RunnerEvent } from "../../agent/jobs/runner.ts";
import type { OpenEvent } from "../../agent/open_agent.ts";
import type { DaemonEvent } from "../../hub/hub_daemon.ts";
import type { EndpointEvent, PipeEnd } from "../../sp/mod.ts";
import type { Log } from "./log.ts";

/**
 * Writes an endpoint's event to `log`. Peers cause these events, so their lines are rate limited.
 */
export function logWireEvent(event: EndpointEvent, log: Log): void {
  const logger = log.logger("wire");
  switch (event.kind) {
    case "attached":
      return logger.debug("attached: {remote} ({role})", {
        remote: event.pipe.remote,
        role: event.pipe.role,
      });
    case "detached":
      return logger.debug("detached: {remote}: {end}", {
        remote: event.pipe.remote,
        end: endText(event.end),
      });
    case "refused":
      return log.peerEvents.log("refused a connection", `${event.remote}: ${event.error.message}`);
    case "retrying":
      return logger.debug("dialling {url} again in {delay} ms", {
        url: event.url,
        delay: Math.round(event.delayMs),
      });
    default:
      event satisfies never;
  }
}

function endText(end: PipeEnd): string {
  switch (end.kind) {
    case "closed":
      return "closed here";
    case "ended":
      return "closed by the other side";
    case "failed":
      return end.error.message;
    default:
      return end satisfies never;
  }
}

/** Writes the events of an agent to a log. */
export class AgentLog {
  readonly #log: Log;
  /** Whether the missing queue has been reported. */
  #warned = false;

  /** Creates an agent log on `log`. */
  constructor(log: Log) {
    this.#log = log;
  }

  /** Writes an event. */
  readonly onEvent = (event: AgentEvent | RunnerEvent | OpenEvent): void => {
    const logger = this.#log.logger("agent");
    switch (event.kind) {
      case "wire":
        return this.#wire(event.event);
      case "attached":
        return logger.info("greeted by a hub of version {version}", { version: event.hubVersion });
      case "malformed":
        return this.#log.peerEvents.log(
          "the queue sent nonsense",
          `${event.remote}: ${event.problem}`,
        );
      case "turned-away":
        return this.#log.peerEvents.log(
          "turned away by a queue",
          `${event.remote} knows ${event.name} by another key; if this host was set up anew, on the ` +
            `machine of the queue: nanotrigger hosts forget ${event.name}`,
        );
      case "silent":
        return logger.warning("the hub at {remote} says nothing any more: dialling again", event);
      case "admission":
        return this.#logAdmission(event.admission);
      case "directive":
        return this.#directed(event.decision);
      case "undoing":
        return logger.warning("undoing {id} as process {pid}", {
          id: event.job.id,
          pid: event.pid,
        });
      case "started":
        return logger.info("running {id} as process {pid}", { id: event.job.id, pid: event.pid });
      case "resumed":
        return logger.info("going on with {id}, process {pid}", {
          id: event.job.id,
          pid: event.pid,
        });
      case "left":
        return logger.info("{id} goes on without this agent", { id: event.job.id });
      case "ended":
        return logger.info("ended {id}: {outcome}", {
          id: event.job.id,
          outcome: JSON.stringify(event.outcome),
        });
      case "journal-failed":
        return logger.error("the journal cannot be written: {error}", {
          error: String(event.error),
        });
      case "missing":
        return logger.warning("{what}", { what: event.what });
      default:
        event satisfies never;
    }
  };

  /**
   * Writes an endpoint's event. One-shot triggers attach and detach often, so only the first wait
   * may be a mistake.
   */
  #wire(event: EndpointEvent): void {
    const logger = this.#log.logger("wire");
    if (event.kind === "attached") {
      this.#warned = true;
      logger.info("attached to {remote}", { remote: event.pipe.remote });
    }
    if (event.kind !== "retrying") return logWireEvent(event, this.#log);
    if (this.#warned || !event.error) return logWireEvent(event, this.#log);
    this.#warned = true;
    logger.warning("{error}; dialling until somebody answers", { error: event.error.message });
  }

  #directed(decision: DirectiveDecision): void {
    if (decision.kind === "ignore") {
      return this.#log.peerEvents.log("ignored a directive", decision.reason);
    }
    const { by, job } = decision;
    const did = decision.kind === "cancel" ? "stops" : "confirms";
    this.#log.logger("gate").info("{by} {did} {job}", { by, did, job });
  }

  #logAdmission(admission: Admission): void {
    const logger = this.#log.logger("gate");
    if (admission.kind === "run") {
      const { id, job: { rule } } = admission;
      logger.info("accepted {id}: {rule}", { id, rule });
    }
    if (admission.kind === "refuse") {
      this.#log.peerEvents.log("refused a request", admission.refusal.reason);
    }
    if (admission.kind === "ignore" && admission.reason !== FOR_ANOTHER_HOST) {
      this.#log.peerEvents.log("ignored a message", admission.reason);
    }
  }
}

/** Writes the events of a hub to a log. */
export class HubLog {
  readonly #log: Log;

  /** Creates a hub log on `log`. */
  constructor(log: Log) {
    this.#log = log;
  }

  /** Writes an event. */
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
