#!/usr/bin/env python3
# runner: timeout=900
"""Every HTTP engine against the cases of cases/*.json: bytes of a server, delivered whole, cut in two at every byte, and one byte
at a time, and over TLS; what comes out, whether the connection stays, and that as many requests were sent as the server saw.

    tests/http/conformance.t [WORD…]      only the cases whose group and name hold one of the words

A case's "want" says error ("ok" unless said; a list: any of these), status, body, received, headers, sends, kept; "any": whatever
it is; "following": "any": what becomes of the next request is not looked at. An engine that is rightly laxer or stricter has its
own values under its name, with the reason as "why"; "skip" says why a case is not played to it."""
import os
import shutil
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import play
import probe
from tap import SANITIZED, done, ok, skip

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = play.load(os.path.join(HERE, "cases"), sys.argv[1:])
PROGRAM = probe.build()
OVER_TLS = ("libcurl", "native")
VALUES = ("status", "body", "received", "headers", "sends", "kept")


def certificate():
    """A server's side of TLS with a certificate that nobody vouches for; None without openssl."""
    if not shutil.which("openssl"):
        return None
    base = os.path.join(os.environ.get("TMPDIR", "/tmp"), "player")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", base + ".key", "-out", base + ".pem",
                    "-subj", "/CN=player"], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(base + ".pem", base + ".key")
    return context


def wanted(case, label):
    """What is wanted of all, but of an engine with another error only what it says itself ("NAME, TLS": over TLS)."""
    own = case.want.get(label) or case.want.get(label.partition(",")[0], {})
    common = {} if "error" in own else {key: value for key, value in case.want.items() if not isinstance(value, dict)}
    return {"error": "ok", **common, **own}


def steps_of(case, delivery, number, url):
    """A request of the case, one that follows it on the same session, and the end of the session."""
    body = ""
    if case.body is not None:
        body = " 60000 " + case.body.decode("latin-1")
    wait = ["wait %d" % case.pause] if case.pause else []
    return ["%s %s/%s/%s/%d 0%s" % (case.method, url, case.key, delivery, number, body), *wait,
            "GET %s/next/%d 0" % (url, number), "close 0"]


def judge(case, want, got, following, first, second):
    """What is wrong with one delivery, as a list of texts; first and second: the connections on which the server saw the two
    requests."""
    wrong = []
    errors = want["error"] if isinstance(want["error"], list) else [want["error"]]
    if got["error"] not in errors:
        wrong.append("error %r, wanted %s; %s" % (got["error"], " or ".join(map(repr, errors)), got["text"]))
    if got["done"] != 1 or not got["stamps"]:
        wrong.append("done %d times, stamps %s" % (got["done"], got["stamps"]))
    found = dict(got, kept=bool(first and second) and first[-1] == second[-1])
    if got["error"] == errors[0]:    # of several that may be, the first is the one that is described
        wrong += ["%s %r, wanted %r" % (key, found[key], want[key]) for key in VALUES
                  if key in want and want[key] not in ("any", found[key])]
    if want.get("following") != "any" and (following["error"] != "ok" or following["body"] != "next"):
        wrong.append("the request behind it: %s %s %r" % (following["error"], following["text"], following["body"]))
    if got["sends"] != len(first):
        wrong.append("sent %d times, seen %d times" % (got["sends"], len(first)))
    return wrong


def run(engine, label, cases, results, tls=None):
    """Fills results[case.key] with [(delivery, what is wrong)]. With tls: over TLS, whole and byte by byte."""
    player = play.Player(CASES, tls)
    plan, steps = [], []
    for case in cases:
        for place, delivery in enumerate(case.deliveries()):
            if delivery not in ("whole", "bytes") and (tls or (SANITIZED and place % 6)):
                continue
            plan.append((case, delivery, len(steps)))
            steps += steps_of(case, delivery, len(plan), player.url)
    code, answers, said = probe.play(PROGRAM, engine, steps, *(["--insecure"] if tls else []))
    player.close()
    results["whole"] = [] if code == 0 and len(answers) == len(steps) else \
        ["exit %s, %d answers to %d steps, the last: %s\n%s" % (code, len(answers), len(steps), steps[len(answers) - 1][:100], said[-2000:])]
    seen = {}
    for connection, method, target in player.log:
        seen.setdefault(target, []).append(connection)
    for number, (case, delivery, first) in enumerate(plan, 1):
        wrong = results.setdefault(case.key, [])
        last = first + (2 if case.pause else 1)
        if last >= len(answers):
            wrong.append((delivery, ["no answer of the probe"]))
            continue
        found = judge(case, wanted(case, label), answers[first], answers[last],
                      seen.get("/%s/%s/%d" % (case.key, delivery, number), []), seen.get("/next/%d" % number, []))
        if found:
            wrong.append((delivery, found))


def check(engine, tls=None):
    groups, results, threads = [[], []], {}, []
    label = engine + (", TLS" if tls else "")
    for index, case in enumerate(CASES.values()):    # two at a time: most of it is waiting
        if "skip" in case.want.get(engine, {}):
            continue
        groups[index % 2].append(case)
    for cases in groups:
        part = {}
        results[id(cases)] = part
        threads.append(threading.Thread(target=run, args=(engine, label, cases, part, tls)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for cases in groups:
        part = results[id(cases)]
        ok(not part.get("whole", [1]), "%s: the probe plays to the end" % label, *part.get("whole", ["it did not begin"]))
    for case in CASES.values():
        if "skip" in case.want.get(engine, {}):
            skip("%s: %s: %s" % (label, case.group, case.name), case.want[engine]["skip"])
            continue
        wrong = next((part[case.key] for part in results.values() if case.key in part), [("", ["not played"])])
        ok(not wrong, "%s: %s: %s" % (label, case.group, case.name), "wanted %r" % wanted(case, label),
           *["delivered %s: %s" % (delivery, "; ".join(texts)) for delivery, texts in wrong[:3]],
           "%d deliveries wrong" % len(wrong))


context = certificate()
for name in probe.engines(PROGRAM):
    check(name)
    if context and name in OVER_TLS:
        check(name, context)
    elif not context:
        skip("%s: TLS" % name, "missing tool openssl")
done()
