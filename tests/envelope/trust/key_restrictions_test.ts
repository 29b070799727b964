import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import {
  isUnrestricted,
  parseKeyRestrictions,
} from "../../../lib/envelope/trust/key_restrictions.ts";
import { matchesTarget } from "../../../lib/nodeset/mod.ts";
import { resultOrRefusal } from "../../support/envelope_fixtures.ts";

const KEY = "nanoexec-ed25519 AAAA comment";

function options(text: string): ReturnType<typeof parseKeyRestrictions>["options"] {
  const { options, rest } = parseKeyRestrictions(`${text} ${KEY}`);
  strictEqual(rest, KEY);
  return options;
}

Deno.test("parseTrustOptions reads every option", () => {
  const all = options(
    'commands="systemctl restart *",no-shell,users="www,app-1",commands="uptime",' +
      'hosts="web[1-3]",expires="2027-01-31",need=2',
  );
  deepStrictEqual(all.commands?.map(({ text }) => text), ["systemctl restart *", "uptime"]);
  deepStrictEqual(all.users, ["www", "app-1"]);
  strictEqual(all.noShell, true);
  strictEqual(all.expires, Date.UTC(2027, 0, 31) / 1_000);
  strictEqual(all.need, 2);
  if (all.hosts === undefined) throw new Error("no hosts");
  strictEqual(matchesTarget(all.hosts, { name: "web2", facts: new Map() }), true);
  strictEqual(matchesTarget(all.hosts, { name: "web4", facts: new Map() }), false);
});

Deno.test("a hub reads rights as options, and agents refuse them", () => {
  const atHub = (text: string) => parseKeyRestrictions(`${text} ${KEY}`, "hub").options;
  const problem = (text: string, reader: "agent" | "hub") => {
    const refused = resultOrRefusal(() => parseKeyRestrictions(`${text} ${KEY}`, reader));
    return refused instanceof EnvelopeError ? refused.message : "it was read";
  };
  deepStrictEqual(atHub("run"), { noShell: false, need: 1, rights: ["run"] });
  const both = atHub('read,hosts,hosts="web*",expires="2027-01-31"');
  deepStrictEqual([both.rights, both.hosts !== undefined], [["read", "hosts"], true]);
  deepStrictEqual(atHub("no-shell"), { noShell: true, need: 1 });
  strictEqual(isUnrestricted(atHub("read,run,cancel,hosts")), true);
  for (const right of ["read", "run", "cancel"]) {
    strictEqual(
      problem(`no-shell,${right}`, "agent"),
      `option "${right}" is a right at a hub, for the file hub_operators`,
    );
  }
  strictEqual(problem("hosts,run", "agent"), problem("run", "agent"));
  match(problem("hosts", "agent"), /"hosts" needs a value/);
  match(problem("run,run", "hub"), /"run" is given twice/);
  match(problem('run="yes"', "hub"), /unknown option "run"/);
  match(problem("write", "hub"), /unknown option "write"/);
});

Deno.test("parseTrustOptions leaves out what is not said", () => {
  deepStrictEqual(options("no-shell"), { noShell: true, need: 1 });
  for (const need of [1, 2, 8]) {
    deepStrictEqual(options(`need=${need}`), { noShell: false, need });
  }
});

Deno.test("parseTrustOptions takes values in quotes, with two escapes, or bare", async (t) => {
  const commands = (text: string) => options(text).commands?.[0]?.text;
  await t.step("bare", () => strictEqual(commands("commands=uptime"), "uptime"));
  await t.step("quotes", () => strictEqual(commands('commands="uptime"'), "uptime"));
  await t.step("spaces", () => strictEqual(commands('commands="ls -l  *"'), "ls -l  *"));
  await t.step("commas", () => strictEqual(commands('commands="ls a,b"'), "ls a,b"));
  await t.step("equals sign", () => strictEqual(commands('commands="ls a=b"'), "ls a=b"));
  await t.step("hash", () => strictEqual(commands('commands="ls #"'), "ls #"));
  await t.step("escaped quotes", () => {
    strictEqual(commands(String.raw`commands="logger \"a b\""`), 'logger "a b"');
  });
  await t.step("escaped backslash", () => {
    strictEqual(commands(String.raw`commands="ls a\\"`), "ls a\\");
  });
  await t.step("both", () => {
    strictEqual(commands(String.raw`commands="ls \\\"'\""`.replace("'", "'x'")), `ls \\"'x'"`);
  });
});

Deno.test("parseTrustOptions takes spaces or tabs before the key", () => {
  for (const space of [" ", "\t", " \t "]) {
    strictEqual(parseKeyRestrictions(`no-shell${space}${KEY}`).rest, KEY);
  }
});

Deno.test("parseTrustOptions reads moments to the second, in UTC", async (t) => {
  const moments: readonly (readonly [string, number])[] = [
    ["2027-01-31", Date.UTC(2027, 0, 31)],
    ["2027-01-31T23:59:59Z", Date.UTC(2027, 0, 31, 23, 59, 59)],
    ["2028-02-29", Date.UTC(2028, 1, 29)],
    ["1970-01-01", 0],
    ["9999-12-31T00:00:00Z", Date.UTC(9999, 11, 31)],
  ];
  for (const [text, millis] of moments) {
    await t.step(text, () => strictEqual(options(`expires="${text}"`).expires, millis / 1_000));
  }
});

Deno.test("parseTrustOptions refuses everything that it does not understand", async (t) => {
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ["nothing", "", /cannot read/],
    ["unknown option", "allow-all", /unknown option "allow-all"/],
    ["OpenSSH's option", 'command="x"', /unknown option "command"/],
    ["other case", "No-Shell", /unknown option "No-Shell"/],
    ["__proto__", "__proto__", /cannot read/],
    ["constructor", "constructor", /unknown option/],
    ["space behind a comma", "no-shell, need=2", /cannot read options or key at " need=2/],
    ["comma at the end", "no-shell,", /cannot read/],
    ["comma in front", ",no-shell", /cannot read/],
    ["two commas", "no-shell,,need=2", /cannot read/],
    ["space before =", 'need ="2"', /"need" needs a value/],
    ["space behind =", "need= 2", /cannot read/],
    ["open quote", 'commands="uptime', /cannot read/],
    ["text behind a quote", 'commands="uptime"x', /cannot read/],
    ["quote within a bare value", 'need=2"', /cannot read/],
    ["single quotes", "commands='uptime'", /cannot read/],
    ["other escape", String.raw`commands="a\nb"`, /cannot read/],
    ["backslash before the last quote", String.raw`commands="uptime\"`, /cannot read/],
    ["no-shell with a value", "no-shell=yes", /takes no value/],
    ["no-shell twice", "no-shell,no-shell", /"no-shell" is given twice/],
    ["users twice", "users=a,users=b", /"users" is given twice/],
    ["hosts twice", "hosts=a,hosts=b", /"hosts" is given twice/],
    ["need twice", "need=2,need=1", /"need" is given twice/],
    ["expires twice", "expires=2027-01-01,expires=2028-01-01", /"expires" is given twice/],
    ["commands without a value", "commands", /"commands" needs a value/],
    ["empty commands", 'commands=""', /"commands" needs a value/],
    ["bad pattern", 'commands="/usr/bin/*"', /whole word/],
    ["bad second pattern", 'commands="uptime",commands="*"', /names no program/],
    ["empty users", 'users=""', /"users" needs a value/],
    ["user by number", 'users="0"', /"0" is not the name of a user/],
    ["user -1", 'users="-1"', /not the name/],
    ["user #0", 'users="#0"', /not the name/],
    ["every user", 'users="*"', /not the name/],
    ["empty user", 'users="a,,b"', /"" is not the name/],
    ["space between users", 'users="a, b"', /" b" is not the name/],
    ["hosts without a value", "hosts", /"hosts" needs a value/],
    ["hosts that cannot be read", 'hosts="web["', /option "hosts"/],
    ["hosts of a group", 'hosts="@rack4"', /option "hosts".*group/],
    ["need 0", "need=0", /from 1 to 8/],
    ["need 9", "need=9", /from 1 to 8/],
    ["need 10", "need=10", /from 1 to 8/],
    ["need 02", "need=02", /from 1 to 8/],
    ["need two", "need=two", /from 1 to 8/],
    ["need nothing", "need", /"need" needs a value/],
    ["need -1", "need=-1", /from 1 to 8/],
    ["expires never", "expires=never", /not a date/],
    ["expires without a value", "expires", /"expires" needs a value/],
    ["February 30", 'expires="2027-02-30"', /not a date/],
    ["February 29 of an odd year", 'expires="2027-02-29"', /not a date/],
    ["month 13", 'expires="2027-13-01"', /not a date/],
    ["hour 24", 'expires="2027-01-31T24:00:00Z"', /not a date/],
    ["second 60", 'expires="2027-01-31T23:59:60Z"', /not a date/],
    ["no zone", 'expires="2027-01-31T00:00:00"', /not a date/],
    ["other zone", 'expires="2027-01-31T00:00:00+01:00"', /not a date/],
    ["milliseconds", 'expires="2027-01-31T00:00:00.000Z"', /not a date/],
    ["day first", 'expires="31-01-2027"', /not a date/],
    ["OpenSSH's date", 'expires="20270131"', /not a date/],
    ["Unix seconds", 'expires="1790000000"', /not a date/],
    ["lower-case letters", 'expires="2027-01-31t00:00:00z"', /not a date/],
    ["ESC in the name", "\x1b[2J", /cannot read options or key at "\\u001b/],
  ];
  for (const [name, text, message] of hostile) {
    await t.step(name, () => {
      const refused = resultOrRefusal(() => parseKeyRestrictions(`${text} ${KEY}`));
      match(refused instanceof EnvelopeError ? refused.message : "it was read", message);
    });
  }
});

Deno.test("parseTrustOptions needs something behind the options", () => {
  for (const text of ["no-shell", "need=2", 'users="a"']) {
    strictEqual(resultOrRefusal(() => parseKeyRestrictions(text)) instanceof EnvelopeError, true);
  }
});

Deno.test("parseTrustOptions of any text refuses or reads it", () => {
  const pieces = [
    "need",
    "=",
    "2",
    ",",
    " ",
    '"',
    "\\",
    "users",
    "www",
    "no-shell",
    "*",
    "\t",
    "é",
  ];
  const near = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((words) =>
    words.join("")
  );
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: "binary" })), (text) => {
      const read = resultOrRefusal(() => parseKeyRestrictions(text));
      if (!(read instanceof EnvelopeError)) strictEqual(text.endsWith(read.rest), true);
    }),
    { numRuns: 2_000 },
  );
});
