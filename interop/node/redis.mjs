// @upstash/redis: node redis.mjs default|no-auto-pipelining|no-encoding

import { Redis } from "@upstash/redis";
import { assert, check, finish, key, service } from "./checks.mjs";
import { pubsub } from "./pubsub.mjs";
import { streams } from "./streams.mjs";

const MODES = {
  default: {},
  "no-auto-pipelining": { enableAutoPipelining: false },
  "no-encoding": { responseEncoding: false },
};

const mode = MODES[process.argv[2]];
if (!mode) {
  console.log(`FAIL start: name a mode: ${Object.keys(MODES).join(", ")}`);
  process.exit(1);
}
const client = (more = {}) => new Redis({ ...service, ...mode, retry: false, ...more });
const redis = client();

await check("ping", async () => assert.equal(await redis.ping(), "PONG"));
await check("set and get", async () => {
  assert.equal(await redis.set(key("a"), "value-one"), "OK");
  assert.equal(await redis.get(key("a")), "value-one");
  // Four letters are base64, too: a server that ignores the header cannot hide here.
  await redis.set(key("b"), "text");
  assert.equal(await redis.get(key("b")), "text");
});
await check("nil", async () => assert.equal(await redis.get(key("none")), null));
await check("utf-8", async () => {
  await redis.set(key("u"), "grüße 🚀 漢字");
  assert.equal(await redis.get(key("u")), "grüße 🚀 漢字");
});
await check("a stored OK", async () => {
  await redis.set(key("ok"), "OK");
  assert.equal(await redis.get(key("ok")), "OK");
});
await check("numbers and objects", async () => {
  await redis.set(key("n"), 7);
  assert.equal(await redis.incr(key("n")), 8);
  await redis.set(key("o"), { a: [1, "x"] });
  assert.deepEqual(await redis.get(key("o")), { a: [1, "x"] });
});
await check("expiry", async () => {
  await redis.set(key("ex"), "v", { ex: 100 });
  const ttl = await redis.ttl(key("ex"));
  assert.ok(ttl > 0 && ttl <= 100, `ttl ${ttl}`);
});
await check("mget", async () => {
  assert.deepEqual(await redis.mget(key("a"), key("none"), key("u")), ["value-one", null, "grüße 🚀 漢字"]);
});
await check("hgetall", async () => {
  await redis.hset(key("h"), { one: "text", two: 2 });
  assert.deepEqual(await redis.hgetall(key("h")), { one: "text", two: 2 });
  assert.equal(await redis.hgetall(key("none")), null);
});
await check("pipeline with an error item", async () => {
  const items = await redis.pipeline().set(key("p"), "v").lpush(key("p"), 1).get(key("p")).exec({ keepErrors: true });
  assert.equal(items[0].result, "OK");
  assert.match(items[1].error, /^WRONGTYPE /);
  assert.equal(items[2].result, "v");
});
await check("multi", async () => {
  assert.deepEqual(await redis.multi().set(key("m"), "text").get(key("m")).exec(), ["OK", "text"]);
});
await check("multi with an error at run time", async () => {
  const multi = redis.multi().set(key("m"), "v").incr(key("m")).set(key("m2"), "kept");
  await assert.rejects(multi.exec(), /not an integer/);
  assert.equal(await redis.get(key("m2")), "kept");
});
await check("multi that is discarded", async () => {
  const multi = redis.multi().set(key("m3"), "v").mget();
  await assert.rejects(multi.exec(), /wrong number of arguments for 'mget' command/);
  assert.equal(await redis.get(key("m3")), null);
});
await check("100 multi at once", async () => {
  const one = () => redis.multi().incr(key("c")).incr(key("c")).get(key("c")).exec();
  const all = await Promise.all(Array.from({ length: 100 }, one));
  for (const [first, second, read] of all) assert.deepEqual([second, read], [first + 1, first + 1]);
  assert.equal(await redis.get(key("c")), 200);
});
await check("eval types", async () => {
  const script = "return {1, 'text', false, {KEYS[1], ARGV[1]}}";
  assert.deepEqual(await redis.eval(script, [key("e")], ["arg"]), [1, "text", null, [key("e"), "arg"]]);
  assert.equal(await redis.eval("return redis.status_reply('OK')", [], []), "OK");
});
await check("script load and evalsha", async () => {
  const sha = await redis.scriptLoad("return ARGV[1]");
  assert.match(sha, /^[0-9a-f]{40}$/);
  assert.equal(await redis.evalsha(sha, [], ["text"]), "text");
  assert.deepEqual(await redis.scriptExists(sha, "0".repeat(40)), [1, 0]);
});
await check("noscript", async () => {
  await assert.rejects(redis.evalsha("0".repeat(40), [], []), /NOSCRIPT/);
});
await check("wrongtype", async () => {
  await assert.rejects(redis.lpush(key("a"), 1), /WRONGTYPE Operation against a key/);
});
await check("a bad token", async () => {
  await assert.rejects(client({ token: "nobody" }).get(key("a")), /WRONGPASS invalid or missing auth token/);
});
await streams(redis);
await pubsub(redis);
finish();
