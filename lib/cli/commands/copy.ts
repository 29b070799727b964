/**
 * `nanotrigger copy`: have files written on many hosts.
 * @module
 */
import { copyCommand } from "../../trigger/copy_script.ts";
import type { Wish } from "../../trigger/order.ts";
import { streamedOrder } from "../../trigger/streamed_order.ts";
import { CopyDialogue } from "../copy_dialogue.ts";
import { type LocalFile, openLocalFile } from "../local_file.ts";
import { openOperatorKey } from "../operator_key.ts";
import type { CopyChoice, CopyOptions } from "../options/copy.ts";
import { findPlaces } from "../places.ts";
import { readTarget } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { carryOutWith } from "./carry_out_with.ts";
import { oneAfterAnother } from "./one_after_another.ts";
import { transferWish } from "./transfer_wish.ts";
import { withHosts } from "./with_hosts.ts";

/** Copies the files, one after another; resolves with the exit status. */
export async function copyFiles(options: CopyOptions, terminal: Terminal): Promise<number> {
  const places = findPlaces();
  const target = await readTarget(options.target, places.groups);
  using files = new DisposableStack();
  const opened: LocalFile[] = [];
  for (const path of options.files) opened.push(files.use(await openLocalFile(path)));
  const key = await openOperatorKey(options, places, terminal);
  const needs = { ...options, insecure: false, execution: options.transfer };
  return await withHosts({ target, key, options: needs }, terminal, async (place) => {
    return await oneAfterAnother(opened, { ...place, options }, async (file) => {
      const dialogue = new CopyDialogue(file);
      const order = streamedOrder(copyWish(file, options, place.target), [key], {
        source: file.source,
        startOf: (node) => dialogue.startOf(node),
      });
      const showing = dialogue.showing.bind(dialogue);
      return await carryOutWith(file.source, order, { ...place, options, showing });
    });
  });
}

function copyWish(file: LocalFile, options: CopyOptions, target: Wish["target"]): Wish {
  const argv = copyCommand({ ...file, ...planOf(file, options.transfer) });
  return { ...transferWish(options, target), run: { kind: "argv", argv }, maxOutput: MAX_OUTPUT };
}

/** What a host says about a copy is short. */
const MAX_OUTPUT = 65_536;

function planOf(file: LocalFile, { dest, owner, mode, preserve }: CopyChoice) {
  const own = (file.mode & 0o777).toString(8);
  return {
    dest,
    owner,
    newMode: (file.mode & 0o755).toString(8),
    mode: mode ?? (preserve ? own : undefined),
    modifiedMs: preserve ? file.modifiedMs : undefined,
  };
}
