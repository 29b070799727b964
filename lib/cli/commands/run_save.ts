/**
 * `nanotrigger run --save`: signs a request into a file instead of sending it.
 * @module
 */
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { type RequestSpec, signRequest } from "../../trigger/requests/submission.ts";
import { writeRequest } from "../files/request_file.ts";
import { UserError } from "../../base/errors.ts";
import { EXIT_OK } from "../program/exit_code.ts";
import type { Terminal } from "../terminal/terminal.ts";

/**
 * Signs a request into `file`, or onto stdout for `-`; resolves with the exit status.
 * @throws {UserError} if the file exists
 */
export async function saveRequest(
  { request, key, file }: { request: RequestSpec; key: SecretKey; file: string },
  terminal: Terminal,
): Promise<number> {
  if (file !== "-" && await exists(file)) {
    throw new UserError(`${file} is there already`, { hint: "name another file, or remove it" });
  }
  await writeRequest(file, signRequest(request, [key]).envelope, terminal);
  if (file !== "-") terminal.note(`signed into ${file}; send it with nanotrigger send ${file}`);
  return EXIT_OK;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
