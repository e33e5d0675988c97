// Streams through @upstash/redis.

import { assert, check, key } from "./checks.mjs";

export async function streams(redis) {
  const [s, t] = [key("s"), key("t")];
  let first;
  await check("xadd, xlen", async () => {
    first = await redis.xadd(s, "*", { field: "text" });
    assert.match(first, /^\d+-\d+$/);
    await redis.xadd(s, "*", { field: "more" });
    assert.equal(await redis.xlen(s), 2);
  });
  await check("xrange", async () => {
    const entries = await redis.xrange(s, "-", "+");
    assert.deepEqual(Object.values(entries), [{ field: "text" }, { field: "more" }]);
  });
  await check("xread of one key", async () => {
    const read = await redis.xread(s, "0");
    assert.equal(read.length, 1);
    assert.equal(read[0][0], s);
    assert.deepEqual(read[0][1][0], [first, ["field", "text"]]);
    assert.deepEqual(read[0][1][1][1], ["field", "more"]);
  });
  await check("xread of two keys", async () => {
    await redis.xadd(t, "*", { other: "text" });
    const read = await redis.xread([s, t], [first, "0"]);
    assert.deepEqual(read.map(([name]) => name), [s, t]);
    assert.deepEqual(read[0][1].map(([, fields]) => fields), [["field", "more"]]);
    assert.deepEqual(read[1][1].map(([, fields]) => fields), [["other", "text"]]);
  });
  await check("xread of nothing new", async () => {
    assert.equal(await redis.xread(s, "9999999999999-0"), null);
  });
  await check("xreadgroup, xack", async () => {
    assert.equal(await redis.xgroup(s, { type: "CREATE", group: "g", id: "0" }), "OK");
    const read = await redis.xreadgroup("g", "ada", s, ">", { count: 1 });
    assert.equal(read[0][0], s);
    assert.deepEqual(read[0][1], [[first, ["field", "text"]]]);
    assert.equal(await redis.xack(s, "g", first), 1);
  });
  await check("xautoclaim", async () => {
    await redis.xreadgroup("g", "ada", s, ">");
    const [cursor, entries] = await redis.xautoclaim(s, "g", "bob", 0, "0-0");
    assert.equal(cursor, "0-0");
    assert.deepEqual(entries.map(([, fields]) => fields), [["field", "more"]]);
  });
}
