// npm:nanomsg as a program: plays one role, repeats what it has to say, prints what it receives.
//
//     node nanomsg_peer.cjs ROLE dials|listens URL CONTENT [DELAY]
//
// CONTENT is a text, or "file:" and the path of a file that holds what is said; for a SUB it is the
// prefix that it takes. A RESPONDENT puts the question in place of "%", waits DELAY milliseconds,
// answers, and prints the question; for a SURVEYOR DELAY is the deadline of its surveys.

"use strict";

const { readFileSync } = require("node:fs");
const nanomsg = require("nanomsg");

const INTERVAL_MS = 100;
const { NN_SURVEYOR, NN_SURVEYOR_DEADLINE, Setopt } = nanomsg._bindings;

const [role, side, url, content, delay] = process.argv.slice(2);
const said = content.startsWith("file:") ? readFileSync(content.slice(5)) : content;
const socket = nanomsg.socket(role, role === "sub" ? { chan: [content] } : {});
socket.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
socket.on("data", (message) => {
  if (role === "respondent") setTimeout(() => answer(message), Number(delay ?? 0));
  else print(message);
});
if (role === "surveyor" && delay) {
  Setopt(socket.binding, NN_SURVEYOR, NN_SURVEYOR_DEADLINE, Number(delay));
}
if (side === "listens") socket.bind(url);
else socket.connect(url);
if (role === "pub" || role === "surveyor") setInterval(() => socket.send(said), INTERVAL_MS);

function answer(question) {
  socket.send(said.replace("%", question));
  printOnceSent(question);
}

/** Prints `message` when nothing waits to be sent any more: the binding sends in a later turn. */
function printOnceSent(message) {
  if (socket.queue.length === 0) print(message);
  else setImmediate(() => printOnceSent(message));
}

/** Writes a message as nanocat --hex does. */
function print(message) {
  console.log(`"${message.toString("hex").replace(/../g, "\\x$&")}"`);
}
