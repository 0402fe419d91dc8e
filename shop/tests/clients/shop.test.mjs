// The JavaScript client against the running shop, under Node's own runner.
//
// Started by `javascript.rs`, which serves the shop at SHOP and gives the module that it serves as CLIENT_JS.
// `node --experimental-websocket` gives Node 20 the WebSocket that browsers and later versions have.

import assert from "node:assert/strict";
import { test } from "node:test";

const { SHOP, CLIENT_JS } = process.env;
const client = await import(CLIENT_JS);
const shop = new client.Diptych({ base: SHOP });

const STRATEGIES = ["long", "polling", "sse", "websocket"];
const timeoutMs = 30_000;
const keyboard = { name: "Keyboard", price: 129.99, quantity: 2 };

const register = (email = `${crypto.randomUUID()}@example.org`) => shop.send("POST", "/api/users", { email });
const order = async (customerId) => shop.send("POST", "/api/orders", { customerId, items: [keyboard] });

const live = async (customerId, strategy) => {
  const created = await order(customerId);
  const path = created.links.self;
  for (const [step, status] of [[undefined, "draft"], ["submit", "submitted"], ["pay", "paid"]]) {
    const receipt = step === undefined ? created : await shop.send("POST", `${path}/${step}`);
    const view = await shop.waitFor(receipt, { strategy, timeoutMs });
    assert.deepEqual([view.value.orderId, view.value.status, view.value.total], [created.id, status, 259.98]);
    assert.equal(view.version, receipt.revision);
    assert.equal(view.etag, `"${receipt.revision}-${receipt.position}"`);
    assert.ok(view.position >= receipt.position);
  }
};

for (const strategy of STRATEGIES) {
  test(`what was written is shown: ${strategy}`, async () => {
    await live((await register()).id, strategy);
  });
}

test("many wait at once, in every way", async () => {
  const { id } = await register();
  await Promise.all([1, 2, 3, 4, 5].flatMap(() => STRATEGIES).map((strategy) => live(id, strategy)));
});

test("what is visible already is told at once, in every way", async () => {
  const receipt = await order((await register()).id);
  await shop.waitFor(receipt, { timeoutMs });
  for (const strategy of STRATEGIES) {
    assert.equal((await shop.waitFor(receipt, { strategy, timeoutMs })).version, 0);
  }
  assert.equal((await shop.status(receipt)).status, "COMPLETED");
});

test("a position that never comes is a timeout", async () => {
  const receipt = await order((await register()).id);
  const later = { ...receipt, position: receipt.position + 1_000_000 };
  for (const strategy of ["long", "polling"]) {
    await assert.rejects(shop.waitFor(later, { strategy, timeoutMs: 300 }), client.Timeout);
  }
});

test("the same key gives the same receipt, and another body under it is refused", async () => {
  const { id } = await register();
  const idempotencyKey = crypto.randomUUID();
  const once = { customerId: id, items: [keyboard] };
  const first = await shop.send("POST", "/api/orders", once, { idempotencyKey });
  assert.deepEqual(await shop.send("POST", "/api/orders", once, { idempotencyKey }), first);
  await assert.rejects(shop.send("POST", "/api/orders", { customerId: id }, { idempotencyKey }), client.Invalid);
  const list = await shop.getAt(`/api/customers/${id}/orders`, first);
  assert.equal(list.value.total, 1);
});

test("a stale version says which one there is", async () => {
  const ada = await register();
  const path = ada.links.self;
  await shop.send("PATCH", path, { version: 0, displayName: "Ada King" });
  await assert.rejects(shop.send("PATCH", path, { version: 0, displayName: "Countess" }), (error) => {
    assert.ok(error instanceof client.StaleVersion, error);
    assert.equal(error.currentVersion, 1);
    return true;
  });
  const late = shop.send("PATCH", path, { displayName: "Countess" }, { ifMatch: '"0"' });
  await assert.rejects(late, client.StaleVersion);
});

test("the domain says no with its rule", async () => {
  const draft = await order((await register()).id);
  await assert.rejects(shop.send("POST", `${draft.links.self}/pay`), (error) => {
    assert.ok(error instanceof client.Rejected, error);
    assert.match(error.type, /not-submitted$/);
    return true;
  });
});

test("a list gives everything once, the newest first", async () => {
  const { id } = await register();
  const made = [];
  for (let at = 0; at < 25; at += 1) made.push(await order(id));
  await shop.waitFor(made.at(-1), { timeoutMs });
  const listed = [];
  for await (const item of shop.list(`/api/customers/${id}/orders?limit=10`)) listed.push(item.orderId);
  assert.deepEqual(listed, made.map((receipt) => receipt.id).reverse());
});

test("who follows sees every state that they wait for", async () => {
  const created = await order((await register()).id);
  const path = created.links.self;
  const seen = [];
  for await (const view of shop.follow(path)) {
    seen.push(view.value.status);
    if (view.value.status === "draft") await shop.send("POST", `${path}/submit`);
    if (view.value.status === "submitted") await shop.send("POST", `${path}/cancel`);
    if (view.value.status === "cancelled") break;
  }
  assert.deepEqual(seen, ["draft", "submitted", "cancelled"]);
});
