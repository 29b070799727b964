/**
 * Log lines for events of an endpoint: connections that begin, end, are refused or are dialled
 * again.
 * @module
 */
import type { EndpointEvent, PipeEnd } from "../../sp/mod.ts";
import type { Log } from "./log.ts";

/** Writes an endpoint's event to `log`; peers cause these, so their lines are bounded. */
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
