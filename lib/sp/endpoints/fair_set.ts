/**
 * A set whose members have network addresses, for choosing fairly who gives way.
 * @module
 */

/** Members by address, oldest first. */
export class FairSet<T> {
  readonly #byAddress = new Map<string, Set<T>>();
  #size = 0;

  /** The number of members. */
  get size(): number {
    return this.#size;
  }

  /** Returns the number of members of an address. */
  countOf(address: string): number {
    return this.#byAddress.get(address)?.size ?? 0;
  }

  /** Adds a member that is not in the set. */
  add(address: string, member: T): void {
    const members = this.#byAddress.get(address);
    if (members) members.add(member);
    else this.#byAddress.set(address, new Set([member]));
    this.#size++;
  }

  /** Removes a member. Returns whether it was in the set. */
  delete(address: string, member: T): boolean {
    const members = this.#byAddress.get(address);
    if (!members?.delete(member)) return false;
    if (members.size === 0) this.#byAddress.delete(address);
    this.#size--;
    return true;
  }

  /** Returns all members, those of an address together. */
  all(): readonly T[] {
    return [...this.#byAddress.values()].flatMap((members) => [...members]);
  }

  /** Returns the members of the address that has the most, oldest first; none if it is empty. */
  ofLargest(): readonly T[] {
    let largest: ReadonlySet<T> = new Set();
    for (const members of this.#byAddress.values()) {
      if (members.size > largest.size) largest = members; // check: fair-address
    }
    return [...largest];
  }
}

/**
 * Returns the part of an IP address that one peer is supposed to control: an IPv6 address without
 * its lower 64 bits, because one machine can use all of them.
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => "0"), ...last];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
