/**
 * Masks secrets in what a command prints, before it leaves the host. All secrets are searched in
 * one pass (Aho-Corasick), so many secrets cost no more than one. Best effort: finds only the exact
 * bytes of a secret, not an encoding of them such as base64.
 * @module
 */
import { concat, encodeUtf8 } from "../../base/bytes.ts";

/** Replaces a secret, or several that touch or overlap. */
const MASK = encodeUtf8("***");

/** A state of the automaton: the longest prefix of a secret at the end of the input so far. */
interface AutomatonState {
  readonly next: Map<number, AutomatonState>;
  /** The length of that prefix. */
  readonly depth: number;
  /** The state of the next shorter prefix. */
  shorter: AutomatonState;
  /** The length of the longest secret at the end of the input so far; 0 if there is none. */
  found: number;
}

/** Bytes that belong to secrets, as offsets in the held bytes. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Masks one stream. */
export class OutputMask {
  readonly #root: AutomatonState;
  #state: AutomatonState;
  /** The end of the input that is, or may become, part of a secret. */
  #held: Uint8Array = new Uint8Array();
  /** The confirmed secrets in it, in order. */
  #matches: Span[] = [];
  /** Whether the last released byte belonged to a secret, so that its mask is out. */
  #masking = false;

  /** Searches for `secrets`, none of which is empty. */
  constructor(secrets: readonly string[]) {
    this.#root = this.#state = buildAutomaton(secrets.map(encodeUtf8));
  }

  /**
   * Takes the next bytes, which the caller keeps. Returns what can be released: everything but an
   * end that may start a secret. The result is valid as long as `bytes` is.
   */
  push(bytes: Uint8Array): Uint8Array {
    if (this.#isHarmless(bytes)) {
      this.#masking &&= bytes.length === 0;
      return bytes;
    }
    const all = concat([this.#held, bytes]);
    for (let at = this.#held.length; at < all.length; at++) {
      this.#state = this.#follow(all[at] ?? 0);
      const { found } = this.#state;
      if (found > 0) this.#cover(at + 1 - found, at + 1);
    }
    const free = all.length - this.#state.depth;
    this.#held = all.slice(free);
    return this.#release(all.subarray(0, free));
  }

  /** Ends the stream and returns the rest. */
  end(): Uint8Array {
    const rest = this.#held;
    this.#held = new Uint8Array();
    this.#state = this.#root;
    return this.#release(rest);
  }

  /** Whether no secret touches `bytes`, as in most output. */
  #isHarmless(bytes: Uint8Array): boolean {
    return this.#held.length === 0 && !this.#root.next.keys().some((byte) => bytes.includes(byte));
  }

  #follow(byte: number): AutomatonState {
    let state = this.#state;
    while (state !== this.#root && !state.next.has(byte)) state = state.shorter;
    return state.next.get(byte) ?? this.#root;
  }

  /** Adds a span, merged with the spans that it touches. */
  #cover(from: number, to: number): void {
    for (let last = this.#matches.at(-1); last && last.to >= from; last = this.#matches.at(-1)) {
      from = Math.min(from, last.from);
      this.#matches.pop();
    }
    this.#matches.push({ from, to });
  }

  /** Releases the first held bytes, with secrets masked. */
  #release(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const { from, to } of this.#matches) {
      if (from >= length) break;
      if (from > at) parts.push(bytes.subarray(at, from));
      if (from > at || !this.#masking) parts.push(MASK);
      this.#masking = true;
      at = Math.min(to, length);
    }
    if (at < length) {
      parts.push(bytes.subarray(at));
      this.#masking = false;
    }
    this.#matches = this.#matches.filter(({ to }) => to > length)
      .map(({ from, to }) => ({ from: Math.max(0, from - length), to: to - length }));
    return concat(parts);
  }
}

function buildAutomaton(secrets: readonly Uint8Array[]): AutomatonState {
  const root = makeState(0);
  for (const secret of secrets) {
    let here = root;
    for (const byte of secret) {
      const next = here.next.get(byte) ?? makeState(here.depth + 1, root);
      here.next.set(byte, next);
      here = next;
    }
    here.found = secret.length;
  }
  linkSuffixes(root);
  return root;
}

/** Links level by level, because shorter prefixes must be linked first. */
function linkSuffixes(root: AutomatonState): void {
  const states = [...root.next.values()];
  for (const state of states) {
    for (const [byte, next] of state.next) {
      let shorter = state.shorter;
      while (shorter !== root && !shorter.next.has(byte)) shorter = shorter.shorter;
      next.shorter = shorter.next.get(byte) ?? root;
      next.found ||= next.shorter.found;
      states.push(next);
    }
  }
}

function makeState(depth: number, shorter?: AutomatonState): AutomatonState {
  const state: Omit<AutomatonState, "shorter"> & Partial<AutomatonState> = {
    next: new Map(),
    depth,
    found: 0,
  };
  return Object.assign(state, { shorter: shorter ?? state as AutomatonState });
}
