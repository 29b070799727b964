/**
 * The way into the agent: whatever asks it to run something is judged here and nowhere else. The
 * order of the checks is part of their safety: nothing is believed before its signature holds, a
 * stranger learns nothing, and nothing runs before it is on disk that it was seen. It is: size and
 * form, type, key known, signature, rules of the body (all in `verifyEnvelope()`), meant for this host, not
 * seen before, fresh, policy, journal; the agent adds the audit log.
 * Imports `base`, `envelope` and `nodeset`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { checkProgramName } from "../envelope/trust/command_pattern.ts";
import { EnvelopeError } from "../envelope/errors.ts";
import { checkFreshness } from "../envelope/trust/freshness.ts";
import { LEGACY_ALL_HOSTS, legacyDigest } from "../protocol/legacy_command.ts";
import { type Verified, verifyEnvelope } from "../envelope/signing/verify_envelope.ts";
import { type Request, requestType, type Run } from "../envelope/statements/request.ts";
import type { SecretValues } from "../envelope/statements/secrets.ts";
import type { UnsignedCommand } from "../envelope/session.ts";
import type { TrustedKey } from "../envelope/trust/trust_file.ts";
import { matchesTarget, parseSignedTarget, type TargetNode } from "../nodeset/mod.ts";
import { type Admission, FOR_ANOTHER_HOST, type Job, type Refusal } from "./admission.ts";
import { openBrought } from "./brought_secrets.ts";
import type { AcceptedRequest, Journal } from "./journal.ts";
import { decide, type Decision, type PolicyContext } from "./policy.ts";
import { nameOf, summaryOf } from "./rehearsal.ts";
import { splayDelay } from "./splay.ts";
import { objectToCompanions } from "./survive_pairs.ts";
import type { TrustStore } from "./trust_store.ts";

/** What a gate needs to know. */
export interface GateOptions {
  /** The agent itself: its name is compared exactly. */
  readonly node: TargetNode;
  /** Whose signatures count. */
  readonly trust: TrustStore;
  /** Remembers requests and their results. */
  readonly journal: Journal;
  /** Whether commands that nobody has signed may run. */
  readonly insecure: boolean;
  /** The longest that a request may live, in milliseconds, so that it can wait for this host. */
  readonly maxLifeMs?: number;
  /** What the policy must know of this host. */
  readonly policy: Pick<PolicyContext, "ownUser" | "resolve">;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
}

/** The longest that a command of the first program runs: a day, in milliseconds. */
const UNSIGNED_TIMEOUT_MS = 86_400_000;
/** The longest that a request lives unless something else is said: a day, in milliseconds. */
const MAX_LIFE_MS = 86_400_000; // check: default-max-life
/** How long the id of an unsigned command is remembered, in milliseconds. */
const UNSIGNED_LIFE_MS = 300_000;

/** Judges what comes in. */
export class Gate {
  readonly #options: GateOptions;
  readonly #clock: Clock;

  /** Makes a gate. */
  constructor(options: GateOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Judges a signed request and the secrets that came with it. Never throws on what a stranger sent. */
  signed(envelope: Uint8Array, secrets?: Uint8Array): Admission {
    try {
      const request = verifyEnvelope(envelope, {
        payloadType: requestType,
        keys: (keyid) => this.#options.trust.get(keyid)?.key, // check: trusted-key
      });
      // check: request-target
      if (!this.#isForMe(request.body)) return { kind: "ignore", reason: FOR_ANOTHER_HOST };
      const { body: { id }, digest } = request;
      return this.#withJournal({ id, digest }, () => this.#judge(request, secrets));
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error; // check: bad-envelope
      return { kind: "ignore", reason: error.message };
    }
  }

  /** Judges a command of the first program. Never throws on what a stranger sent. */
  unsigned({ id, host, command }: Omit<UnsignedCommand, "kind">): Admission {
    const { node, insecure } = this.#options;
    // check: unsigned-command
    if (!insecure) return { kind: "ignore", reason: "an unsigned command without --insecure" };
    if (host !== node.name && host !== LEGACY_ALL_HOSTS) { // check: unsigned-host
      return { kind: "ignore", reason: FOR_ANOTHER_HOST };
    }
    const digest = legacyDigest({ host, command });
    const expires = this.#clock.now() + UNSIGNED_LIFE_MS;
    const job: Job = {
      id,
      digest,
      signers: [],
      rule: "--insecure",
      notBefore: 0,
      notAfter: Infinity,
      run: { kind: "shell", command },
      timeoutMs: UNSIGNED_TIMEOUT_MS,
      maxOutput: null,
      survive: false,
    };
    const request = { id, digest, issued: 0, expires }; // check: unsigned-time
    return this.#withJournal(request, () => this.#admit(request, job));
  }

  #isForMe({ target }: Request): boolean {
    return matchesTarget(parseSignedTarget(target), this.#options.node);
  }

  /**
   * From here on the request is known to be an operator's and meant for this host. One that came
   * before is not judged again, since it may have expired while it runs.
   */
  #judge(request: Verified<Request>, secrets: Uint8Array | undefined): Admission {
    const { body, digest } = request;
    const asked = { id: body.id, digest };
    const known = this.#options.journal.digestOf(body.id);
    if (known === digest) return { kind: "repeated", ...asked }; // check: repeated-request
    const stale = this.#staleness(body);
    if (stale) return { kind: "refuse", ...asked, refusal: stale }; // check: request-times
    // check: id-reused
    if (known !== undefined) return { kind: "refuse", ...asked, refusal: ID_REUSED };
    const decision = this.#decide(request);
    // check: policy-denial
    if (decision.kind === "deny") return { kind: "refuse", ...asked, refusal: refusal(decision) };
    const { rule } = decision;
    const what = nameOf(body.run);
    if (what.kind === "failed") {
      return { kind: "refuse", ...asked, refusal: { code: what.reason, reason: what.message } };
    }
    const mortal = body.survive ? objectToCompanions(body) : undefined;
    if (mortal !== undefined) { // check: survive-allowed
      return { kind: "refuse", ...asked, refusal: { code: "bad-survive", reason: mortal } };
    }
    if (body.mode === "check") { // check: dry-run
      const { user = this.#options.policy.ownUser, undo, survive } = body;
      const rehearsal = { what: what.name, user, delayMs: this.#delayOf(body), undo, survive };
      return { kind: "allow", ...asked, rule, summary: summaryOf(rehearsal) };
    }
    const opened = openBrought(body, secrets);
    if (opened.kind === "refused") return { kind: "refuse", ...asked, refusal: opened.refusal };
    const { issued, expires } = body;
    const job = { ...this.#jobOf(request, opened.values), rule };
    return this.#admit({ ...asked, issued, expires }, job);
  }

  /** What undoes a command is a command, too: it must be allowed as well. */
  #decide(request: Verified<Request>): Decision {
    const { body } = request;
    const [signers, context] = [this.#entries(request), this.#policyContext()];
    const decision = decide(body, signers, context);
    if (decision.kind === "deny" || !body.undo) return decision;
    const { stdin: _none, ...wish } = body;
    const run = { kind: "shell", command: body.undo.command } as const;
    const undo = decide({ ...wish, run }, signers, context);
    return undo.kind === "deny" ? { ...undo, reason: `to undo it: ${undo.reason}` } : decision;
  }

  #staleness(body: Request): Refusal | undefined {
    const { journal, maxLifeMs } = this.#options;
    const freshness = checkFreshness({
      issued: body.issued / 1_000,
      expires: body.expires / 1_000,
    }, {
      now: this.#clock.now() / 1_000, // check: gate-clock
      floor: journal.floor / 1_000, // check: gate-floor
      greatestIssued: journal.latestIssued / 1_000, // check: gate-latest
      maxLife: (maxLifeMs ?? MAX_LIFE_MS) / 1_000, // check: gate-max-life
    });
    return freshness.kind === "stale" ? refusal(freshness) : undefined;
  }

  #entries({ signers }: Verified<Request>): readonly TrustedKey[] {
    // check: every-signer
    return signers.flatMap((key) => this.#options.trust.get(key.keyid) ?? []);
  }

  #policyContext(): PolicyContext {
    const { node, policy } = this.#options;
    return { node, nowMs: this.#clock.now(), ...policy };
  }

  #admit(request: AcceptedRequest, job: Job): Admission {
    const { id, digest } = request;
    const accepted = this.#options.journal.accept(request);
    switch (accepted.kind) {
      case "new":
        return { kind: "run", id, job };
      case "full": // check: journal-full
        return { kind: "refuse", id, digest, refusal: JOURNAL_FULL };
      case "seen": // check: journal-seen
        return { kind: "repeated", id, digest };
      default:
        return accepted satisfies never;
    }
  }

  /** A full disk must not end the agent: what it runs already is to be brought to its end. */
  #withJournal(asked: Pick<AcceptedRequest, "id" | "digest">, judge: () => Admission): Admission {
    try { // check: journal-broken
      return judge();
    } catch (error) {
      const { id, digest } = asked;
      const problem = error instanceof Error ? error.message : String(error);
      const reason = `the journal cannot be used: ${problem}`;
      return { kind: "refuse", id, digest, refusal: { code: "no-journal", reason } };
    }
  }

  #delayOf({ id, splayMs = 0 }: Request): number {
    return splayMs === 0 ? 0 : splayDelay({ id, node: this.#options.node.name, splayMs });
  }

  /** What was judged is what runs: a plain name is replaced by the file that it was judged as. */
  #jobOf(
    { body, digest, signers }: Verified<Request>,
    secrets: SecretValues | undefined,
  ): Omit<Job, "rule"> {
    const { id, issued, expires, user, cwd, env, stdin, input, timeoutMs } = body;
    const { splayMs, undo, maxOutput, survive, note } = body;
    return {
      id,
      digest,
      signers: signers.map((key) => key.keyid), // check: job-signers
      run: this.#resolved(body.run), // check: resolved-program
      notBefore: issued, // check: not-before
      notAfter: expires, // check: not-after
      timeoutMs, // check: run-time-limit
      maxOutput: maxOutput ?? null, // check: run-output-limit
      survive,
      ...(splayMs !== undefined && { delayMs: this.#delayOf(body) }),
      ...(user !== undefined && { user }), // check: run-as-user
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      ...(undo !== undefined && { undo }),
      ...(secrets !== undefined && { secrets }),
      ...(stdin !== undefined && { stdin: Uint8Array.fromBase64(stdin) }),
      ...(input !== undefined && { input }),
      ...(note !== undefined && { note }),
    };
  }

  #resolved(run: Run): Run {
    const [program = "", ...words] = run.kind === "argv" ? run.argv : [];
    // check: program-form
    if (run.kind !== "argv" || checkProgramName(program) !== undefined) return run;
    const path = program.startsWith("/") ? program : this.#options.policy.resolve(program);
    return { kind: "argv", argv: [path ?? program, ...words] };
  }
}

function refusal({ code, reason }: Refusal): Refusal {
  return { code, reason };
}

const ID_REUSED: Refusal = { code: "id-reused", reason: "another request had the same id" };
const JOURNAL_FULL: Refusal = {
  code: "journal-full",
  reason: "too many requests have not expired yet",
};
