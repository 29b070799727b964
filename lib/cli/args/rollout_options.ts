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
import type { OptionParser, Topic } from "./command.ts";
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

/** The explanation of these options as a whole. */
export const ROLLOUT_TOPIC: Topic = {
  title: "Rollout",
  text: [
    "Without these options the command starts on all hosts at once. Hosts start in the order of " +
    "their names. -f defaults to 32 with -k, --max-fail or --max-lost and without --batch.",
    "N% is a share of the hosts of the target, rounded up. --max-fail and --max-lost are not " +
    "rounded: 10% of 5 hosts stops at the first.",
    "If canaries fail or print different output, the program asks. Without a terminal it stops.",
    "A stopped rollout starts no more hosts and lets running commands end. The exit status then " +
    "includes 8. The request is signed for the whole rollout, at most 24h.",
  ],
};

/**
 * Parses `-f`, `--batch`, `--batch-wait`, `--canary`, `--max-fail`, `--max-lost` and `-k`. Refuses
 * combinations without a meaning with a {@linkcode UserError}.
 */
export function rolloutOptions(): OptionParser<RolloutChoice> {
  const options = group(
    "Rollout",
    object({
      window: optional(option("-f", "--fanout", share(), {
        description: message`run on at most N hosts at once (default all)`,
      })),
      batch: optional(option("--batch", share(), {
        description: message`run on N hosts, then on the next N, and so on`,
      })),
      batchWaitMs: optional(option("--batch-wait", duration(MAX_REQUEST_LIFE_MS), {
        description: message`wait this long between batches`,
      })),
      canary: optional(option("--canary", share(), {
        description: message`run on N hosts first; continue if all succeed alike`,
      })),
      maxFailed: optional(option("--max-fail", tolerance(), {
        description: message`stop when more than N hosts failed or refused`,
      })),
      maxLost: optional(option("--max-lost", tolerance(), {
        description: message`stop when more than N hosts are lost or not reached`,
      })),
      failFast: option("-k", "--fail-fast", {
        description: message`stop at the first failed or lost host`,
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
    { pair: ["-k", "--max-fail"], hint: "remove -k: it is --max-fail 0 --max-lost 0" },
    { pair: ["-k", "--max-lost"], hint: "remove -k: it is --max-fail 0 --max-lost 0" },
  ]);
  if (spec.batchWaitMs !== undefined && spec.batch === undefined) {
    throw new UserError("--batch-wait needs --batch", {
      hint: "add --batch N or --batch N%",
    });
  }
  if (failFast) return { ...spec, maxFailed: ZERO_HOSTS, maxLost: ZERO_HOSTS };
  return Object.values(spec).some((value) => value !== undefined) ? spec : undefined;
}
