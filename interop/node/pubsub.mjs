// Streams of events through @upstash/redis.

import { assert, check, deferred, key, within } from "./checks.mjs";

/** Calls until the answer is the one that is waited for. */
async function until(call, wanted) {
  while ((await call()) !== wanted);
}

export async function pubsub(redis) {
  await check("subscribe with commas in the payload", async () => {
    const channel = key("chat");
    const [ready, heard] = [deferred(), deferred()];
    const feed = redis.subscribe(channel);
    feed.on("subscribe", ready.resolve);
    feed.on("error", (error) => heard.resolve(error));
    feed.on("message", heard.resolve);
    assert.equal(await within(ready.promise, "the subscription"), 1);
    assert.equal(await redis.publish(channel, "a, b, grüße"), 1);
    assert.deepEqual(await within(heard.promise, "the message"), { channel, message: "a, b, grüße" });
    await feed.unsubscribe();
    // The service notices in its own time that nobody listens.
    await within(until(() => redis.publish(channel, "again"), 0), "the end of the subscription");
  });
  await check("subscribe to two channels", async () => {
    const names = [key("one"), key("two")];
    const [ready, heard] = [deferred(), deferred()];
    let begun = 0;
    const messages = [];
    const feed = redis.subscribe(names);
    feed.on("subscribe", () => { begun += 1; if (begun === 2) ready.resolve(); });
    feed.on("message", (message) => { messages.push(message); if (messages.length === 2) heard.resolve(); });
    await within(ready.promise, "both subscriptions");
    for (const name of names) await redis.publish(name, { n: name });
    await within(heard.promise, "both messages");
    assert.deepEqual(messages.map(({ channel }) => channel).sort(), names);
    await feed.unsubscribe();
  });
  await check("psubscribe", async () => {
    const [pattern, channel] = [key("news:*"), key("news:today")];
    const [ready, heard] = [deferred(), deferred()];
    const feed = redis.psubscribe(pattern);
    feed.on("psubscribe", ready.resolve);
    feed.on("error", (error) => ready.resolve(error));
    feed.on("pmessage", heard.resolve);
    assert.equal(await within(ready.promise, "the subscription"), 1);
    assert.equal(await redis.publish(channel, { a: "1, 2" }), 1);
    assert.deepEqual(await within(heard.promise, "the message"), { pattern, channel, message: { a: "1, 2" } });
    await feed.unsubscribe();
  });
}
