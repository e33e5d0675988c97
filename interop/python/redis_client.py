"""upstash-redis: python redis_client.py base64|none"""

import faulthandler
import os
import sys
import threading

from upstash_redis import Redis
from upstash_redis.errors import UpstashError

# A check that hangs ends the program, which then counts as failed.
faulthandler.dump_traceback_later(120, exit=True)

ENCODINGS = {"base64": "base64", "none": None}
failed = 0


def check(name):
    """Runs a check at once and tells how it went."""

    def run(body):
        global failed
        try:
            body()
            print(f"ok {name}", flush=True)
        except Exception as error:
            failed += 1
            reason = " ".join(f"{type(error).__name__} {error}".split())
            print(f"FAIL {name}: {reason}", flush=True)

    return run


def equal(seen, wanted):
    assert seen == wanted, f"{seen!r} is not {wanted!r}"


def fails(text, call):
    try:
        seen = call()
    except UpstashError as error:
        assert text in str(error), f"{error} is not about {text}"
    else:
        raise AssertionError(f"{seen!r} where {text} belongs")


def key(name):
    return f"interop:{os.getpid()}:{name}"


if len(sys.argv) != 2 or sys.argv[1] not in ENCODINGS:
    print(f"FAIL start: name an encoding: {', '.join(ENCODINGS)}")
    sys.exit(1)


def client(token=None):
    return Redis(
        url=os.environ["UPSTASH_REDIS_REST_URL"],
        token=token or os.environ["UPSTASH_REDIS_REST_TOKEN"],
        rest_encoding=ENCODINGS[sys.argv[1]],
        rest_retries=0,
        allow_telemetry=False,
    )


redis = client()


@check("ping")
def _():
    equal(redis.ping(), "PONG")


@check("set and get")
def _():
    equal(redis.set(key("a"), "text"), True)
    equal(redis.get(key("a")), "text")


@check("nil")
def _():
    equal(redis.get(key("none")), None)


@check("utf-8")
def _():
    redis.set(key("u"), "grüße 🚀 漢字")
    equal(redis.get(key("u")), "grüße 🚀 漢字")


@check("a stored OK")
def _():
    redis.set(key("ok"), "OK")
    equal(redis.get(key("ok")), "OK")


@check("mget")
def _():
    equal(redis.mget(key("a"), key("none")), ["text", None])


@check("hgetall")
def _():
    redis.hset(key("h"), values={"one": "text", "two": "2"})
    equal(redis.hgetall(key("h")), {"one": "text", "two": "2"})


@check("pipeline")
def _():
    pipeline = redis.pipeline()
    pipeline.set(key("p"), "text").get(key("p")).incr(key("n"))
    equal(pipeline.exec(), [True, "text", 1])


@check("pipeline with an error item")
def _():
    pipeline = redis.pipeline()
    pipeline.set(key("p"), "text").lpush(key("p"), "x").set(key("p2"), "kept")
    fails("WRONGTYPE", pipeline.exec)
    equal(redis.get(key("p2")), "kept")


@check("multi")
def _():
    equal(redis.multi().set(key("m"), "text").get(key("m")).exec(), [True, "text"])


@check("multi with an error at run time")
def _():
    multi = redis.multi().set(key("m"), "text").incr(key("m")).set(key("m2"), "kept")
    fails("not an integer", multi.exec)
    equal(redis.get(key("m2")), "kept")


@check("100 multi at once")
def _():
    def one():
        try:
            items = redis.multi().incr(key("c")).incr(key("c")).get(key("c")).exec()
            equal(items, [items[0], items[0] + 1, str(items[0] + 1)])
        except Exception as error:
            wrong.append(error)

    wrong = []
    threads = [threading.Thread(target=one) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(wrong[:1], [])
    equal(redis.get(key("c")), "200")


@check("eval types")
def _():
    script = "return {1, 'text', false, {KEYS[1], ARGV[1]}}"
    equal(redis.eval(script, [key("e")], ["arg"]), [1, "text", None, [key("e"), "arg"]])


@check("script load and evalsha")
def _():
    sha = redis.script_load("return ARGV[1]")
    equal(redis.evalsha(sha, args=["text"]), "text")


@check("noscript")
def _():
    fails("NOSCRIPT", lambda: redis.evalsha("0" * 40))


@check("wrongtype")
def _():
    fails("WRONGTYPE", lambda: redis.lpush(key("a"), "x"))


@check("xadd, xlen, xrange")
def _():
    redis.xadd(key("s"), "1-1", {"field": "text"})
    redis.xadd(key("s"), "1-2", {"field": "more"})
    equal(redis.xlen(key("s")), 2)
    equal(redis.xrange(key("s"), "-", "+"), [["1-1", ["field", "text"]], ["1-2", ["field", "more"]]])


@check("xread")
def _():
    redis.xadd(key("t"), "5-1", {"other": "text"})
    one = [[key("s"), [["1-2", ["field", "more"]]]]]
    equal(redis.xread({key("s"): "1-1"}), one)
    equal(redis.xread({key("s"): "1-1", key("t"): "0"}), one + [[key("t"), [["5-1", ["other", "text"]]]]])
    assert not redis.xread({key("s"): "9-9"}), "something where nothing is new"


@check("xreadgroup, xack, xautoclaim")
def _():
    redis.xgroup_create(key("s"), "g", "0")
    read = redis.xreadgroup("g", "ada", {key("s"): ">"})
    equal(read, [[key("s"), [["1-1", ["field", "text"]], ["1-2", ["field", "more"]]]]])
    equal(redis.xack(key("s"), "g", "1-1"), 1)
    claimed = redis.xautoclaim(key("s"), "g", "bob", 0, "0-0")
    equal(claimed[:2], ["0-0", [["1-2", ["field", "more"]]]])


@check("a bad token")
def _():
    fails("WRONGPASS invalid or missing auth token", lambda: client("nobody").get(key("a")))


sys.exit(1 if failed else 0)
