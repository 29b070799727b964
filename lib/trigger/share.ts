/**
 * A part of some hosts: so many, or so many percent. Pure; imports nothing.
 * @module
 */

/** `5` or `10%`. */
export type Share =
  | { readonly kind: "count"; readonly count: number }
  /** Of all, above 0 and at most 100. */
  | { readonly kind: "percent"; readonly percent: number };

/**
 * How many of `total` hosts a share is: percent are rounded up, so that a share of some hosts is never
 * nobody; never more than `total`.
 */
export function hostsIn(share: Share, total: number): number {
  const count = share.kind === "count" ? share.count : Math.ceil(total * share.percent / 100);
  return Math.min(count, total);
}
