// What every script shares: running checks, one line each.

import assert from "node:assert/strict";

export { assert };

/** How long a check may take, in milliseconds. */
const DEADLINE = 20_000;

/** How long all checks may take, in milliseconds. */
const END = 240_000;

let failed = 0;

setTimeout(() => {
  console.log("FAIL end: the script does not end");
  process.exit(1);
}, END).unref();

/** Runs one check and tells how it went. */
export async function check(name, body) {
  try {
    await within(body(), "the check");
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${String(error?.message ?? error).split(/\s+/).join(" ")}`);
  }
}

/** Ends the program; open streams do not keep it. */
export function finish() {
  process.exit(failed === 0 ? 0 : 1);
}

/** The value of a promise that comes in time. */
export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited for ${what}`)), DEADLINE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A promise with its resolver. */
export function deferred() {
  let resolve;
  const promise = new Promise((done) => { resolve = done; });
  return { promise, resolve };
}

/** Where the service is. */
export const service = {
  url: process.env.UPSTASH_REDIS_REST_URL,
  token: process.env.UPSTASH_REDIS_REST_TOKEN,
};

if (!service.url || !service.token) {
  console.log("FAIL start: set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN");
  process.exit(1);
}

/** Keys of this run, removed by nobody but the end of the double. */
export const key = (name) => `interop:${process.pid}:${name}`;
