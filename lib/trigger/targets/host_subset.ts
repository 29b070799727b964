/**
 * Selects a part of some hosts: a count or a percentage, at random and reproducibly.
 *
 * Each name is ranked by a hash of the name and the seed, and the lowest ranks are selected. So the
 * order of names does not matter, a larger sample contains every smaller one, and a host that is
 * added or removed changes the selection by at most one.
 * @module
 */

/** A number of hosts, such as `5` or `10%`. */
export type HostShare =
  | { readonly kind: "count"; readonly count: number }
  /** Above 0 and at most 100. */
  | { readonly kind: "percent"; readonly percent: number };

/**
 * Returns how many of `total` hosts a share is, at most `total`. A percentage is rounded up, so that it
 * selects at least one host.
 */
export function hostCount(share: HostShare, total: number): number {
  const count = share.kind === "count" ? share.count : Math.ceil(total * share.percent / 100);
  return Math.min(count, total);
}

/** Selects `count` of `names`, or all if there are fewer, in the order of `names`. */
export function sample<Name extends string>(
  names: readonly Name[],
  { count, seed }: { readonly count: number; readonly seed: string },
): Name[] {
  const ranked = names
    .map((name) => ({ name, rank: rankOf(`${seed}\0${name}`) }))
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  const selected = new Set(ranked.slice(0, count).map(({ name }) => name));
  return names.filter((name) => selected.has(name));
}

/** Returns a number below 2^53: two runs of FNV-1a, finished as in MurmurHash3. */
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
