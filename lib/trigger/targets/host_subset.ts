/**
 * A part of some hosts: how many, as a count or a percentage, and which, at random in a way that
 * can be repeated.
 *
 * Each name gets a number that depends on the name and the seed only, and the lowest numbers are
 * chosen. So the order of names does not matter, a larger sample holds every smaller one, and a
 * host that joins or leaves changes the choice by at most one.
 * @module
 */

/** `5` or `10%`. */
export type HostShare =
  | { readonly kind: "count"; readonly count: number }
  /** Of all, above 0 and at most 100. */
  | { readonly kind: "percent"; readonly percent: number };

/**
 * How many of `total` hosts a share is: percent are rounded up, so that a share of some hosts is never
 * nobody; never more than `total`.
 */
export function hostCount(share: HostShare, total: number): number {
  const count = share.kind === "count" ? share.count : Math.ceil(total * share.percent / 100);
  return Math.min(count, total);
}

/** Chooses `count` of `names`, all if there are not more, in the order of `names`. */
export function sample<Name extends string>(
  names: readonly Name[],
  { count, seed }: { readonly count: number; readonly seed: string },
): Name[] {
  const ranked = names
    .map((name) => ({ name, rank: rankOf(`${seed}\0${name}`) }))
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  const chosen = new Set(ranked.slice(0, count).map(({ name }) => name));
  return names.filter((name) => chosen.has(name));
}

/** A number below 2^53 for a text: two runs of FNV-1a with MurmurHash3's last step. */
function rankOf(text: string): number {
  return hash(text, 0x811c9dc5) * 0x200000 + (hash(text, 0x9747b28c) >>> 11);
}

function hash(text: string, basis: number): number {
  let state = basis;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
