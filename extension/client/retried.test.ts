import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseError } from "vscode-languageserver-protocol";
import { retried, startFailure } from "./retried.ts";

const failing = (code: number) => {
  const sent = { times: 0 };
  const send = async () => {
    sent.times += 1;
    if (sent.times === 1) throw new ResponseError(code, "Client is not running");
    return "answer";
  };
  return { sent, send };
};

test("a request that could not be sent goes to the next server", async () => {
  const { sent, send } = failing(-32096);
  assert.equal(await retried(send, { untilReady: async () => true }), "answer");
  assert.equal(sent.times, 2);
});

test("where no server comes back, the person is told what to press", async () => {
  const { send } = failing(-32096);
  await assert.rejects(retried(send, { untilReady: async () => false }), /Restart Language Server/);
});

test("a request that may have had its effect is not sent twice", async () => {
  const { sent, send } = failing(-32097);
  await assert.rejects(retried(send, { untilReady: async () => true }), /ended before it answered/);
  assert.equal(sent.times, 1);
});

test("an answer that is an error stays as it is", async () => {
  const { send } = failing(-32603);
  await assert.rejects(retried(send, { untilReady: async () => true }), /Client is not running/);
});

test("a server that ends while it starts is told in words, and any other reason as it is", () => {
  const ended = startFailure(
    new ResponseError(-32097, "Pending response rejected since connection got disposed"),
  );
  assert.match(String(ended), /The language server ended while it started\. Its log says why/);
  const other = new Error("spawn node ENOENT");
  assert.equal(startFailure(other), other);
});
