"use strict";
/* The HTML report in Chromium: node page.js MODULES CHROMIUM FOLDER, where FOLDER holds full.html with full.json, many.html and
 * empty.html. Prints TAP. */
const [modules, chromiumPath, folder] = process.argv.slice(2);
const { chromium } = require(`${modules}/playwright-core`);
const axe = require("fs").readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const report = JSON.parse(require("fs").readFileSync(`${folder}/full.json`, "utf8"));

let count = 0, bad = 0;
function ok(good, name, detail) {
  count++;
  if (!good) bad++;
  console.log(`${good ? "ok" : "not ok"} ${count} - ${name}`);
  if (!good && detail !== undefined) console.log(`#   ${JSON.stringify(detail).slice(0, 1500)}`);
}
const equal = (found, wanted, name) => ok(JSON.stringify(found) === JSON.stringify(wanted), name, { found, wanted });

async function open(browser, file, options) {
  const context = await browser.newContext(options), page = await context.newPage(), noise = [];
  page.on("console", (message) => noise.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  page.on("request", (request) => request.url().startsWith("file:") || noise.push(`request: ${request.url()}`));
  await page.goto(`file://${folder}/${file}.html`);
  return { page, noise, context };
}

async function look(browser, file, colorScheme, width, accessible = true) {
  const name = `${file}, ${colorScheme}, ${width} px`;
  const { page, noise, context } = await open(browser, file, { viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  ok(overflow <= 0, `${name}: nothing sticks out at the side`, overflow);
  const out = await page.evaluate(() => [...document.querySelectorAll("section")].flatMap((section) => {
    const edge = section.getBoundingClientRect().right;
    return [...section.querySelectorAll("h2, h3, select, input, .tile, .alert, .legend, svg, caption span")].filter((node) => !node.closest("[hidden]") &&
      (node.getBoundingClientRect().right > edge || node.scrollWidth > node.clientWidth + 1 && node.matches(".tile, .alert")))
      .map((node) => `${section.id}: ${node.tagName} ${node.textContent.slice(0, 40)}`);
  }));
  equal(out, [], `${name}: nothing sticks out of its box`);
  const small = await page.evaluate(() => [...document.querySelectorAll("svg text")].filter((text) => {
    const svg = text.ownerSVGElement;
    return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width < 9;
  }).length);
  equal(small, 0, `${name}: texts of charts can be read`);
  equal(noise, [], `${name}: no error, no message, no request`);
  if (!accessible) return context.close();
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  equal(found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 150))]), [], `${name}: axe finds nothing`);
  await context.close();
}

async function readFigures(page) {
  const cells = await page.evaluate(() => [...document.querySelectorAll("#requests table")].map((table) =>
    [...table.querySelectorAll("tbody tr")].map((tr) => [...tr.children].map((td) => td.textContent))));
  const number = (text) => Number(text.replace(/[,*%]/g, ""));
  const rows = report.rows.filter((row) => row.requests > 0);
  equal(cells[0].map((row) => [row[0], row[1], number(row[2]), number(row[3])]),
    [...rows, report.total].map((row) => [row.type, row.name, row.requests, row.failures]), "the table has the requests of the JSON, odd names as they are");
  const total = cells[1][cells[1].length - 1];
  const wanted = Object.keys(report.total.percentiles_us).sort((a, b) => a - b).map((p) => report.total.percentiles_us[p])
    .map((us) => Number(us < 9995 ? (us / 1000).toFixed(2) : (us / 1000).toFixed(0)));
  equal(total.slice(2).map(number), wanted, "and its percentiles");
  ok(total[total.length - 2].endsWith("*"), "a percentile of too few samples is marked");
}

async function one(browser) {
  const { page, context } = await open(browser, "one", { viewport: { width: 1280, height: 900 } });
  const tiles = await page.locator(".tile").allTextContents();
  ok(tiles.includes("Most users3"), "a run that was over at once had its users", tiles);
  const widths = await page.evaluate(() => [...document.querySelectorAll("#histogram rect")].map((bar) => bar.width.baseVal.value));
  ok(widths.length >= 1 && widths.every((width) => width < 100), "a single bar is a bar", widths);
  const marks = await page.evaluate(() => [...document.querySelectorAll("#histogram svg text")].map((text) => text.textContent));
  ok(new Set(marks).size === marks.length && marks.length >= 4, "its axes have marks, each once", marks);
  await context.close();
}

async function use(browser) {
  const { page, noise, context } = await open(browser, "full", { viewport: { width: 1280, height: 900 } });
  await readFigures(page);
  const svg = page.locator("#charts svg").first();
  await svg.focus();
  await page.keyboard.press("End");
  const tip = page.locator("#charts figure").first().locator(".tip");
  ok((await tip.textContent()).includes("Requests/s"), "arrow keys read a chart");
  await page.keyboard.press("Escape");
  ok(await tip.isHidden(), "Escape leaves it");
  const box = await svg.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  ok(await tip.isVisible(), "so does the pointer");
  await page.locator("#requests thead button", { hasText: "Requests" }).first().click();
  const first = await page.locator("#requests tbody tr").first().locator("td").nth(1).textContent();
  equal(Number(first.replace(/,/g, "")), Math.max(...report.rows.map((row) => row.requests)), "a heading sorts");
  const rows = report.row_history.rows, chosen = page.locator("#charts-row");
  equal(await chosen.locator("option").allTextContents(), ["All requests", ...rows.map((row) => `${row.type} ${row.name}`)], "the charts can show each row");
  await chosen.selectOption({ index: 1 });
  ok((await page.locator("#charts h3").first().textContent()).endsWith(`${rows[0].type} ${rows[0].name}`), "the chosen one is named");
  await page.locator("#charts summary").click();
  const requests = await page.locator("#charts details tbody tr td:nth-child(2)").allTextContents();
  equal(requests.map((text) => Number(text.replace(/,/g, ""))), rows[0].requests, "and its figures are those of the JSON");
  await page.locator("#charts svg").first().focus();
  await page.keyboard.press("End");
  ok((await tip.textContent()).includes("Requests/s"), "arrow keys read it too");
  await page.keyboard.press("Escape");
  await page.locator("#histogram-row").selectOption({ index: 1 });
  ok((await page.locator("#histogram h3").textContent()) !== "All requests", "the histogram of a row can be chosen");
  equal(await page.locator("main section").count(), await page.locator("nav a").count(), "every section is in the contents");
  await page.emulateMedia({ media: "print" });
  ok(await page.locator("nav").isHidden(), "printed, it has no navigation");
  equal(noise, [], "using it: no error");
  await context.close();
  const many = await open(browser, "many", { viewport: { width: 1280, height: 900 } });
  const before = await many.page.locator("#requests table").first().locator("tbody tr").count();
  await many.page.locator("#requests input").first().first().fill("item 7");
  const after = await many.page.locator("#requests table").first().locator("tbody tr").count();
  ok(after > 1 && after < before, "rows can be filtered", [before, after]);
  equal(many.noise, [], "many rows: no error");
  await many.context.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath: chromiumPath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"] });
  for (const [file, scheme, width, accessible] of [["full", "light", 1280], ["full", "dark", 1280], ["full", "light", 400], ["full", "dark", 400], ["empty", "light", 400], ["many", "light", 1280, false],
    ["one", "light", 400, false]]) {
    await look(browser, file, scheme, width, accessible);
  }
  await use(browser);
  await one(browser);
  await browser.close();
  console.log(`1..${count}`);
  process.exit(bad ? 1 : 0);
})().catch((error) => {
  console.log(`Bail out! ${error.message.split("\n")[0]}`);
  process.exit(1);
});
