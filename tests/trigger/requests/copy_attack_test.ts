/**
 * Copies by root into a folder of a user who puts links and folders in the place of what root makes
 * there. The user acts before the first, the second, and so on, of the programs that the script runs,
 * so that every step is attacked, and none by chance.
 * @module
 */
import assert from "node:assert/strict";
import type { CopyPlan } from "../../../lib/trigger/requests/copy_script.ts";
import {
  archiveOf,
  BYTES,
  type Copied,
  CopyPlace,
  treePlan,
} from "../../support/programs/copy_place.ts";
import { findExternalProgram } from "../../support/programs/external_programs.ts";

const BUSYBOX = findExternalProgram("busybox", "busybox");
const UID = 65_534;
const ROOT_ONLY: Omit<Deno.TestDefinition, "name" | "fn"> = {
  permissions: { read: true, write: true, run: true, env: ["PATH"] },
  ignore: Deno.uid() !== 0,
};
const TOOLS =
  "cat chmod chown cut find flock head id ln mkdir mktemp mv openssl rm rmdir setpriv " +
  "stat su sync tar touch uname wc";

/** Stands in the place of a program, has the user act if it is the user's turn, and becomes it. */
const STAND_IN = `#!/bin/sh
tool=\${0##*/}
become() {
  [ -z "$BUSYBOX" ] || [ "$tool" = openssl ] || [ "$tool" = flock ] || exec busybox "$tool" "$@"
  PATH=\${PATH#*:}
  exec "$tool" "$@"
}
# What the shell does next with what these have made or found is attacked, too.
case $tool in mktemp | find) (become "$@") ;; esac
code=$?
printf x >>"$SCENE/calls"
read -r calls <"$SCENE/calls"
if [ "$TURN" -gt 0 ] && [ "\${#calls}" -ge "$TURN" ]; then
  as_user=
  [ "$(/usr/bin/id -u)" -ne 0 ] || as_user="${setpriv()}"
  [ "\${#calls}" -eq "$TURN" ] && first=yes || first=
  (export first && cd "$SCENE/home" && PATH=\${PATH#*:} && $as_user /bin/sh -c "$ATTACK" >/dev/null 2>&1)
fi
case $tool in mktemp | find) exit "$code" ;; esac
become "$@"
`;

function setpriv(): string {
  return `/usr/bin/setpriv --reuid=${UID} --regid=${UID} --clear-groups`;
}

/** What the user does in his home, where `app/file` is copied to. */
const ATTACKS: Readonly<Record<string, string>> = {
  // Linux lets no user move a folder of root's to another folder, so all stay in this one.
  "links for names": `[ -n "$first" ] && cd app || exit
    n=0
    for each in .file* .tree* file tree/*; do
      [ -e "$each" ] || [ -h "$each" ] || continue
      to=$VICTIM/victim
      [ ! -d "$each" ] || to=$SCENE/vault/empty
      n=$((n + 1))
      mv "$each" "taken$n" && ln -s "$to" "$each"
    done`,
  "own folders for private ones": `cd app
    n=0
    [ -p file ] || { rm -f file; mkfifo file; }
    for each in .file* .tree*; do
      if [ -O "$each" ]; then
        rm -rf "$each/copy.part"
        ln -s "$VICTIM/victim" "$each/copy.part"
        continue
      fi
      [ -n "$first" ] || continue
      n=$((n + 1))
      mv "$each" "taken$n" || continue
      mkdir -m 700 "$each"
      for name in part held; do ln -s "$VICTIM/victim" "$each/copy.$name"; done
      for name in tree times; do ln -s "$VICTIM" "$each/copy.$name"; done
    done`,
  "links to a folder for the destination": `[ -n "$first" ] && cd app || exit
    rm -rf file tree
    ln -s "$VICTIM" file
    ln -s "$VICTIM" tree`,
  "a link for the folder": `[ -n "$first" ] && mv app taken && ln -s "$VICTIM" app`,
};

/** A home of the user's, and files of root's elsewhere. */
class Scene extends CopyPlace {
  readonly home = this.path("home");
  readonly app = this.path("home/app");
  readonly victim = this.path("victim");
  /** With an empty folder in it, that looks like a private one of the script's. */
  readonly vault = this.path("vault");

  constructor() {
    super();
    Deno.chmodSync(this.folder, 0o711);
    for (const folder of [this.home, this.app, this.victim, this.vault, this.path("bin")]) {
      Deno.mkdirSync(folder, { mode: 0o755 });
    }
    Deno.mkdirSync(`${this.vault}/empty`, { mode: 0o700 });
    for (const folder of [this.home, this.app]) Deno.chownSync(folder, UID, UID);
    for (const name of ["victim", "file", "a", "sub", "copy.part", "copy.held"]) {
      Deno.writeTextFileSync(`${this.victim}/${name}`, "precious", { mode: 0o600 });
    }
    Deno.writeTextFileSync(this.path("stand-in"), STAND_IN, { mode: 0o755 });
    for (const tool of TOOLS.split(" ")) Deno.symlinkSync("../stand-in", this.path(`bin/${tool}`));
  }

  /** A file or a folder of the user's. */
  own(name: string, content?: string): void {
    if (content === undefined) Deno.mkdirSync(`${this.app}/${name}`, { mode: 0o755 });
    else Deno.writeTextFileSync(`${this.app}/${name}`, content);
    Deno.chownSync(`${this.app}/${name}`, UID, UID);
  }

  /** Copies, while the user acts before the program of number `turn` is run. */
  async attacked(
    plan: Partial<CopyPlan>,
    bytes: Uint8Array,
    { turn, attack, busybox = false }: Attack,
  ): Promise<Copied & { readonly programs: number }> {
    Deno.writeTextFileSync(this.path("calls"), "");
    Deno.chmodSync(this.path("calls"), 0o666);
    const env = {
      PATH: `${this.path("bin")}:${Deno.env.get("PATH")}`,
      SCENE: this.folder,
      VICTIM: this.victim,
      TURN: String(turn),
      ATTACK: attack,
      BUSYBOX: busybox ? "yes" : "",
    };
    // What opened a FIFO of the user's would wait for ever; `timeout` ends all of the script.
    const shell = ["timeout", "30", ...busybox ? ["busybox", "sh"] : ["/bin/sh"]] as const;
    const copied = await this.copy({ dest: this.app, ...plan }, bytes, { env, shell: [...shell] });
    return { ...copied, programs: Deno.statSync(this.path("calls")).size };
  }

  /** Root's files are as they were. */
  assertUnharmed(when: string): void {
    assert.equal(Deno.statSync(this.victim).uid, 0, when);
    assert.equal(Deno.statSync(this.victim).mode, 0o40755, when);
    assert.deepEqual(this.names(this.vault), ["empty"], when);
    assert.deepEqual(this.names(`${this.vault}/empty`), [], when);
    const names = this.names(this.victim);
    assert.deepEqual(names, ["a", "copy.held", "copy.part", "file", "sub", "victim"], when);
    for (const name of names) {
      const { uid, gid, mode } = Deno.statSync(`${this.victim}/${name}`);
      assert.deepEqual([uid, gid, mode], [0, 0, 0o100600], `${when}: ${name}`);
      assert.equal(Deno.readTextFileSync(`${this.victim}/${name}`), "precious", when);
    }
  }
}

interface Attack {
  readonly turn: number;
  readonly attack: string;
  readonly busybox?: boolean;
}

interface Case {
  readonly name: string;
  readonly plan: Partial<CopyPlan>;
  readonly bytes: Uint8Array;
  /** Those of the attacks that can matter, by name. */
  readonly attacks: readonly string[];
  /** What is in the user's folder already. */
  prepare(scene: Scene): void;
}

const archive = await archiveOf({ a: "new", "sub/b": "new" });
const EVERY = Object.keys(ATTACKS);
const [LINKS = "", , TO_FOLDER = ""] = EVERY;
const gift = { owner: "nobody", mode: "0666", modifiedMs: 1_000_000_001_000 };
const CASES: readonly Case[] = [
  { name: "a new file", plan: gift, bytes: BYTES, attacks: EVERY, prepare: () => {} },
  {
    name: "a file that is there",
    plan: { mode: "0600" },
    bytes: BYTES,
    attacks: [LINKS],
    prepare: (scene) => scene.own("file", "hello, world\n"),
  },
  {
    name: "a new folder",
    plan: { ...treePlan(archive), owner: "nobody" },
    bytes: archive,
    attacks: [LINKS, TO_FOLDER],
    prepare: () => {},
  },
  {
    name: "a folder that is there",
    plan: treePlan(archive),
    bytes: archive,
    attacks: EVERY,
    prepare(scene) {
      scene.own("tree");
      scene.own("tree/sub");
      scene.own("tree/a", "old");
    },
  },
];

for (const busybox of [false, true]) {
  for (const { name, plan, bytes, prepare, attacks } of CASES) {
    for (const [what, attack] of Object.entries(ATTACKS)) {
      // The programs of busybox do the same in the same order: one attack shows whether they can.
      if (busybox ? what !== "links for names" : !attacks.includes(what)) continue;
      Deno.test({
        ...ROOT_ONLY,
        ignore: Deno.uid() !== 0 || busybox && !BUSYBOX.available,
        name: `copy of ${name} harms nothing when its owner puts ${what}` +
          (busybox ? ` ${BUSYBOX.needs}` : ""),
        async fn() {
          let programs: number; // at first as many as a copy runs that nobody attacks
          {
            await using scene = new Scene();
            prepare(scene);
            const copied = await scene.attacked(plan, bytes, { turn: -1, attack: "", busybox });
            assert.deepEqual([copied.code, copied.problem], [0, ""]);
            assert.match(copied.said, /^from 0\ncopied\n$/);
            programs = copied.programs;
          }
          for (let turn = 1; turn <= programs; turn++) {
            await using scene = new Scene();
            prepare(scene);
            const copied = await scene.attacked(plan, bytes, { turn, attack, busybox });
            scene.assertUnharmed(`before program ${turn}: ${JSON.stringify(copied)}`);
            programs = Math.max(programs, copied.programs);
            assert.ok(programs < 200, "a copy ends");
          }
          assert.ok(programs > 10, "the stand-ins are used");
        },
      });
    }
  }
}
