/**
 * Two network namespaces with a cable between them that can be cut, in each direction alone, or drop
 * packets; needs root.
 *
 *     await using network = await SplitNetwork.open();
 *     const agent = network.start("far", words, options);
 *     await network.cut("far");
 * @module
 */
import {
  type ExternalProgram,
  externalProgram,
  findExternalProgram,
} from "../programs/external_programs.ts";
import { RealProgram, type RealProgramOptions } from "../programs/real_program.ts";

/** One end of the cable. */
export type Side = "near" | "far";

const ADDRESSES: Readonly<Record<Side, string>> = { near: "10.99.0.1", far: "10.99.0.2" };
const SIDES: readonly Side[] = ["near", "far"];

/** The two namespaces. Disposing it removes them; programs in them must have ended. */
export class SplitNetwork implements AsyncDisposable {
  readonly #name = `nx${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;

  /** Creates both namespaces. */
  static async open(): Promise<SplitNetwork> {
    await using stack = new AsyncDisposableStack();
    const network = stack.use(new SplitNetwork());
    await network.#make();
    stack.move();
    return network;
  }

  /** Whether this host supports them. */
  static find(): ExternalProgram {
    const programs = [
      findExternalProgram("ip", "iproute2"),
      findExternalProgram("nft", "nftables"),
    ];
    const isThere = Deno.uid() === 0 && programs.every(({ available }) => available);
    return externalProgram(isThere, "root, iproute2, nftables");
  }

  /** Returns the address of a side, as the other one dials it. */
  address(side: Side): string {
    return ADDRESSES[side];
  }

  /** Starts a program at one side. */
  start(
    side: Side,
    words: readonly [string, ...string[]],
    options: RealProgramOptions,
  ): RealProgram {
    return new RealProgram(["ip", "netns", "exec", this.#space(side), ...words], options);
  }

  /** Cuts all packets to these sides from now on. */
  async cut(...sides: readonly Side[]): Promise<void> {
    for (const side of sides) await this.#rule(side, "drop");
  }

  /** Drops this percentage of the packets to both sides from now on. */
  async lose(percent: number): Promise<void> {
    for (const side of SIDES) await this.#rule(side, `numgen random mod 100 < ${percent} drop`);
  }

  /** Delivers all packets from now on. */
  async heal(): Promise<void> {
    for (const side of SIDES) await this.#nft(side, "flush chain ip faults arriving");
  }

  /** Removes the namespaces, and the cable with them. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const side of SIDES) await run("ip", "netns", "del", this.#space(side)).catch(() => {});
  }

  #space(side: Side): string {
    return `${this.#name}-${side}`;
  }

  async #make(): Promise<void> {
    for (const side of SIDES) await run("ip", "netns", "add", this.#space(side));
    const [near, far] = [this.#space("near"), this.#space("far")];
    await run(
      ...["ip", "-n", near, "link", "add", "cable", "type", "veth"] as const,
      ...["peer", "name", "cable", "netns", far],
    );
    for (const side of SIDES) await this.#open(side);
  }

  async #open(side: Side): Promise<void> {
    const space = this.#space(side);
    await run("ip", "-n", space, "addr", "add", `${ADDRESSES[side]}/24`, "dev", "cable");
    for (const device of ["lo", "cable"]) await run("ip", "-n", space, "link", "set", device, "up");
    await this.#nft(side, "add table ip faults");
    const hook = "{ type filter hook input priority 0; }";
    await this.#nft(side, `add chain ip faults arriving ${hook}`);
  }

  async #rule(side: Side, rule: string): Promise<void> {
    await this.#nft(side, `add rule ip faults arriving iif cable ${rule}`);
  }

  async #nft(side: Side, command: string): Promise<void> {
    await run("ip", "netns", "exec", this.#space(side), "nft", command);
  }
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) throw new Error(`${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
