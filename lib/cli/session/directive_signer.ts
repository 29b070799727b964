/**
 * Signs the directives about a request that this program has submitted: releases of its held hosts,
 * a cancel, a confirmation. Each names the request by the digest of its body.
 * @module
 */
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { type Target, targetOfNames } from "../../nodeset/mod.ts";
import { parseNodeName } from "../../nodeset/sets/node_name.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import {
  type PreparedRequest,
  signedCancel,
  signedConfirm,
  signedReleases,
} from "../../trigger/requests/submission.ts";
import type { Progress } from "../../trigger/results/followed_job.ts";
import type { HeldJob } from "../../trigger/rollout/rollout.ts";

/** The request that a directive names. */
export type NamedRequest = Pick<PreparedRequest, "id" | "digest">;

/** Signs directives for the hosts of one target with the operator's key. */
export class DirectiveSigner {
  readonly #target: Target;
  readonly #key: SecretKey;

  /** Signs for `target`, without groups, with `key`. */
  constructor(target: Target, key: SecretKey) {
    this.#target = target;
    this.#key = key;
  }

  /** Signs a cancel, for host `node` or for all. */
  cancel(request: NamedRequest, node?: string): HubMessage {
    const target = node === undefined ? this.#target : targetOfNames([parseNodeName(node)]);
    return signedCancel({ ...subjectOf(request), target }, this.#key);
  }

  /** Signs a confirmation of the changes. */
  confirm(request: NamedRequest): HubMessage {
    return signedConfirm({ ...subjectOf(request), target: this.#target }, this.#key);
  }

  /**
   * Returns the held job `job` of `request`: releasing hosts signs a release for them, and counts
   * them in `progress`.
   */
  holding(request: PreparedRequest, job: SubmittedJob, progress: Progress): HeldJob {
    return {
      release: (nodes) => {
        progress.released(nodes);
        const releases = signedReleases(request, nodes, this.#key);
        for (const { nodes: named, message } of releases) job.release(named, message);
      },
      withhold: () => job.withhold(),
    };
  }
}

/** Returns a job that only the hub holds: its request is not held, so a release needs no signature. */
export function heldByHub(job: SubmittedJob, progress: Progress): HeldJob {
  return {
    release: (nodes) => {
      progress.released(nodes);
      job.release(nodes);
    },
    withhold: () => job.withhold(),
  };
}

function subjectOf(
  { id, digest }: NamedRequest,
): { readonly job: string; readonly request: string } {
  return { job: id, request: digest };
}
