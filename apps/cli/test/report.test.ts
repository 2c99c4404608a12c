import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Random, Schema } from "effect"
import { Command } from "effect/cli"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import sharp from "sharp"
import type * as Manifest from "../src/batch/Manifest.ts"
import { exitCode } from "../src/cli.ts"
import { report } from "../src/commands/report.ts"
import * as Lanes from "../src/report/lanes.ts"
import { clip, escape, html } from "../src/report/markup.ts"
import * as Model from "../src/report/model.ts"
import { parse } from "../src/report/read.ts"
import { folder } from "./support.ts"

const began = Date.UTC(2026, 10, 22, 9, 30)

const hostile = `<script>alert(1)</script> "><img src=x onerror=alert(2)> {{x}} & 'q'`

const subjects = [
  "A lighthouse in fog at dawn, gouache on rough paper", "Isometric cutaway of a tiny bakery, warm light in the windows",
  "Портрет старого часовщика при свете лампы", "منارة في الضباب عند الفجر", "霧の中の灯台、水彩", "A fox asleep in a library of towering shelves, storybook illustration, " +
  "with dust in the light, a ladder, a brass globe, a cat on the highest shelf and hundreds of books whose spines can be read"
]

type Event = Manifest.Moment

const failures = [
  { reason: "rate_limited", rule: "openai/rate-limit-images", why: "provider", mayBeBilled: false },
  { reason: "overloaded", rule: "openai/engine-overloaded", why: "backoff", mayBeBilled: false },
  { reason: "timeout", rule: "fixative/attempt-timeout", why: "circuit", mayBeBilled: true },
  { reason: "transport", rule: "transport/reset", why: "hint", mayBeBilled: true }
] as const

/** A prompt's moments: its turn, then attempts that fail and waits between them, then one that ends it. */
const course = (index: number, startedAt: number) =>
  Effect.gen(function*() {
    const timeline: Array<Event> = []
    let at = startedAt
    const pass = (least: number, most: number) => Effect.map(Random.nextIntBetween(least, most), (millis) => (at += millis, millis))
    if (index % 3 === 1) timeline.push({ at, event: "waiting", why: "pacing", millis: yield* pass(400, 2500) })
    for (let tries = index % 5 === 0 ? 0 : index % 4; tries > 0; tries--) {
      const { why, ...failure } = failures[(index + tries) % failures.length] ?? failures[0]
      timeline.push({ at, event: "sent" })
      yield* pass(150, 1800)
      timeline.push({ at, event: "failed", ...failure, requestId: `req_${index}_${tries}` })
      timeline.push({ at, event: "waiting", why, millis: yield* pass(300, 3500) })
    }
    timeline.push({ at, event: "sent" })
    yield* pass(700, 2600)
    return { timeline, endedAt: at }
  })

const unmade: Readonly<Record<number, Pick<Manifest.Row, "status" | "error">>> = {
  7: {
    status: "refused",
    error: { reason: "content_policy_prompt", rule: "openai/moderation-blocked", message: "openai generate: ContentPolicy (prompt, copyright)", delivery: "Rejected",
      remedy: "OpenAI's safety system refused this prompt. Rephrase it: named characters and living people are refused most often.", requestId: "req_7" }
  },
  9: {
    status: "invalid",
    error: { reason: "invalid_request", rule: "prompt/request/unfilled-template", message: hostile, delivery: "NotSent", remedy: "The prompt holds a placeholder that was never filled in." }
  },
  12: {
    status: "failed",
    error: { reason: "deadline_exceeded", rule: "fixative/deadline-exceeded", message: "The deadline of 10 minutes ended first.", delivery: "MaybeProcessed",
      remedy: "Send it again with a longer --deadline." }
  }
}

const rowOf = (index: number, startedAt: number) =>
  Effect.gen(function*() {
    const { endedAt, timeline } = yield* course(index, startedAt)
    const failed = timeline.filter(({ event }) => event === "failed")
    const ambiguousAttempts = failed.filter(({ mayBeBilled }) => mayBeBilled === true).length
    const waits = timeline.filter(({ event }) => event === "waiting")
    const id = String(index + 1).padStart(4, "0")
    const row: Manifest.Row = {
      id,
      line: index + 1,
      prompt: index === 3 || index === 9 ? hostile : subjects[index % subjects.length] ?? "",
      startedAt,
      endedAt,
      timeline,
      provider: "openai",
      model: index % 6 === 2 ? "dall-e-3" : "gpt-image-2",
      attempts: failed.length + 1,
      waits: waits.length,
      waitedMillis: waits.reduce((total, { millis = 0 }) => total + millis, 0),
      ...ambiguousAttempts === 0 ? {} : { ambiguousAttempts, possibleExtraUsd: ambiguousAttempts * 0.006 },
      ...unmade[index] ?? {
        status: "made",
        file: `${id} é#%.png`,
        cost: { usd: 0.006, basis: index % 6 === 2 ? "estimate" : "usage", pricesAsOf: "2026-11-22" },
        width: 640,
        height: 480,
        mediaType: "image/png"
      }
    }
    return row
  })

const paint = (file: string, hue: number) =>
  Effect.promise(() => sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="hsl(${hue},55%,72%)"/><circle cx="${
    120 + hue}" cy="170" r="80" fill="hsl(${hue + 40},80%,88%)"/><path d="M0 400 200 230 330 350 450 270 640 420V480H0Z" fill="hsl(${hue + 180},35%,38%)"/></svg>`)).png().toFile(file))

/** A folder as a batch leaves it, with everything that can go wrong in it. */
const batch = (directory: string, count: number) =>
  Effect.gen(function*() {
    const rows: Array<Manifest.Row> = []
    for (let index = 0; index < count; index++) {
      const row = yield* rowOf(index, began + index * 900 + (index > count * 0.8 ? 3_600_000 : 0))
      rows.push(row)
      if (row.file !== undefined && index !== 4 && index !== 5) yield* paint(join(directory, row.file), index * 47 % 360)
    }
    writeFileSync(join(directory, rows[5]?.file ?? ""), "not a picture")
    const [first] = rows
    const lines = [
      ...rows.map((row) => JSON.stringify(row)),
      JSON.stringify({ ...first, id: "away", file: "../../etc/passwd" }),
      JSON.stringify({ id: "lost", attempt: 1, sent: began + 4000, prompt: hostile }),
      `{"id":"cut","prompt":"half a ro`
    ]
    writeFileSync(join(directory, "manifest.jsonl"), lines.join("\n"))
    return rows
  }).pipe(Random.withSeed("report"))

const run = (...args: ReadonlyArray<string>) => Effect.exit(Effect.provide(Command.runWith(report, { version: "0" })(args), NodeServices.layer))

const line = (row: Record<string, unknown>) => JSON.stringify({ id: "1", prompt: "a fox", status: "made", provider: "p", model: "m", ...row })

describe("the template", () => {
  it("escapes what is put in, in texts and in quoted attributes, and lists", () => {
    assert.strictEqual(html`<p title="${hostile}">${["<", html`<b>${"&"}</b>`, undefined, false, 3]}</p>`.text,
      `<p title="${escape(hostile)}">&lt;<b>&amp;</b>3</p>`)
    assert.notMatch(escape(hostile), /[<>"']/)
  })

  it("keeps HTML whole: no control character, no half of a surrogate pair", () => {
    assert.strictEqual(escape("a\u0000b\u001B[31m\uD83D"), "a\uFFFDb\uFFFD[31m\uFFFD")
    assert.strictEqual(clip("ab🦊cd", 3), "ab\uFFFD… (3 more characters)")
  })
})

describe("the manifest", () => {
  it("is read where it can be, and the rest is told with its line", () => {
    const { rows, unreadable } = parse(`\uFEFF${line({ file: "a.png", later: { version: 2 } })}\r\n\n{"id":"2","pro\n${line({ id: 3 })}\n42\n${line({ id: "4", startedAt: 9e15 })}\n${line({ id: "5" })}`)
    assert.deepStrictEqual(rows.map(({ id }) => id), ["1", "5"])
    assert.deepStrictEqual(unreadable.map(({ line }) => line), [3, 4, 5, 6])
    assert.match(unreadable[0]?.why ?? "", /cut off/)
  })

  it("lists what was sent without an end, and only that", () => {
    const { rows, unanswered } = parse([
      JSON.stringify({ id: "a", attempt: 1, sent: began }), JSON.stringify({ id: "a", attempt: 2, sent: began + 5 }),
      JSON.stringify({ id: "b", attempt: 1, sent: began }), line({ id: "b" }),
      line({ id: "c", status: "failed", prompt: "again" }), JSON.stringify({ id: "c", attempt: 1, sent: "2026-11-22T09:30:00Z" })
    ].join("\n"))
    assert.deepStrictEqual(rows.map(({ id }) => id), ["b"])
    assert.deepStrictEqual(unanswered, [{ id: "a", line: 2, attempts: 2, sentAt: began + 5 }, { id: "c", line: 6, attempts: 1, sentAt: began, prompt: "again" }])
  })

  it("gives the last end of a prompt that was run again, also when an id is __proto__", () => {
    const { rows } = parse([line({ status: "failed" }), line({ file: "a.png" }), `{"id":"__proto__","prompt":"p","status":"made"}`].join("\n"))
    assert.deepStrictEqual(rows.map(({ id, status }) => [id, status]), [["1", "made"], ["__proto__", "made"]])
  })
})

describe("the numbers", () => {
  const content = parse([
    line({ id: "1", files: ["a.png", "b.png"], file: "a.png", attempts: 3, waits: 2, waitedMillis: 900, cost: { usd: 0.5, basis: "usage", pricesAsOf: "2026-11-22" },
      ambiguousAttempts: 1, possibleExtraUsd: 0.25, startedAt: 1000, endedAt: 9000 }),
    line({ id: "2", file: "c.png", model: "n", attempts: 1 }),
    line({ id: "3", status: "refused", attempts: 1, timeline: [{ at: 500, event: "sent" }, { at: 700, event: "failed", reason: "content_policy_prompt", rule: "r" }] }),
    JSON.stringify({ id: "4", attempt: 1, sent: 800 }),
    "cut"
  ].join("\n"))

  it("add up", () => {
    assert.deepStrictEqual(Model.totals(content), {
      prompts: 4, made: 2, images: 3, refused: 1, invalid: 0, failed: 0, unanswered: 1, unreadable: 1, attempts: 6, waits: 2, waitedMillis: 900,
      spentUsd: 0.5, unpriced: 1, ambiguousAttempts: 1, possibleExtraUsd: 0.25, startedAt: 500, endedAt: 9000
    })
    assert.deepStrictEqual(Model.costs(content.rows).map(({ bases, images, model, unpriced, usd }) => ({ bases, images, model, unpriced, usd })),
      [{ bases: ["usage"], images: 2, model: "m", unpriced: 0, usd: 0.5 }, { bases: [], images: 1, model: "n", unpriced: 1, usd: 0 }])
    assert.deepStrictEqual(Model.met(content.rows), [{ reason: "content_policy_prompt", rule: "r", count: 1, billed: 0 }])
    assert.deepStrictEqual([Model.totals(parse("")).prompts, Model.totals(parse("")).startedAt], [0, undefined])
  })

  it("put attempts and waits where they were: a wait ends when the next request goes out", () => {
    const [row] = parse(line({ startedAt: 0, endedAt: 5000, timeline: [
      { at: 100, event: "sent" }, { at: 1100, event: "failed" }, { at: 1100, event: "waiting", millis: 86_400_000, why: "provider" }, { at: 3000, event: "sent" }
    ] })).rows
    assert.isDefined(row)
    const lane = row === undefined ? undefined : Lanes.ofRow(row)
    assert.deepStrictEqual(lane?.stretches.map(({ from, kind, to }) => [kind, from, to]), [["attempt", 100, 1100], ["wait", 1100, 3000], ["attempt", 3000, 5000]])
    assert.lengthOf(Lanes.runs([0, 60_000, 7_200_000].map((from) => ({ ...lane, id: "", prompt: "", status: "made", from, to: from, stretches: [], failures: [], moments: [] }))), 2)
  })
})

describe("fixative report", () => {
  it.live("writes one page that shows everything and follows nothing", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* batch(directory, 20)
      symlinkSync("/etc/hostname", join(directory, "0002-link.png"))
      const extra = [["link", "0002-link.png"], ["page", "javascript:alert(1)"], ["svg", "x.svg"], ["nul", "a\0.png"], ["self", "."]]
      const manifest = join(directory, "manifest.jsonl")
      writeFileSync(manifest, `${readFileSync(manifest, "utf8")}\n${extra.map(([id, file]) => line({ id, file })).join("\n")}`)
      assert.isTrue(Exit.isSuccess(yield* run(directory, "--json")))
      const page = readFileSync(join(directory, "report.html"), "utf8")
      assert.notMatch(page, /<script|<img src=x|javascript:[^<]*"|href="(?!\.\/|#|data:,)/i)
      const text = page.replace(/base64,[^"]*/g, "")
      assert.notInclude(text, `href="./../`)
      assert.notInclude(text, readFileSync("/etc/hostname", "utf8"))
      assert.strictEqual(page.split("<img ").length - 1, 15)
      for (const part of [escape(hostile), "The file is missing.", "not an image that can be read", "outside the folder", "Line 23", "no answer kept", "0001%20%C3%A9%23%25.png"]) assert.include(page, part)
      assert.deepStrictEqual(readdirSync(directory).filter((name) => name.includes(".part")), [])
    }))

  it.live("links to the images from wherever it is written, and says what it counted in JSON", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      mkdirSync(join(directory, "a b"))
      yield* paint(join(directory, "a b", "fox.png"), 20)
      writeFileSync(join(directory, "a b", "manifest.jsonl"), line({ file: "fox.png" }))
      assert.isTrue(Exit.isSuccess(yield* run(join(directory, "a b"), "--out", join(directory, "page.html"))))
      assert.include(readFileSync(join(directory, "page.html"), "utf8"), `href="./a%20b/fox.png"`)
    }))

  it.live("ends with 2 without a folder or a manifest, and when it would replace anything but a page", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      for (const args of [[join(directory, "none")], [directory]]) assert.strictEqual(exitCode(yield* run(...args)), 2)
      const manifest = join(directory, "manifest.jsonl")
      writeFileSync(manifest, "")
      assert.strictEqual(exitCode(yield* run(directory, "--out", manifest)), 2)
      assert.strictEqual(exitCode(yield* run(directory, "--out", join(directory, "none", "report.html"))), 2)
      assert.strictEqual(readFileSync(manifest, "utf8"), "")
      assert.isTrue(Exit.isSuccess(yield* run(directory)))
      assert.include(readFileSync(join(directory, "report.html"), "utf8"), "No image was made.")
    }))
})

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium"
const playwright = await import("playwright-core").catch((): unknown => undefined)
const missing = [existsSync(chromium) ? "" : `no Chromium at ${chromium}`, playwright === undefined ? "no playwright-core" : ""].filter((why) => why !== "").join(", ")

/** What is asked of a browser here, without the types of a package that may not be there. */
interface Browser {
  readonly newPage: () => Promise<{
    readonly on: (event: string, listener: (value: { readonly text?: () => string; readonly url?: () => string; readonly type?: () => string }) => void) => void
    readonly goto: (url: string) => Promise<unknown>
    readonly setViewportSize: (size: { readonly width: number; readonly height: number }) => Promise<void>
    readonly emulateMedia: (media: { readonly colorScheme: "light" | "dark" }) => Promise<void>
    readonly screenshot: (options: { readonly path: string; readonly fullPage: boolean }) => Promise<unknown>
    readonly evaluate: (script: string) => Promise<unknown>
    readonly keyboard: { readonly press: (key: string) => Promise<void> }
  }>
  readonly close: () => Promise<void>
}

interface Playwright {
  readonly chromium: {
    readonly launchPersistentContext: (profile: string, options: { readonly executablePath: string; readonly headless: boolean; readonly args: ReadonlyArray<string> }) => Promise<Browser>
  }
}

const hasChromium = (module: unknown): module is Playwright => typeof module === "object" && module !== null && "chromium" in module

const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

const browser = Effect.gen(function*() {
  if (!hasChromium(playwright)) return yield* Effect.die("playwright-core has no chromium")
  const profile = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "fixative-report-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  )
  return yield* Effect.acquireRelease(
    Effect.promise(() => playwright.chromium.launchPersistentContext(profile, { executablePath: chromium, headless: true, args })),
    (context) => Effect.promise(() => context.close())
  )
})

const Seen = Schema.Struct({
  scrollWidth: Schema.Number,
  innerWidth: Schema.Number,
  headings: Schema.Array(Schema.String),
  images: Schema.Number,
  loaded: Schema.Number,
  alerted: Schema.Boolean
})

const look = `(async () => {
  const images = [...document.images]
  images.forEach((image) => { image.loading = "eager" })
  await Promise.allSettled(images.map((image) => image.decode()))
  return {
    scrollWidth: document.documentElement.scrollWidth, innerWidth, alerted: document.scripts.length > 0,
    headings: [...document.querySelectorAll("h1,h2")].map((heading) => heading.textContent),
    images: images.length, loaded: images.filter((image) => image.complete && image.naturalWidth > 0).length
  }
})()`

describe("the page in Chromium", () => {
  it.live.skipIf(missing !== "")(`fits a phone and a desk, asks nobody for anything, and works by keyboard${missing === "" ? "" : ` (skipped: ${missing})`}`, () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* batch(directory, 40)
      assert.isTrue(Exit.isSuccess(yield* run(directory)))
      const page = yield* Effect.flatMap(browser, (context) => Effect.promise(() => context.newPage()))
      const url = pathToFileURL(join(directory, "report.html")).href
      const errors: Array<string> = []
      const requests: Array<string> = []
      page.on("console", (message) => errors.push(message.text?.() ?? ""))
      page.on("pageerror", (error) => errors.push(String(error)))
      page.on("dialog", () => errors.push("a dialog"))
      page.on("request", (request) => requests.push(request.url?.() ?? ""))
      const shots = process.env["FIXATIVE_REPORT_SHOTS"]
      for (const [width, height] of [[360, 780], [1280, 900]] as const) {
        for (const colorScheme of ["light", "dark"] as const) {
          yield* Effect.promise(() => page.setViewportSize({ width, height }))
          yield* Effect.promise(() => page.emulateMedia({ colorScheme }))
          yield* Effect.promise(() => page.goto(url))
          const seen = Schema.decodeUnknownSync(Seen)(yield* Effect.promise(() => page.evaluate(look)))
          assert.isAtMost(seen.scrollWidth, seen.innerWidth)
          assert.strictEqual(seen.innerWidth, width)
          assert.deepStrictEqual([seen.loaded, seen.alerted], [35, false])
          assert.strictEqual(seen.images, seen.loaded)
          for (const name of ["Images", "Not made, and why", "Timeline", "Failures on the way", "Cost"]) assert.include(seen.headings, name)
          if (shots !== undefined) yield* Effect.promise(() => page.screenshot({ path: join(shots, `${width}-${colorScheme}.png`), fullPage: true }))
        }
      }
      // A line of the timeline opens by Enter, and the filter hides without a script.
      yield* Effect.promise(() => page.evaluate(`document.querySelector(".lane summary").focus()`))
      yield* Effect.promise(() => page.keyboard.press("Enter"))
      assert.isTrue(yield* Effect.promise(() => page.evaluate(`document.querySelector(".lane").open && document.querySelector(".lane .moments").checkVisibility()`)))
      yield* Effect.promise(() => page.evaluate(`document.querySelector("#show-unmade").click()`))
      assert.strictEqual(yield* Effect.promise(() => page.evaluate(`[...document.querySelectorAll(".lane")].filter((lane) => lane.checkVisibility()).length`)), 4)
      assert.deepStrictEqual(errors, [])
      assert.deepStrictEqual(requests.filter((request) => request !== url && !request.startsWith("data:")), [])
    }))
})
