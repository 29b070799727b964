/**
 * Choosing some of many hosts by chance, in a way that can be repeated. Pure; imports nothing.
 *
 * Each name gets a number that depends on it and on the seed alone, and those with the least are
 * chosen. So the order of the names does not matter, a larger sample holds every smaller one, and a
 * host that joins or leaves changes the choice by one at the most.
 * @module
 */

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
