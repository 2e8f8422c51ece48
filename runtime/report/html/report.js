/* The page, made of the JSON report that stands in it. */

const report = JSON.parse(document.getElementById("data").textContent);
const PERCENTILES = Object.keys(report.total.percentiles_us || { 50: 0, 66: 0, 75: 0, 80: 0, 90: 0, 95: 0, 98: 0, 99: 0, "99.9": 0, "99.99": 0, 100: 0 })
  .sort((a, b) => a - b);

/* ---- numbers as the tables on the terminal have them ---- */

const whole = (n) => n.toLocaleString("en-US", { maximumFractionDigits: 0 });
const rate = (n) => n.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const short = (n) => n.toLocaleString("en-US", { maximumFractionDigits: n < 10 ? 2 : n < 100 ? 1 : 0 });
const share = (n) => `${(n * 100).toFixed(2)}%`;
const ms = (us) => us === undefined || us === null ? "–" : us < 9995 ? (us / 1000).toFixed(2) : whole(us / 1000);
const bytes = (n) => n < 1e3 ? [whole(n), "B"] : n < 1e6 ? [rate(n / 1e3), "kB"] : n < 1e9 ? [rate(n / 1e6), "MB"] : [rate(n / 1e9), "GB"];
const plural = (n, one) => `${whole(n)} ${one}${n === 1 ? "" : "s"}`;

function duration(seconds) {
  if (seconds < 0.1) return `${short(seconds * 1000)} ms`;
  if (seconds < 60) return `${short(seconds)} s`;
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = Math.round(seconds % 60);
  return [h && `${h} h`, m && `${m} min`, s && `${s} s`].filter(Boolean).join(" ");
}

const moment = (text) => text ? text.replace("T", " ").replace("Z", " UTC") : "–";

/* ---- parts ---- */

const contents = make("ul", null);

function section(id, title, ...children) {
  contents.append(make("li", null, make("a", { href: `#${id}` }, title)));
  document.getElementById("main").append(make("section", { id, "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title` }, title), ...children));
}

/* columns: {title, text(row), value(row) to sort by, left, wrap, hot(row), few(row), head} */
function table(caption, columns, rows, options = {}) {
  const body = make("tbody", null), head = make("tr", null);
  const cell = (column, row) => {
    const few = column.few && column.few(row), kind = [column.left && "l", column.wrap && "wrap", column.hot && column.hot(row) && "hot", few && "few"];
    return make(column.head ? "th" : "td", { class: kind.filter(Boolean).join(" ") || null, scope: column.head ? "row" : null,
      title: few ? "too few requests for this percentile: the slowest so far" : null }, column.text(row) + (few ? "*" : ""));
  };
  const fill = (list) => {
    body.replaceChildren(...list.map((row) => make("tr", null, columns.map((column) => cell(column, row)))));
    if (options.sum) body.append(make("tr", { class: "sum" }, columns.map((column) => cell(column, options.sum))));
  };
  columns.forEach((column) => {
    const th = make("th", { scope: "col", class: column.left ? "l" : null }, column.value ? make("button", { type: "button" }, column.title) : column.title);
    if (column.value) {
      th.firstChild.addEventListener("click", () => {
        const down = th.getAttribute("aria-sort") === "descending" || (column.left && !th.hasAttribute("aria-sort"));
        for (const other of head.children) other.removeAttribute("aria-sort");
        th.setAttribute("aria-sort", down ? "ascending" : "descending");
        rows = [...rows].sort((a, b) => {
          const x = column.value(a), y = column.value(b);
          return (x < y ? -1 : x > y ? 1 : 0) * (down ? 1 : -1);
        });
        fill(filtered());
      });
    }
    head.append(th);
  });
  let wanted = "";
  const filtered = () => rows.filter((row) => !options.filter || options.filter(row).toLowerCase().includes(wanted));
  fill(rows);
  const box = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    make("table", null, make("caption", null, make("span", null, caption)), make("thead", null, head), body));
  if (!options.filter || rows.length < 12) return box;
  const id = `filter-${document.querySelectorAll("input").length}-${Math.random().toString(36).slice(2, 7)}`;
  const input = make("input", { type: "search", id, autocomplete: "off" });
  input.addEventListener("input", () => {
    wanted = input.value.toLowerCase();
    fill(filtered());
  });
  return make("div", null, make("div", { class: "filter" }, make("label", { for: id }, "Only rows with"), input), box);
}

function facts(title, pairs) {
  const list = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (!list.length) return null;
  return make("div", null, make("h3", null, title), make("dl", null, list.flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)])));
}

const bottleneck = () => `The load generator was the bottleneck, so these figures are not the server's alone: ${report.health.why}.`;

const alertBox = (kind, text) => make("p", { class: `alert ${kind}` }, text);

/* ---- the page ---- */

function writeHead() {
  const verdict = report.verdict, run = report.run;
  const word = !verdict ? ["warn", "Running"] : run.state === "left" ? ["bad", "Left before its end"] : verdict.passed ? ["good", "Passed"] : ["bad", "Failed"];
  document.title = `${word[1]} – ${run.scenario} – load test report`;
  document.getElementById("top").append(make("h1", null, run.scenario), make("span", { class: `badge ${word[0]}` }, word[1]),
    make("p", null, `${moment(run.started)}${run.ended ? ` to ${moment(run.ended)}` : ""}, ${duration(run.elapsed_s)}` +
      Object.entries(run.labels).map(([name, value]) => ` · ${name}: ${value}`).join("")));
}

function writeSummary() {
  const total = report.total, verdict = report.verdict, tiles = [];
  const tile = (name, value, unit, hot) => tiles.push(make("div", { class: hot ? "tile hot" : "tile" }, make("dt", null, name),
    make("dd", null, value, unit ? make("span", { class: "unit" }, ` ${unit}`) : null)));
  tile("Requests", whole(total.requests));
  tile("Failed", whole(total.failures), total.requests ? share(total.failure_ratio) : null, total.failures > 0);
  tile("Requests/s over the run", rate(total.requests_per_s));
  tile("Median", ms(total.percentiles_us && total.percentiles_us["50"]), "ms");
  tile("95 % up to", ms(total.percentiles_us && total.percentiles_us["95"]), "ms");
  tile("99 % up to", ms(total.percentiles_us && total.percentiles_us["99"]), "ms");
  tile("Most users", whole(report.users.most));
  tile("Received", ...bytes(total.bytes));
  const boxes = [];
  if (verdict) boxes.push(alertBox(verdict.passed ? "good" : "bad", `${verdict.passed ? "Passed" : "Failed"} (exit code ${verdict.exit_code}): ${verdict.why}`));
  if (!report.health.healthy) boxes.push(alertBox("warn", bottleneck()));
  if (report.health.messages_lost + report.health.messages_damaged) boxes.push(alertBox("bad", "The counts are not complete: messages with statistics were lost. This is a fault of Swarm."));
  if (verdict && verdict.arrivals_dropped) boxes.push(alertBox("warn", `${whole(verdict.arrivals_dropped)} of ${whole(verdict.arrivals)} arrivals were dropped over the cap (at most).`));
  if (report.users.lost) boxes.push(alertBox("warn", `${plural(report.users.lost, "user")} lost: their on start ended early.`));
  section("summary", "Summary", make("dl", { class: "tiles" }, tiles), ...boxes);
}

function writeThresholds() {
  if (!report.thresholds.length) return;
  section("thresholds", "Thresholds", table("Each threshold and what was measured", [
    { title: "Verdict", left: true, text: (t) => t.state === "no data" ? "broken" : t.state, hot: (t) => t.state === "broken" || t.state === "no data" },
    { title: "Of", left: true, text: (t) => t.row || "the whole run" },
    { title: "Threshold", left: true, wrap: true, text: (t) => t.threshold, head: true },
    { title: "Measured", text: (t) => t.value + (t.stopped_the_run ? " (stopped the run)" : "") },
    { title: "Place", left: true, text: (t) => t.line ? `${t.file}:${t.line}` : t.file || "" },
  ], report.thresholds));
}

const few = (p) => (row) => (row.too_few_samples_for || []).includes(p);

function writeRequests() {
  const named = [
    { title: "Type", left: true, text: (r) => r.type, value: (r) => r.type },
    { title: "Name", left: true, wrap: true, head: true, text: (r) => r.name, value: (r) => r.name },
    { title: "Requests", text: (r) => whole(r.requests), value: (r) => r.requests },
    { title: "Failed", text: (r) => whole(r.failures), value: (r) => r.failures, hot: (r) => r.failures > 0 },
    { title: "Failed %", text: (r) => share(r.failure_ratio), value: (r) => r.failure_ratio, hot: (r) => r.failures > 0 },
    { title: "Average", text: (r) => ms(r.mean_us), value: (r) => r.mean_us || 0 },
    { title: "Min", text: (r) => ms(r.min_us), value: (r) => r.min_us || 0 },
    { title: "Max", text: (r) => ms(r.max_us), value: (r) => r.max_us || 0 },
    { title: "Bytes each", text: (r) => r.requests ? whole(r.bytes / r.requests) : "–", value: (r) => r.bytes / (r.requests || 1) },
    { title: "Requests/s", text: (r) => rate(r.requests_per_s), value: (r) => r.requests_per_s },
    { title: "Failures/s", text: (r) => rate(r.failures_per_s), value: (r) => r.failures_per_s },
  ];
  const rows = report.rows.filter((r) => r.requests > 0), apart = report.rows.filter((r) => r.extra_tries || r.cut_off || r.dropped);
  const percentile = (p) => ({ title: `${p}%`, text: (r) => ms(r.percentiles_us && r.percentiles_us[p]), value: (r) => r.percentiles_us[p], few: few(p) });
  const options = { sum: report.total, filter: (r) => `${r.type} ${r.name}` };
  const marked = [report.total, ...rows].some((r) => (r.too_few_samples_for || []).length);
  section("requests", "Requests",
    table(`Times in milliseconds; rates over ${duration(report.run.rates_over_s)}. A heading sorts.`, named, rows, options),
    rows.some((r) => !r.in_totals) ? make("p", { class: "note" }, "Rows of type TRANSACTION and SETUP are not in the total.") : null,
    make("h3", { style: "margin-top:1.4rem" }, "Percentiles"),
    table("Response times in milliseconds: so many percent of the requests took at most this long", [named[0], named[1], ...PERCENTILES.map(percentile)], rows, options),
    marked ? make("p", { class: "note" }, "* Too few requests for this percentile: it is the slowest one so far.") : null,
    apart.length ? make("h3", { style: "margin-top:1.4rem" }, "Not among the requests above") : null,
    apart.length ? table("What the server saw beside them: retries and resent requests, what was cut off at the stop; and calls that the stop kept from beginning", [named[0], named[1],
      { title: "Extra tries", text: (r) => whole(r.extra_tries) }, { title: "Cut off", text: (r) => whole(r.cut_off) },
      { title: "Not begun", text: (r) => whole(r.dropped) }], apart) : null);
}

const perMs = (list) => list.map((us) => us === null ? null : us / 1000);
const figures = (of) => (title, key, text) => ({ title, text: (i) => of[key][i] === null ? "–" : text(of[key][i]) });

/* What the charts show of all requests, or of a row: {rates, percentiles, note, columns}; times are those of its own intervals. */
function totalOverTime(h) {
  const column = figures(h);
  return {
    times: h.end_s, spans: h.span_s,
    rates: [{ name: "Requests/s", color: "c1", values: h.requests_per_s, fill: true }, { name: "Failures/s", color: "c2", values: h.failures_per_s, fill: true }],
    percentiles: [{ name: "50 %", color: "c3", values: perMs(h.p50_us) }, { name: "90 %", color: "c5", values: perMs(h.p90_us) },
      { name: "95 %", color: "c1", values: perMs(h.p95_us) }, { name: "99 %", color: "c4", values: perMs(h.p99_us) }],
    columns: [column("End", "end_s", clock), column("Users", "users", whole), column("Asked for", "target", whole), column("Requests", "requests", whole),
      column("Failures", "failures", whole), column("Errors", "errors", whole), column("50% ms", "p50_us", ms), column("95% ms", "p95_us", ms),
      column("99% ms", "p99_us", ms), column("Max ms", "p100_us", ms)],
  };
}

function rowOverTime(all, row) {
  const column = figures(row), perSecond = (list) => list.map((n, i) => n === null ? null : n / all.span_s[i]);
  return {
    times: all.end_s, spans: all.span_s, absent: "not kept yet",
    rates: [{ name: "Requests/s", color: "c1", values: perSecond(row.requests), fill: true }, { name: "Failures/s", color: "c2", values: perSecond(row.failures), fill: true }],
    percentiles: [{ name: "50 %", color: "c3", values: perMs(row.p50_us) }, { name: "95 %", color: "c1", values: perMs(row.p95_us) },
      { name: "99 %", color: "c4", values: perMs(row.p99_us) }],
    columns: [figures(all)("End", "end_s", clock), column("Requests", "requests", whole), column("Failures", "failures", whole),
      column("50% ms", "p50_us", ms), column("95% ms", "p95_us", ms), column("99% ms", "p99_us", ms)],
  };
}

function spanNote(spans) {
  const span = Math.max(...spans);
  if (span < 0.95) return `The run took ${duration(span)}: one point is all of it.`;
  return `${span > 1.5 ? `Each point is about ${duration(Math.round(span))}.` : "Each point is one second."} Percentiles are those of the requests that ended in it.`;
}

function writeCharts() {
  const h = report.history, all = report.row_history, box = make("div", null), tableBox = make("details", null);
  if (!h.end_s.length) return;
  const draw = (title, unit, text, series, times, absent) => lineChart({ title, unit, text, series, times, absent });
  const users = draw("Users and shape", "", whole, [
    { name: "Users", color: "c1", values: h.users, fill: true }, { name: "Asked for", color: "c5", values: h.target, dash: true, step: true }], h.end_s);
  const cpu = draw("CPU of the load generator (cores)", "cores", (n) => n.toFixed(n < 0.1 ? 3 : 2), [{ name: "Cores", color: "c3", values: h.cpu_cores }], h.end_s);
  const select = make("select", { id: "charts-row" }, ["All requests", ...all.rows.map((r) => `${r.type} ${r.name}`)].map((name, i) => make("option", { value: i }, name)));
  const show = () => {
    const row = all.rows[Number(select.value) - 1], shown = row ? rowOverTime(all, row) : totalOverTime(h), of = row ? `: ${row.type} ${row.name}` : "";
    box.replaceChildren(make("div", { class: "charts" },
      draw(`Requests and failures a second${of}`, "a second", short, shown.rates, shown.times, shown.absent),
      draw(`Response times (ms)${of}`, "ms", short, shown.percentiles, shown.times), users, cpu),
    make("p", { class: "note" }, spanNote(shown.spans)));
    tableBox.replaceChildren(make("summary", null, "The figures of these charts as a table"),
      table(`Intervals by their end${of}`, shown.columns, shown.times.map((_, i) => i)));
  };
  select.addEventListener("change", show);
  const total = report.rows.filter((r) => r.requests > 0).length;
  section("charts", "Over time", all.rows.length ? make("div", { class: "filter" }, make("label", { for: "charts-row" }, "Of"), select) : null, box, tableBox,
    total > all.rows.length ? make("p", { class: "note" }, `The ${all.rows.length} busiest of ${whole(total)} rows can be chosen.`) : null);
  select.value = "0";
  show();
}

function writeHistogram() {
  const rows = [report.total, ...report.rows].filter((r) => r.histogram && r.histogram.length);
  if (!rows.length) return;
  const box = make("div", { style: "max-width:760px" }), select = make("select", { id: "histogram-row" },
    rows.map((r, i) => make("option", { value: i }, i ? `${r.type} ${r.name}` : "All requests")));
  const show = () => {
    const row = rows[Number(select.value)];
    box.replaceChildren(histogram(select.selectedOptions[0].textContent, row, ms, whole));
  };
  select.addEventListener("change", show);
  section("histogram", "Distribution of response times", make("div", { class: "filter" }, make("label", { for: "histogram-row" }, "Of"), select), box);
  select.value = "0";
  show();
}

function exchange(failure) {
  const kept = failure.exchange;
  if (!kept) return null;
  const part = (title, text) => text ? [make("h3", { style: "margin-top:.8rem" }, title), make("pre", { tabindex: "0" }, text)] : [];
  return make("details", null, make("summary", null, `The first of them: ${failure.type} `, make("bdi", null, failure.name), `: ${failure.message}`),
    make("p", { class: "note" }, `${moment(kept.at)}, user ${kept.user} of ${kept.kind}, ${kept.task}: ${ms(kept.duration_us)} ms. Secrets are masked.`),
    ...part("Request", kept.request), ...part("Response", kept.response || "no answer came"));
}

function writeFailures() {
  if (report.failures.length) {
    section("failures", "Failures", table("Failed requests by row and message", [
      { title: "Count", text: (f) => whole(f.count), value: (f) => f.count },
      { title: "Type", left: true, text: (f) => f.type, value: (f) => f.type },
      { title: "Name", left: true, wrap: true, head: true, text: (f) => f.name, value: (f) => f.name },
      { title: "Message", left: true, wrap: true, text: (f) => f.message, value: (f) => f.message },
      { title: "First", left: true, text: (f) => moment(f.first) }, { title: "Last", left: true, text: (f) => moment(f.last) },
    ], report.failures, { filter: (f) => `${f.type} ${f.name} ${f.message}` }), ...report.failures.map(exchange));
  }
  if (report.errors.length) {
    section("errors", "Errors in tasks", table("What ended tasks early", [
      { title: "Count", text: (e) => whole(e.count), value: (e) => e.count },
      { title: "Place", left: true, head: true, text: (e) => e.file ? `${e.file}:${e.line}` : "" },
      { title: "In", left: true, text: (e) => [e.kind, e.task].filter(Boolean).join(".") },
      { title: "Message", left: true, wrap: true, text: (e) => e.message },
      { title: "First", left: true, text: (e) => moment(e.first) }, { title: "Last", left: true, text: (e) => moment(e.last) },
    ], report.errors, { filter: (e) => `${e.file} ${e.task} ${e.message}` }));
  }
}

function writeMetrics() {
  if (!report.metrics.length) return;
  const real = (n) => n === undefined ? "–" : n.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  section("metrics", "Metrics of the scenario", table("Counters, trends, rates and gauges", [
    { title: "Kind", left: true, text: (m) => m.kind }, { title: "Name", left: true, head: true, text: (m) => m.name }, { title: "Unit", left: true, text: (m) => m.unit },
    { title: "Value", text: (m) => m.kind === "rate" && m.value !== undefined ? share(m.value) : real(m.value) }, { title: "a second", text: (m) => real(m.per_s) },
    { title: "Count", text: (m) => real(m.count) }, { title: "Min", text: (m) => real(m.min) }, { title: "50%", text: (m) => real(m.percentiles && m.percentiles["50"]) },
    { title: "95%", text: (m) => real(m.percentiles && m.percentiles["95"]) }, { title: "Max", text: (m) => real(m.max) },
  ], report.metrics));
}

function writeParts() {
  if (!report.parts || !report.parts.length) return;
  section("parts", "By user kind, journey and task", table("Requests by what sent them; times in milliseconds", [
    { title: "Kind of user", left: true, text: (p) => p.kind, value: (p) => p.kind },
    { title: "Journey or group", left: true, text: (p) => p.journey === null ? "all" : p.journey || "–", value: (p) => p.journey || "" },
    { title: "Task", left: true, head: true, text: (p) => p.task || "all", value: (p) => p.task || "" },
    { title: "Requests", text: (p) => whole(p.requests), value: (p) => p.requests },
    { title: "Failed", text: (p) => whole(p.failures), value: (p) => p.failures, hot: (p) => p.failures > 0 },
    { title: "Requests/s", text: (p) => rate(p.requests_per_s), value: (p) => p.requests_per_s },
    { title: "Average", text: (p) => ms(p.mean_us), value: (p) => p.mean_us || 0 },
    ...["50", "95", "99"].map((q) => ({ title: `${q}%`, text: (p) => ms(p.percentiles_us && p.percentiles_us[q]), few: few(q) })),
    { title: "Max", text: (p) => ms(p.max_us), value: (p) => p.max_us || 0 },
  ], report.parts, { filter: (p) => `${p.kind} ${p.journey || ""} ${p.task || ""}` }));
}

function writeHealth() {
  const health = report.health, lag = health.loop_lag.percentiles_us, late = health.late.percentiles_us;
  section("health", "Load generator", health.healthy ? alertBox("good", "It kept up: its own delays do not change the figures above.") : alertBox("warn", bottleneck()),
    make("div", { class: "facts", style: "margin-top:.9rem" },
      facts("All threads", [["CPU", `${short(health.cpu_s)} s, ${health.cpu_cores.toFixed(2)} cores on average`],
        ["Loop lag", health.loop_lag.count ? `${ms(lag["50"])} ms (50 %), ${ms(lag["99"])} ms (99 %)` : "not measured"],
        ["Planned starts", health.starts ? `${whole(health.starts)}, ${whole(health.late_starts)} of them late; ${ms(late["99"])} ms (99 %)` : "none"],
        ["Out of sockets or ports", health.no_descriptor + health.no_port ? whole(health.no_descriptor + health.no_port) : "never"],
        ...(report.run.settings["log-requests"] ? [["Lines of --log-requests dropped", health.request_log_dropped ? `${whole(health.request_log_dropped)}: the disk was too slow` : "none"]] : [])])),
    health.threads.length ? make("h3", { style: "margin-top:1rem" }, "Threads") : null,
    health.threads.length ? table("Busy: the share of a core", [{ title: "Thread", head: true, left: true, text: (t) => String(t.thread) }, { title: "CPU s", text: (t) => rate(t.cpu_s) },
      { title: "Busy", text: (t) => share(t.busy) }, { title: "Busiest 5 s", text: (t) => t.busy_most ? share(t.busy_most) : "–" },
      { title: "Loop lag 99% ms", text: (t) => ms(t.loop_lag.percentiles_us["99"]) }], health.threads) : null);
}

function writeRun() {
  const run = report.run, pairs = (object) => Object.entries(object);
  section("run", "This run", make("div", { class: "facts" },
    facts("Scenario", [["Scenario", run.scenario], ["Program", run.program], ["Hash", run.scenario_hash], ["Git commit", run.git_commit], ["Swarm", run.swarm_version],
      ["Seed", run.seed], ["Threads", String(run.threads)]]),
    facts("Targets", pairs(run.targets)), facts("Settings", pairs(run.settings)), facts("Options of the scenario", pairs(run.options)), facts("Labels", pairs(run.labels))),
    report.users.kinds.length ? make("div", { style: "margin-top:1rem" }, table("Kinds of users", [{ title: "Kind", left: true, head: true, text: (k) => k.name },
      { title: "Lost", text: (k) => whole(k.lost), hot: (k) => k.lost > 0 }, { title: "Planned starts", text: (k) => whole(k.late_starts.count) },
      ...["50", "99", "100"].map((q) => ({ title: q === "100" ? "Start lag max ms" : `Start lag ${q}% ms`, text: (k) => ms(k.late_starts.percentiles_us[q]) }))], report.users.kinds)) : null);
}

writeHead();
writeSummary();
writeThresholds();
writeFailures();
writeCharts();
writeRequests();
writeHistogram();
writeParts();
writeMetrics();
writeHealth();
writeRun();
document.getElementById("contents").append(contents);
document.getElementById("end").append(`Written by Swarm ${report.run.swarm_version}. All figures come from the JSON report in this page.`);
