/**
 * Every check of the agent between a verified request and its run. May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never, without } from "./mutant.ts";

function tests(...names: readonly string[]): readonly string[] {
  return names.map((name) => `tests/agent/${name}_test.ts`);
}

/** Gate and policy, and what they rely on. */
export const AGENT: readonly MutatedFile[] = [
  {
    file: "lib/agent/gate.ts",
    tests: tests("gate", "gate_journal", "gate_replay", "gate_execution", "survive_pairs"),
    changes: [
      without(
        "the target",
        'if (!this.#isForMe(request.body)) return { kind: "ignore", reason: FOR_ANOTHER_HOST };',
      ),
      changed(
        "the key",
        "this.#options.trust.get(keyid)?.key",
        "[...this.#options.trust.values()][0]?.key",
      ),
      changed(
        "that a stranger cannot end the agent",
        'if (!(error instanceof EnvelopeError)) throw error;\n      return { kind: "ignore"',
        'throw error;\n      return { kind: "ignore"',
      ),
      never("--insecure", "!insecure"),
      never("the host of an unsigned command", "host !== node.name && host !== LEGACY_ALL"),
      changed(
        "the whole name of a host",
        "host !== node.name &&",
        "!host.startsWith(node.name) &&",
      ),
      changed(
        "that an unsigned command says nothing about time",
        "issued: 0, expires }",
        "issued: expires, expires }",
      ),
      never("what came before", "known === digest"),
      changed("that what came before is the same", "known === digest", "known !== undefined"),
      never("the times", "stale"),
      never("that ids are used once", "known !== undefined"),
      never("the policy", 'decision.kind === "deny"'),
      never("what cannot outlive the agent", "mortal !== undefined"),
      never("the mode", 'body.mode === "check"'),
      changed("the clock", "now: this.#clock.now() / 1_000", "now: body.issued / 1_000"),
      changed("the floor", "floor: journal.floor / 1_000", "floor: 0"),
      changed(
        "the greatest time obeyed",
        "greatestIssued: journal.latestIssued / 1_000",
        "greatestIssued: 0",
      ),
      changed("the longest life", "(maxLifeMs ?? MAX_LIFE_MS) / 1_000", "1e9"),
      changed(
        "the longest life unless said",
        "MAX_LIFE_MS = 86_400_000",
        "MAX_LIFE_MS = 43_200_000",
      ),
      changed("all signers", "return signers.flatMap(", "return signers.slice(0, 1).flatMap("),
      changed(
        "a full journal",
        'case "full":',
        'case "full":\n        return { kind: "run", id, rule, job };',
      ),
      changed(
        "what was seen",
        'case "seen":',
        'case "seen":\n        return { kind: "run", id, rule, job };',
      ),
      changed("a broken journal", "try {\n      return judge();", "return judge();\n    try {"),
      changed("that what was judged runs", "run: this.#resolved(body.run)", "run: body.run"),
      changed("the form of a program's name", " || programProblem(program) !== undefined", ""),
      changed("that nothing runs before it was issued", "notBefore: issued", "notBefore: 0"),
      changed("that nothing runs after its end", "notAfter: expires", "notAfter: Infinity"),
      changed("the user", "...(user !== undefined && { user }),", ""),
      changed(
        "the time limit",
        "timeoutMs,\n      maxOutput: maxOutput ??",
        "timeoutMs: 1e6,\n      maxOutput: maxOutput ??",
      ),
      changed("the output limit", "maxOutput: maxOutput ?? null", "maxOutput: null"),
      changed("who signed", "signers: signers.map((key) => key.keyid)", "signers: []"),
    ],
  },
  {
    file: "lib/agent/policy.ts",
    tests: tests("policy"),
    changes: [
      never("any denial", "denial"),
      changed("every signer's options", "of signers) {", "of signers.slice(0, 1)) {"),
      never("how many signed", "signers.length < need"),
      changed("that anybody signed", "Math.max(1, ", "Math.max(0, "),
      changed(
        "the most demanding signer",
        "Math.max(1, ...signers.map(",
        "Math.min(...signers.map(",
      ),
      never("a key's end", "entry.expires !== undefined && context.nowMs >= entry.expires * 1_000"),
      changed("the moment of a key's end", "context.nowMs >= entry", "context.nowMs > entry"),
      never("a key's hosts", "entry.hosts && !matches(entry.hosts, context.node)"),
      never("no-shell", "entry.noShell && isShell(wish.run)"),
      never("a key's users", "entry.users && !entry.users.includes(user)"),
      changed(
        "the own user when none is named",
        "wish.user ?? context.ownUser",
        'wish.user ?? entry.users?.[0] ?? ""',
      ),
      changed(
        "a key's commands",
        "return entry.commands && commandDenial",
        "return undefined && commandDenial",
      ),
      never(
        "a command's words",
        "!patterns.some((pattern) => matchesCommand({ pattern, argv }, { resolve }))",
      ),
      changed("variables", "env && Object.keys(env).length > 0", "false"),
      changed("secrets", "secrets || env", "env"),
      never("folders", 'cwd !== undefined && cwd !== "/"'),
      never("input", "stdin !== undefined || input !== undefined"),
      changed(
        "a shell's text as the argv that it becomes",
        '["/bin/sh", "-c", run.command]',
        "[run.command]",
      ),
      changed("the name of a shell", 'program.slice(program.lastIndexOf("/") + 1)', "program"),
    ],
  },
  {
    file: "lib/agent/brought_secrets.ts",
    tests: tests("gate_execution"),
    changes: [
      changed(
        "that wrong secrets cannot end the agent",
        'if (!(error instanceof EnvelopeError)) throw error;\n    return { kind: "refused"',
        'throw error;\n    return { kind: "refused"',
      ),
      changed("that secrets came", "if (!part) return", "if (false) return"),
    ],
  },
  {
    file: "lib/agent/directive_gate.ts",
    tests: tests("directive_gate"),
    changes: [
      never("the target", "!matches(parseSignedTarget(body.target), node)"),
      never("the times", "stale !== undefined"),
      never("that there is such a command", "!requesters"),
      never("that the key may", "!entitled"),
    ],
  },
  {
    file: "lib/agent/journal.ts",
    tests: tests("journal", "journal_tampering", "journal_log", "gate_replay"),
    changes: [
      without("what was seen", 'if (this.digestOf(id) !== undefined) return { kind: "seen" };'),
      without(
        "how much there is",
        "if (left >= this.#capacity) return { isNew: false, remembered: left };",
      ),
      changed(
        "that nothing is evicted",
        "state = '${state}' AND expires < ?",
        "expires < ? OR '${state}' = ''",
      ),
      changed("that clocks differ", "Math.min(now, latest) - REMEMBER_MS", "Math.min(now, latest)"),
      changed("signed time", "Math.min(now, latest) - REMEMBER_MS", "now - REMEMBER_MS"),
      changed("the greatest time obeyed", 'this.#setMark("latestIssued", latest);', ""),
      changed(
        "that only what has ended is acknowledged",
        " AND state = 'ended'\";\n    this.#atOnce(() => this.#run(change, id))",
        '";\n    this.#atOnce(() => this.#run(change, id))',
      ),
      changed("its stamp", "this.#stamp?.isUntouched(token) === true", "true"),
      changed("its log", 'new FileStamp(path, ["-wal"])', "new FileStamp(path)"),
      changed("the floor of a new one", "isOurs ? 0 : clock.now() - idleMs + 1", "0"),
      changed(
        "a clock that was set right",
        "Math.max(this.#floor, Math.trunc(began) + 1)",
        "this.#floor",
      ),
      changed(
        "a clock that was set wrong",
        "Math.max(this.#floor, Math.trunc(began) + 1)",
        "Math.trunc(began) + 1",
      ),
      changed(
        "the token",
        'this.#atOnce(() => this.#setMark("token", this.#token));',
        "this.#atOnce(() => {});",
      ),
    ],
  },
  {
    file: "lib/agent/file_stamp.ts",
    tests: tests("file_stamp", "journal_tampering"),
    changes: [
      changed("the token", "${token} ${look}", "${look}"),
      changed("which file it is", "${info.ino} ", ""),
      changed("when it was changed", " ${info.mtimeNs}", ""),
    ],
  },
  {
    file: "lib/agent/trust_store.ts",
    tests: tests("trust_store"),
    changes: [
      without("revoked keys", "revoked.forEach((keyid) => entries.delete(keyid));"),
      never("other options of the same key", "known && rightsOf(known) !== rightsOf(entry)"),
      changed("the last of several readings", "if (own === this.#newest) this", "this"),
      changed(
        "a failed reading",
        "let entries: ReadonlyMap<string, TrustEntry> = new Map();",
        "let entries = this.#entries;",
      ),
      changed(
        "that a given file is there",
        "if (text !== undefined) return text;",
        'return text ?? "";',
      ),
    ],
  },
  {
    file: "lib/agent/turn.ts",
    tests: tests("runner"),
    changes: [
      changed(
        "that nothing runs before its time",
        "if (early > 0) await clock.sleep(early, signal);",
        "early = 0;",
      ),
      never("a clock that was set back", "early > MAX_SKEW * 1_000"),
      changed("that nothing runs after its time", "? undefined : LATE", "? undefined : undefined"),
      changed(
        "that nothing waits after its time",
        "() => over.abort(), () => {}",
        "() => {}, () => {}",
      ),
      never("slots", 'claim.kind === "busy"'),
    ],
  },
  {
    file: "lib/agent/agent.ts",
    tests: tests("agent_faults", "agent"),
    changes: [
      changed(
        "the record",
        "if (!problem) return runner.start(judged.job);",
        "return runner.start(judged.job);",
      ),
      changed(
        "that the agent is closing",
        "if (!this.#closing) this.#takeSealed(message, link);",
        "this.#takeSealed(message, link);",
      ),
      changed(
        "that refusals are not kept",
        "this.#answer(judged, { ...judged.refusal",
        "runner.conclude(judged, { ...judged.refusal",
      ),
    ],
  },
  {
    file: "lib/agent/link.ts",
    tests: tests("link"),
    changes: [
      changed(
        "the welcome",
        'if (!link) this.#sink.malformed(remote, "a message before the welcome");\n      else if (m',
        "if (m",
      ),
      changed("a second welcome", "} else if (link) this.#sink", "} else if (false) this.#sink"),
    ],
  },
];
