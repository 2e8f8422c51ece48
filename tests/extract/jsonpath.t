#!/usr/bin/env python3
"""The official compliance suite of RFC 9535 (npm package jsonpath-rfc9535 1.3.0): exactly its invalid selectors are refused, all
others give one of its results; and limits of our own."""
import json
import os
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import BUILD, ROOT, diag, done, equal, like, ok, skip

FOLDER = os.environ.get("TMPDIR", "/tmp")
PACKAGE = "jsonpath-rfc9535@1.3.0"
SUITE = "package/src/__tests__/jsonpath-compliance-test-suite/cts.json"
CASES = 687


def build():
    target = os.path.join(FOLDER, "jsonpath-probe")
    packages = ["libcurl", "libuv", "libpcre2-8", "libxml-2.0", "libssl", "libcrypto", "zlib", "libbrotlidec", "libpsl"]
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    sanitize = ["-fsanitize=" + os.environ["SAN"]] if os.environ.get("SAN") else []
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-g", "-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "runtime", "include"),
                    "-I" + os.path.join(ROOT, "runtime"), *sanitize, "-o", target, os.path.join(ROOT, "tests", "extract", "probe.c"),
                    os.path.join(BUILD, "libswarm.a"), *flags, "-lpthread", "-lm"], check=True)
    return target


sys.setrecursionlimit(10000)
PROBE = build()


def probe(pairs):
    """What the probe says to each (query, document)."""
    lines = ["%s %s\n" % (query.encode("utf-8", "surrogatepass").hex(), document.encode().hex()) for query, document in pairs]
    run = subprocess.run([PROBE], input="".join(lines), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    if run.returncode != 0 or run.stdout.count("\n") != len(pairs):
        ok(False, "the probe answers every line", "exit %d, %d of %d answers" % (run.returncode, run.stdout.count("\n"), len(pairs)),
           run.stderr[-2000:])
        done()
    return run.stdout.split("\n")[:-1]


def fetch():
    """The cases, or None when the registry cannot be reached."""
    try:
        run = subprocess.run(["npm", "pack", "--silent", "--cache", os.path.join(FOLDER, "npm"), PACKAGE], cwd=FOLDER, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        diag(error)
        return None
    if run.returncode != 0:
        diag(run.stderr[-300:])
        return None
    with tarfile.open(os.path.join(FOLDER, run.stdout.strip().splitlines()[-1])) as packed:
        return json.load(packed.extractfile(SUITE))["tests"]


def suite():
    cases = fetch()
    if cases is None:
        skip("the official suite of JSONPath", "the npm registry cannot be reached")
        return
    equal(len(cases), CASES, "the suite has its 687 cases")
    answers = probe([(case["selector"], json.dumps(case.get("document"))) for case in cases])
    for case, answer in zip(cases, answers):
        if case.get("invalid_selector"):
            ok(answer.startswith("invalid "), "refused: " + case["name"], case["selector"], answer)
            continue
        wanted = [case["result"]] if "result" in case else case["results"]
        try:
            found = json.loads(answer)
        except ValueError:
            found = answer
        ok(any(same(found, one) for one in wanted), case["name"], case["selector"], "found  %s" % answer, "wanted %s" % json.dumps(wanted))


def same(a, b):
    """Equal, and true is not 1."""
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


OWN = [
    # query, document, answer
    ("$", "42", "[42]"),
    ("$", ' "a\\u00e9" '.strip(), '["aé"]'),
    ("$..a", '{"a":{"a":1}}', '[{"a":1},1]'),
    ("$.a", '{"a":1,"a":2}', "[2]"),
    ("$[*]", "[12345678901234567890, 1.10]", "[12345678901234567890,1.10]"),
    ("$[?@ == 12345678901234567891]", "[12345678901234567890, 12345678901234567891]", "[12345678901234567891]"),
    ("$[?@.a == value($..[?@.b == 'x\\u0079'].c)]", '[{"a":"\\u0071q"},{"b":"\\u0078y","c":"q\\u0071"}]', '[{"a":"\\u0071q"}]'),
    ("$[?match(@, 'a{2,1}')]", '["aa"]', "[]"),
    ("$[?match(@, '[b-a]')]", '["a"]', "[]"),
    ("$[?match(@, '\\\\d+')]", '["1"]', "[]"),
    ("$[?match(@, '(a|b)+')]", '["ab","abc"]', '["ab"]'),
    ("$[?search(@, '(?i)a')]", '["A"]', "[]"),
    ("$[?match(@, '[^a-c]')]", '["a","d"]', '["d"]'),
    ("$[?match(@, 'a.*$')]", '["a\\n"]', "[]"),
    ("$[::-2]", "[0,1,2,3,4]", "[4,2,0]"),
    ("$[-9007199254740991:9007199254740991:9007199254740991]", "[0,1]", "[0]"),
]


def own():
    for (query, document, wanted), answer in zip(OWN, probe([(query, document) for query, document, _ in OWN])):
        equal(answer, wanted, "%s of %s" % (query, document))
    deep = "[" * 999 + "1" + "]" * 999
    answers = probe([("$..[0]", deep), ("$" + ".*" * 50, "[]"), ("$[?" + "(" * 200 + "@.a" + ")" * 200 + "]", "[]"),
                     ("$" + "..*" * 12, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
                     ("$[?@" + "[?@" * 200 + "]" * 201, "[]"), ("$[?" + "!" * 3 + "@.a]", "[]"), ("$" + "[0]" * 4000, "[]"),
                     ("$" + "[0]" * 20000, "[]")])
    equal(len(json.loads(answers[0])), 999, "a document 999 deep")
    equal(answers[1], "[]", "fifty segments")
    like(answers[2], "nests too deep", "parentheses in parentheses end somewhere")
    like(answers[3], "error ", "a query whose results multiply ends somewhere")
    like(answers[4], "nests too deep", "filters in filters end somewhere")
    like(answers[5], "invalid", "one `!` is enough")
    equal(answers[6], "[]", "four thousand segments")
    like(answers[7], "too long", "twenty thousand segments")


suite()
own()
done()
