/**
 * `nanoexec check --key NAME -- ARGV…`: reports whether the policy of this host allows a command.
 * Reads the trust files only; uses no network.
 * @module
 */
import { findInPath } from "../../agent/exec/program.ts";
import { findHostName } from "../../agent/hostname.ts";
import { decidePolicy } from "../../agent/admission/policy.ts";
import type { TrustStore } from "../../agent/admission/trust_store.ts";
import type { TrustedKey } from "../../envelope/trust/trust_file.ts";
import { findAccountById } from "../../agent/os/accounts.ts";
import { UserError } from "../../base/errors.ts";
import { EXIT_REFUSED } from "../process/exit_code.ts";
import type { CheckOptions } from "./check_options.ts";
import { hostFacts } from "../facts/host_facts.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { loadAgentTrust } from "../keys/agent_trust.ts";

/** Prints the decision. The exit status is 0 for "allowed" and 16 for "refused". */
export async function checkPolicy(
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  const paths = findInstallationPaths();
  const trust = await loadAgentTrust(options.trust, paths);
  const { configFolders: folders } = paths;
  const onProblem = (problem: string) => terminal.warning(problem);
  const signer = findSigner(trust, options.key);
  const { argv, user } = options;
  const request = { run: { kind: "argv" as const, argv }, ...(user !== undefined && { user }) };
  const decision = decidePolicy(request, [signer], {
    node: {
      name: options.hostname ?? await findHostName(),
      facts: new Map(Object.entries(await hostFacts({ folders, onProblem }))),
    },
    ownUser: await ownUser(),
    nowMs: Date.now(),
    resolve: findInPath,
  });
  if (decision.kind === "allow") {
    await terminal.print(`allowed by ${decision.rule}`);
    return 0;
  }
  await terminal.print(`refused (${decision.code}): ${decision.reason}`);
  return EXIT_REFUSED;
}

function findSigner(trust: TrustStore, name: string): TrustedKey {
  const found = [...trust.values()].filter(({ key, comment }) =>
    comment === name || key.base64.startsWith(name) || key.keyid.startsWith(name)
  );
  const [signer, second] = found;
  if (!signer) {
    throw new UserError(`no trusted key "${name}"`, { hint: trustedKeysHint(trust) });
  }
  if (second) {
    throw new UserError(`"${name}" matches several trusted keys`, {
      hint: "name the key by the beginning of its public part",
    });
  }
  return signer;
}

function trustedKeysHint(trust: TrustStore): string {
  const names = [...trust.values()].map(({ key, comment }) => `"${comment || key.base64}"`);
  return names.length === 0
    ? "add a key to a trust file: none is trusted on this host"
    : `use one of the trusted keys: ${names.join(", ")}`;
}

async function ownUser(): Promise<string> {
  const uid = Deno.uid();
  const lookup = uid === null ? undefined : await findAccountById(uid);
  return lookup?.kind === "found" ? lookup.account.name : "";
}
