/**
 * Runs a presenter over recorded events and returns what it shows.
 * @module
 */
import { isHarmful } from "../../../lib/cli/terminal/escape.ts";
import type { OutputChoice } from "../../../lib/cli/args/output_options.ts";
import { choosePresenter } from "../../../lib/cli/present/result_presenters.ts";
import type { Presenter } from "../../../lib/cli/present/presenter.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";
import { DEFAULTS } from "../args/command_lines.ts";
import { type RecordingOptions, recordingTerminal } from "../terminal/recording_terminal.ts";

/** Tells how a host has ended. */
export type End = (node: string, outcome: HostOutcome) => void;

/** Both streams, with what a terminal would obey made visible. */
export interface Shown {
  readonly stdout: string;
  readonly stderr: string;
}

/** What `record` tells a presenter, as it is shown. */
export async function shown(
  record: (presenter: Presenter, end: End) => Promise<void>,
  choice: Partial<OutputChoice>,
  options: RecordingOptions = {},
): Promise<Shown> {
  const { terminal, stdout, stderr } = recordingTerminal(options);
  const presenter = choosePresenter({ ...DEFAULTS.output, ...choice }, terminal, 1_000);
  const end = (node: string, outcome: HostOutcome) =>
    presenter.ended(node, { outcome, droppedBytes: 0, durationMs: 5 });
  await record(presenter, end);
  await presenter.finish({ job: "1234", exitStatus: 6 });
  await terminal.flush();
  return { stdout: visible(stdout.text), stderr: visible(stderr.text) };
}

/** Keeps colours out of the file with the snapshots. */
function visible(text: string): string {
  return Array.from(text.replaceAll("\x1b", "␛"), (character) => {
    const harmful = isHarmful(character);
    return harmful ? `⟨${character.codePointAt(0)?.toString(16)}⟩` : character;
  }).join("");
}
