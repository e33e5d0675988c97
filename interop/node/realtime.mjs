// @upstash/realtime: events are entries of a stream, and messages of a channel carry their ids.

import { Realtime } from "@upstash/realtime";
import { Redis } from "@upstash/redis";
import { z } from "zod";
import { assert, check, deferred, finish, key, service, within } from "./checks.mjs";

const redis = new Redis({ ...service, retry: false });
const schema = { task: { done: z.object({ n: z.number(), text: z.string() }) } };
const realtime = new Realtime({ schema, redis, history: { maxLength: 100, expireAfterSecs: 600 } });
const data = (n) => ({ n, text: "a, b, grüße" });
const numbers = (events) => events.map((event) => event.data.n);

await check("emit and history", async () => {
  const channel = realtime.channel(key("history"));
  for (let n = 0; n < 5; n += 1) await channel.emit("task.done", data(n));
  const history = await channel.history();
  assert.deepEqual(numbers(history), [0, 1, 2, 3, 4]);
  assert.equal(history[0].data.text, "a, b, grüße");
});
await check("subscribe", async () => {
  const channel = realtime.channel(key("live"));
  const [heard, all] = [[], deferred()];
  const stop = await within(channel.subscribe({
    events: ["task.done"],
    onData: (event) => { heard.push(event); if (heard.length === 20) all.resolve(); },
  }), "the subscription");
  for (let n = 0; n < 20; n += 1) await channel.emit("task.done", data(n));
  await within(all.promise, "20 events");
  assert.deepEqual(numbers(heard), Array.from({ length: 20 }, (_, n) => n));
  await stop();
});
await check("history before what is new", async () => {
  const channel = realtime.channel(key("both"));
  for (let n = 0; n < 3; n += 1) await channel.emit("task.done", data(n));
  const [heard, all] = [[], deferred()];
  const stop = await within(channel.subscribe({
    events: ["task.done"],
    history: true,
    onData: (event) => { heard.push(event); if (heard.length === 5) all.resolve(); },
  }), "the subscription");
  for (let n = 3; n < 5; n += 1) await channel.emit("task.done", data(n));
  await within(all.promise, "5 events");
  assert.deepEqual(numbers(heard), [0, 1, 2, 3, 4]);
  await stop();
});
await check("a cursor that is unavailable", async () => {
  const channel = realtime.channel(key("cursor"));
  await channel.emit("task.done", data(0));
  const asked = channel.subscribe({ events: ["task.done"], after: "1-1", onData: () => {} });
  await assert.rejects(within(asked, "the refusal"), /Cursor 1-1 is unavailable/);
});
finish();
