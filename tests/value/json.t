#!/usr/bin/env python3
"""The JSON scanner against Python's json: the same texts are refused, the others mean the same."""
import json
import os
import random
import re
import subprocess

from tap import BUILD, done, equal, ok

ROUNDS = 4000
PIECES = ["a", "key", "\\n", "\\u0041", "\\ud83d\\ude00", "ö", "😀", "plain text", '\\"', " ", "{", "]", ",", "\\\\", "\\ud800",
          "\\udc00", "\\/", "\\b", "\x7f", "\\u0000", "\u2028"]
SCALARS = ["0", "-1", "12.50", "1e5", "-0", "123456789012345678901", "1.7976931348623157e308", "5e-324", "true", "false", "null"]
BITS = b'"\\{}[],:0123456789eE+-.truefalsn \n\x00\x01\xff\xc3\xed\xa0u'


def text(rng):
    return '"' + "".join(rng.choice(PIECES) for _ in range(rng.randrange(5))) + '"'


def space(rng):
    return rng.choice(["", "", "", " ", "\n", "\t \r\n"])


def value(rng, depth):
    kind = rng.randrange(6 if depth < 6 else 3)
    if kind == 0:
        made = text(rng)
    elif kind < 3:
        made = rng.choice(SCALARS)
    elif kind == 3:
        made = "{" + ",".join(space(rng) + text(rng) + space(rng) + ":" + value(rng, depth + 1) for _ in range(rng.randrange(4)))
        made += space(rng) + "}"
    else:
        made = "[" + ",".join(value(rng, depth + 1) for _ in range(rng.randrange(5))) + space(rng) + "]"
    return space(rng) + made + space(rng)


def mutilated(rng, body):
    body = bytearray(body)
    for _ in range(rng.randrange(4)):
        if not body:
            break
        at = rng.randrange(len(body))
        how = rng.randrange(4)
        if how == 0:
            body[at] = rng.choice(BITS)
        elif how == 1:
            del body[at]
        elif how == 2:
            body.insert(at, rng.choice(BITS))
        else:
            del body[at:]
    return bytes(body)


def no_constant(name):
    raise ValueError(name)


def whole(thing):
    """Half surrogate pairs become U+FFFD, numbers keep their digits."""
    if isinstance(thing, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", thing)
    if isinstance(thing, list):
        return [whole(each) for each in thing]
    if isinstance(thing, dict):
        return {whole(key): whole(each) for key, each in thing.items()}
    return thing


def read(body):
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    digits = lambda number: ("number", number)
    return whole(json.loads(body.decode("utf-8"), parse_constant=no_constant, parse_int=digits, parse_float=digits))


def outcome(body):
    try:
        return read(body)
    except ValueError:
        return "refused"


def main():
    rng = random.Random(20)
    bodies = [mutilated(rng, value(rng, 0).encode()) for _ in range(ROUNDS)]
    program = os.path.join(BUILD, "tests", "unit", "json_test")
    run = subprocess.run([program, "--lines"], input="".join(body.hex() + "\n" for body in bodies).encode(),
                         stdout=subprocess.PIPE, timeout=300)
    answers = run.stdout.split(b"\n")[:-1]
    equal(run.returncode, 0, "the scanner's program ends well")
    equal(len(answers), len(bodies), "an answer for each text")
    different, valid = [], 0
    for body, answer in zip(bodies, answers):
        wanted = outcome(body)
        got = "refused" if answer == b"refused" else outcome(answer)
        valid += wanted != "refused"
        if got != wanted:
            different.append((body, answer))
    ok(not different, "both read every text alike", *different[:5])
    ok(valid > ROUNDS / 10 and valid < ROUNDS, "valid ones and others among them", valid)
    done()


main()
