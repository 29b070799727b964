/**
 * Options for a rollout: window, batches, canaries, and the thresholds at which it stops.
 * @module
 */

import { MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import type { RolloutSpec } from "../../trigger/rollout/rollout_plan.ts";
import type { HostShare } from "../../trigger/targets/host_subset.ts";
import { UserError } from "../../base/errors.ts";
import type { OptionParser } from "./command.ts";
import { refuseConflicts } from "./usage_checks.ts";
import { duration, share, tolerance } from "./values.ts";

/** The rollout, unless the command starts on all hosts at once. */
export interface RolloutChoice {
  /** The requested rollout; `undefined` if none was requested. */
  readonly rollout: RolloutSpec | undefined;
}

interface RawRolloutOptions extends RolloutSpec {
  readonly failFast: boolean;
}

/** The help text about these options as a whole. */
export const ROLLOUT_NOTE: string =
  "Without an option about how many at once, all hosts begin together. " +
  "They get their turn in the order of their names. N% is of all hosts that are meant, rounded " +
  "up; of --max-fail and --max-lost exactly, so that 10% of 5 hosts stops at the first. When it " +
  "is stopped, hosts under way go on to their end, the others are not begun, and 8 is added to " +
  "the exit status. A request that goes out in parts is signed for as long as that may take at " +
  "the longest, at most 24h.";

/**
 * Parses `-f`, `--batch`, `--batch-wait`, `--canary`, `--max-fail`, `--max-lost` and `-k`. Refuses
 * combinations without a meaning with a {@linkcode UserError}.
 */
export function rolloutOptions(): OptionParser<RolloutChoice> {
  const options = group(
    "How many at once",
    object({
      window: optional(option("-f", "--fanout", share(), {
        description:
          message`at most so many hosts at once (default: all, but 32 if -k, --max-fail or --max-lost is given and --batch is not)`,
      })),
      batch: optional(option("--batch", share(), {
        description: message`so many hosts; when all of them have ended, so many more`,
      })),
      batchWaitMs: optional(option("--batch-wait", duration(MAX_REQUEST_LIFE_MS), {
        description: message`wait so long between batches: 90, 5m, 2h`,
      })),
      canary: optional(option("--canary", share(), {
        description:
          message`so many hosts first; go on if all of them exit with 0 and print the same, otherwise ask, or stop if nobody is there`,
      })),
      maxFailed: optional(option("--max-fail", tolerance(), {
        description: message`begin on no more hosts once more than so many have failed or refused`,
      })),
      maxLost: optional(option("--max-lost", tolerance(), {
        description: message`the same for hosts that are lost or were not reached`,
      })),
      failFast: option("-k", "--fail-fast", {
        description: message`like --max-fail 0 --max-lost 0`,
      }),
    }),
  );
  return map(options, (raw) => ({ rollout: requestedRollout(raw) }));
}

const ZERO_HOSTS: HostShare = { kind: "count", count: 0 };

function requestedRollout({ failFast, ...spec }: RawRolloutOptions): RolloutSpec | undefined {
  refuseConflicts({
    "-k": failFast,
    "--max-fail": spec.maxFailed !== undefined,
    "--max-lost": spec.maxLost !== undefined,
  }, [
    { pair: ["-k", "--max-fail"], hint: "-k is --max-fail 0 --max-lost 0; leave it out" },
    { pair: ["-k", "--max-lost"], hint: "-k is --max-fail 0 --max-lost 0; leave it out" },
  ]);
  if (spec.batchWaitMs !== undefined && spec.batch === undefined) {
    throw new UserError("--batch-wait is only for --batch", {
      hint: "--batch N or --batch N% says how many hosts there are between two waits",
    });
  }
  if (failFast) return { ...spec, maxFailed: ZERO_HOSTS, maxLost: ZERO_HOSTS };
  return Object.values(spec).some((value) => value !== undefined) ? spec : undefined;
}
