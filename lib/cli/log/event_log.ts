/**
 * Logs the events of agents, hubs and their connections for the administrator: what happened as a
 * fixed phrase, the host, the job and the address as fields of the same names everywhere.
 * @module
 */
import { type Admission, FOR_ANOTHER_HOST } from "../../agent/admission/admission.ts";
import type { DirectiveDecision } from "../../agent/admission/directive_gate.ts";
import type { AgentEvent } from "../../agent/agent.ts";
import type { RunnerEvent } from "../../agent/jobs/runner.ts";
import type { OpenEvent } from "../../agent/open_agent.ts";
import type { DaemonEvent } from "../../hub/hub_daemon.ts";
import { outdatedText } from "../../protocol/session/version.ts";
import type { EndpointEvent, PipeEnd } from "../../sp/mod.ts";
import { messageOf } from "../../base/errors.ts";
import type { Log } from "./log.ts";

/**
 * Writes an endpoint's event to `log`. Peers cause these events, so their lines are rate limited.
 */
export function logWireEvent(event: EndpointEvent, log: Log): void {
  const logger = log.logger("wire");
  switch (event.kind) {
    case "attached":
      return logger.debug("connection opened", {
        addr: event.pipe.remote,
        role: event.pipe.role,
      });
    case "detached":
      return logger.debug("connection closed", {
        addr: event.pipe.remote,
        reason: endText(event.end),
      });
    case "refused":
      return log.peerEvents.log("connection refused", {
        addr: event.remote,
        reason: event.error.message,
      });
    case "retrying":
      return logger.debug("reconnecting", {
        url: event.url,
        delay: `${Math.round(event.delayMs)}ms`,
      });
    default:
      event satisfies never;
  }
}

function endText(end: PipeEnd): string {
  switch (end.kind) {
    case "closed":
      return "closed locally";
    case "ended":
      return "closed by the peer";
    case "failed":
      return end.error.message;
    default:
      return end satisfies never;
  }
}

/** The event of each decision about a directive. */
const DIRECTIVE_EVENTS: Readonly<Record<Exclude<DirectiveDecision["kind"], "ignore">, string>> = {
  cancel: "cancel accepted",
  "cancel-early": "cancel accepted before the request",
  confirm: "confirmation accepted",
  release: "release accepted",
};

/** Writes the events of an agent to a log. */
export class AgentLog {
  readonly #log: Log;
  /** Whether an unreachable hub has been reported. */
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
        return logger.info("session with hub opened", { version: event.hubVersion });
      case "malformed":
        return this.#log.peerEvents.log("protocol error", {
          addr: event.remote,
          error: event.problem,
        });
      case "turned-away":
        return this.#log.peerEvents.log("agent refused by hub", {
          addr: event.remote,
          host: event.name,
          reason: "the hub knows another key of this host",
          hint:
            `if this host was reinstalled, run at the hub: nanotrigger hosts forget ${event.name}`,
        });
      case "outdated-hub":
        return this.#log.peerEvents.log("hub refused", {
          addr: event.remote,
          reason: outdatedText("nanotrigger", event.version),
        });
      case "silent":
        return logger.warning("hub timed out, reconnecting", { addr: event.remote });
      case "admission":
        return this.#logAdmission(event.admission);
      case "directive":
        return this.#logDirective(event.decision);
      case "undoing":
        return logger.warning("undo started", { job: event.job.id, pid: event.pid });
      case "started":
        return logger.info("command started", { job: event.job.id, pid: event.pid });
      case "resumed":
        return logger.info("command resumed", { job: event.job.id, pid: event.pid });
      case "left":
        return logger.info("command continues without this agent", { job: event.job.id });
      case "ended": {
        const { kind: outcome, ...details } = event.outcome;
        return logger.info("command ended", { job: event.job.id, outcome, ...details });
      }
      case "journal-failed":
        return logger.error("cannot write journal", { error: messageOf(event.error) });
      case "missing":
        return logger.warning("feature not available", { reason: event.what });
      default:
        event satisfies never;
    }
  };

  /**
   * Writes an endpoint's event. One-shot triggers attach and detach often, so only the first failed
   * attempt to connect may be a mistake.
   */
  #wire(event: EndpointEvent): void {
    const logger = this.#log.logger("wire");
    if (event.kind === "attached") {
      this.#warned = true;
      logger.info("connected to hub", { addr: event.pipe.remote });
    }
    if (event.kind !== "retrying") return logWireEvent(event, this.#log);
    if (this.#warned || !event.error) return logWireEvent(event, this.#log);
    this.#warned = true;
    logger.warning("hub not reachable, retrying", { url: event.url, error: event.error.message });
  }

  #logDirective(decision: DirectiveDecision): void {
    if (decision.kind === "ignore") {
      return this.#log.peerEvents.log("directive ignored", { reason: decision.reason });
    }
    const { by, job } = decision;
    this.#log.logger("gate").info(DIRECTIVE_EVENTS[decision.kind], { job, by });
  }

  #logAdmission(admission: Admission): void {
    const logger = this.#log.logger("gate");
    if (admission.kind === "run") {
      const { id, job: { rule } } = admission;
      logger.info("request accepted", { job: id, rule });
    }
    if (admission.kind === "refuse") {
      const { id, refusal: { code, reason } } = admission;
      this.#log.peerEvents.log("request refused", { job: id, code, reason });
    }
    if (admission.kind === "ignore" && admission.reason !== FOR_ANOTHER_HOST) {
      this.#log.peerEvents.log("message ignored", { reason: admission.reason });
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
      case "arrived": {
        const { name: host, remote: addr, hello: { version } } = event.session;
        return logger.info("agent attached", { host, addr, version });
      }
      case "left":
        return logger.info("agent detached", {
          host: event.session.name,
          addr: event.session.remote,
          reason: endText(event.end),
        });
      case "suspicious":
        return this.#log.peerEvents.log("protocol error", {
          addr: event.remote,
          error: event.problem,
        });
      case "impostor":
        return this.#log.peerEvents.log("agent refused", {
          addr: event.remote,
          host: event.name,
          reason: "agent key changed",
          hint: `if the host was reinstalled: nanotrigger hosts forget ${event.name}`,
        });
      case "outdated-agent":
        return this.#log.peerEvents.log("agent refused", {
          addr: event.remote,
          host: event.name,
          reason: outdatedText("nanoexec", event.version),
        });
      case "left-early":
        return this.#log.peerEvents.log("agent left before its hello", {
          addr: event.remote,
          hint: "an agent of nanoexec 0.1 does so: upgrade it",
        });
      case "outdated-operator":
        return this.#log.peerEvents.log("operator refused", {
          addr: event.remote,
          reason: outdatedText("nanotrigger", event.version),
        });
      case "login-refused":
        return this.#log.peerEvents.log("login refused", {
          addr: event.remote,
          reason: event.reason,
        });
      case "call-denied":
        return this.#log.peerEvents.log("call denied", {
          addr: event.remote,
          operator: event.operator,
          reason: event.reason,
        });
      case "operator-ended":
        return this.#log.peerEvents.log("operator session ended", {
          addr: event.remote,
          operator: event.operator,
          reason: event.reason,
        });
      case "restored":
        if (event.jobs > 0) logger.info("jobs restored", { jobs: event.jobs });
        return;
      case "not-written-down":
        return this.#log.peerEvents.log("host not stored", {
          host: event.name,
          reason: "the store holds the maximum number of hosts",
        });
      case "store-failed":
        return this.#log.failures.log("cannot write store", { error: event.error.message });
      default:
        event satisfies never;
    }
  };
}
