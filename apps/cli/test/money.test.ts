import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"
import { emulator, fixative, folder, jsonl, killWhen, textOf } from "./support.ts"

const prompts = (count: number) => Array.from({ length: count }, (_, index) => `picture ${index}`).join("\n")

describe("what a batch will cost", () => {
  it.live("is said by --dry-run for each model, and nothing is sent or written", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.csv"), "prompt,model,quality,n\na fox,,low,\nan owl,,medium,3\na hen,gpt-image-2.6-flare,low,\n,,,x\n")
      const run = ["batch", "prompts.csv", "--dry-run", "--size", "1024x1024", "--images-per-minute", "2"]
      const { code, stdout } = yield* fixative(run, { cwd, env })
      assert.strictEqual(code, 1) // a row cannot be read
      assert.match(stdout, /gpt-image-2 +2 +4 +\$0\.1650 +2 min 0 s/)
      assert.match(stdout, /gpt-image-2\.6-flare +1 +1 +unknown/)
      assert.match(stdout, /prices of \d{4}-\d\d-\d\d/)
      assert.match(stdout, /line 5: .*prompt/)
      const json = jsonl((yield* fixative([...run, "--json"], { cwd, env })).stdout)[0]
      assert.approximately(Number(Object(json?.["estimate"]).usd), 0.165, 1e-9)
      assert.lengthOf(yield* journal, 0)
      assert.isFalse(existsSync(join(cwd, "images")))
    }))

  it.live("above a sum wants a yes from a script", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), prompts(3))
      const asked = yield* fixative(["batch", "prompts.txt", "--quality", "low", "--confirm-usd", "0.01"], { cwd, env })
      assert.strictEqual(asked.code, 2)
      assert.match(asked.stderr, /The estimate of \$0\.0180 is above --confirm-usd 0\.01.*--yes/)
      assert.lengthOf(yield* journal, 0)
      assert.strictEqual((yield* fixative(["batch", "prompts.txt", "--quality", "low", "--confirm-usd", "0.01", "--yes"], { cwd, env })).code, 0)
      // What is made already costs nothing.
      assert.strictEqual((yield* fixative(["batch", "prompts.txt", "--quality", "low", "--confirm-usd", "0.01"], { cwd, env })).code, 0)
    }))

  it.live("is kept under a budget, over all runs in the folder", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), prompts(10))
      const run = (budget: string) => fixative(["batch", "prompts.txt", "--quality", "low", "--size", "1024x1024", "--budget-usd", budget, "--json"], { cwd, env })
      const first = yield* run("0.025")
      assert.strictEqual(first.code, 1)
      // Four at an estimate of 0.006 each; they cost a little more than that.
      assert.lengthOf(yield* journal, 4)
      const summary = Object(jsonl(first.stdout).at(-1)?.["summary"])
      assert.isAtMost(summary.spentUsd, 0.025)
      assert.strictEqual(summary.made, 4)
      const refused = jsonl(first.stdout).filter(({ status }) => status === "failed")
      assert.lengthOf(refused, 6)
      assert.deepInclude(refused[0]?.["error"], { reason: "budget_exceeded", delivery: "NotSent" })
      assert.strictEqual((yield* run("0.025")).code, 1)
      assert.lengthOf(yield* journal, 4)
      assert.strictEqual((yield* run("1")).code, 0)
      assert.lengthOf(yield* journal, 10)
    }))

  it.live("counts a request that may have been billed against the budget", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: { script: [{ fault: "reset-after" }] } })
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), prompts(10))
      yield* fixative(["batch", "prompts.txt", "--quality", "low", "--size", "1024x1024", "--budget-usd", "0.02", "--concurrency", "2"], { cwd, env })
      assert.lengthOf(yield* journal, 3)
    }))

  it.live("is kept under a budget over runs that were killed, and over images that were lost", () =>
    Effect.gen(function*() {
      const slow = yield* emulator({ scenario: { latency: { minMillis: 60_000, maxMillis: 60_000 } } })
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), prompts(8))
      const run = (out: string) => ["batch", "prompts.txt", "--out", out, "--quality", "low", "--size", "1024x1024", "--budget-usd", "0.025", "--concurrency", "8"]
      const sent = () => textOf(join(cwd, "a", "manifest.jsonl")).split("\"sent\":").length - 1
      yield* killWhen(() => sent() === 4, run("a"), { cwd, env: slow.env })
      const calm = yield* emulator()
      yield* fixative(run("a"), { cwd, env: calm.env })
      // Four were out when it was killed, and may be billed.
      assert.lengthOf(yield* calm.journal, 0)

      yield* fixative(run("b"), { cwd, env: calm.env })
      const made = (yield* calm.journal).length
      for (const name of readdirSync(join(cwd, "b"))) if (name.endsWith(".png")) rmSync(join(cwd, "b", name))
      yield* fixative(run("b"), { cwd, env: calm.env })
      assert.lengthOf(yield* calm.journal, made)
    }))

  it.live("wants a yes where it is not known, and one unknown price hides no known one", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      const rows = [...Array.from({ length: 40 }, () => ({ prompt: "a fox", quality: "high" })), { prompt: "an owl", model: "gpt-image-2.6-flare" }]
      writeFileSync(join(cwd, "prompts.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"))
      const asked = yield* fixative(["batch", "prompts.jsonl"], { cwd, env })
      assert.strictEqual(asked.code, 2)
      assert.include(asked.stderr, "The estimate of $8.44 is above")
      writeFileSync(join(cwd, "prompts.txt"), prompts(1))
      const unknown = yield* fixative(["batch", "prompts.txt", "--model", "gpt-image-2.6-flare"], { cwd, env })
      assert.strictEqual(unknown.code, 2)
      assert.include(unknown.stderr, "The price of 1 image is not known")
      assert.lengthOf(yield* journal, 0)
    }))

  it.live("under a budget must be known", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), prompts(1))
      const { code, stderr } = yield* fixative(["batch", "prompts.txt", "--model", "gpt-image-2.6-flare", "--budget-usd", "5"], { cwd, env })
      assert.strictEqual(code, 2)
      assert.include(stderr, "gpt-image-2.6-flare")
      assert.lengthOf(yield* journal, 0)
    }))
})

describe("the rows of a batch", () => {
  it.live("bring their own options, from CSV, JSONL and stdin; a bad one is told and the rest goes on", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      const rows = [
        { id: "wide", prompt: "a fox", size: "1536x1024", format: "webp" },
        { id: "two", prompt: "an owl", n: 2, quality: "low" },
        { id: "bad", prompt: "a hen", n: 99 },
        "a cow"
      ]
      const stdin = rows.map((row) => JSON.stringify(row)).join("\n")
      const { code, stdout } = yield* fixative(["batch", "-", "--out", "out", "--quality", "low", "--json"], { cwd, env, stdin })
      assert.strictEqual(code, 1)
      const manifest = jsonl(readFileSync(join(cwd, "out", "manifest.jsonl"), "utf8"))
      assert.deepStrictEqual(manifest.map(({ id, status }) => [id, status]), [["wide", "made"], ["two", "made"], ["bad", "invalid"], ["0004", "made"]])
      assert.match(JSON.stringify(manifest[2]?.["error"]), /line 3.*n.*1 to 10/)
      assert.deepStrictEqual(manifest[1]?.["files"], ["two-an-owl.png", "two-an-owl-2.png"])
      const wide = yield* Effect.promise(() => sharp(join(cwd, "out", "wide-a-fox.webp")).metadata())
      assert.deepStrictEqual([wide.format, wide.width, wide.height], ["webp", 1536, 1024])
      assert.strictEqual(Object(jsonl(stdout).at(-1)?.["summary"]).invalid, 1)
      assert.lengthOf(yield* journal, 3)
      // Mended, it is made, and nothing else is.
      const mended = stdin.replace("99", "1")
      assert.strictEqual((yield* fixative(["batch", "-", "--out", "out", "--quality", "low"], { cwd, env, stdin: mended })).code, 0)
      assert.lengthOf(yield* journal, 4)
    }))

  it.live("never share a file, whatever their ids", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator()
      const cwd = yield* folder
      const rows = [{ id: "a", prompt: "b c" }, { id: "a-b", prompt: "c" }, { id: "1", prompt: "2 foxes" }, { id: "1-2", prompt: "foxes" }, { id: "ж".repeat(64), prompt: "猫".repeat(60) }]
      const stdin = rows.map((row) => JSON.stringify(row)).join("\n")
      assert.strictEqual((yield* fixative(["batch", "-", "--out", "out"], { cwd, env, stdin })).code, 0)
      assert.lengthOf(readdirSync(join(cwd, "out")).filter((name) => name.endsWith(".png")), rows.length)
      assert.include((yield* fixative(["batch", "-", "--out", "out"], { cwd, env, stdin })).stdout, "5 prompts made in an earlier run")
    }))

  it.live("tell the provider's request ids with --verbose", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator({ scenario: { script: [{ nth: 1, fault: "429-millis", waitMillis: 20 }] } })
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), "a fox")
      const { stdout } = yield* fixative(["batch", "prompts.txt", "--verbose"], { cwd, env })
      assert.lengthOf([...new Set(stdout.match(/req_[0-9a-f]{8,}/g))], 2)
    }))
})
