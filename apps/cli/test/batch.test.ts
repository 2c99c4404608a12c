import { assert, describe, it } from "@effect/vitest"
import type { Journal } from "@fixative/emulator"
import { Effect } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"
import { emulator, everything, fixative, folder, jsonl, key } from "./support.ts"

/** Where the announced waits are kept, permanent errors end the prompt, and nothing invalid goes out. */
const keepsTheRules = (entries: ReadonlyArray<Journal.Entry>, attempts: number) => {
  const asked = new Map<string, Array<Journal.Entry>>()
  for (const entry of entries) asked.set(entry.prompt ?? "", [...asked.get(entry.prompt ?? "") ?? [], entry])
  for (const [prompt, tries] of asked) {
    assert.isAtMost(tries.length, attempts, prompt)
    const permanent = tries.findIndex(({ status }) => typeof status === "number" && status >= 400 && status < 500 && status !== 429)
    if (permanent >= 0) assert.strictEqual(permanent, tries.length - 1, `${prompt}: repeated after a permanent error`)
    for (const [index, { earliestRetryAt }] of tries.entries()) {
      const next = tries[index + 1]
      if (earliestRetryAt !== undefined && next !== undefined) assert.isAtLeast(next.at, earliestRetryAt, `${prompt}: came early`)
    }
  }
  assert.isTrue(entries.every(({ valid }) => valid), "an invalid request went out")
  assert.isFalse(entries.some(({ early }) => early === true), "a request came early")
}

const prompts = ["a fox", "a poster for {{product}}", "Mickey Mouse at sea", "ein Haus", "", "Портрет часовщика", "茶を飲む猫", "a/../../fox: *?", "owl", "hen", "cow", "yak"]

describe("fixative batch", () => {
  it.live("makes every image that can be made, through the storm, and accounts for the rest", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({
        scenario: {
          seed: 11,
          latency: { minMillis: 5, maxMillis: 20 },
          retryAfterMillis: { min: 20, max: 200 },
          faults: { "429-seconds": 0.08, "429-date": 0.04, "429-millis": 0.08, "429-prose": 0.08, "500": 0.08, "503": 0.08, "502": 0.06, "html": 0.04, "reset-before": 0.05, "reset-after": 0.05, "no-image": 0.05 }
        }
      })
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), `\uFEFF${prompts.join("\r\n")}`)
      const { code, stderr, stdout } = yield* fixative(["batch", "prompts.txt", "--out", "out", "--size", "1024x1024", "--quality", "low", "--json"], { cwd, env })
      assert.strictEqual(code, 1, stderr)
      const rows = jsonl(readFileSync(join(cwd, "out", "manifest.jsonl"), "utf8"))
      assert.deepStrictEqual(rows.map(({ id }) => id), ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"])
      assert.deepStrictEqual(rows.map(({ line }) => line), [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12])
      assert.strictEqual(rows[0]?.["prompt"], "a fox")

      const made = rows.filter(({ status }) => status === "made")
      assert.lengthOf(made, 9)
      for (const { file } of made) {
        const { height, width } = yield* Effect.promise(() => sharp(join(cwd, "out", String(file))).metadata())
        assert.deepStrictEqual([width, height], [1024, 1024])
      }
      const onDisk = readdirSync(join(cwd, "out")).filter((name) => name !== "manifest.jsonl").sort()
      assert.deepStrictEqual(onDisk, made.map(({ file }) => String(file)).sort())

      assert.strictEqual(rows[1]?.["status"], "invalid")
      assert.deepInclude(rows[1]?.["error"], { reason: "invalid_request", delivery: "NotSent" })
      assert.strictEqual(rows[1]?.["attempts"], 0)
      assert.strictEqual(rows[2]?.["status"], "refused")
      assert.deepInclude(rows[2]?.["error"], { reason: "content_policy_prompt", rule: "openai/moderation-blocked" })
      for (const row of [rows[1], rows[2]]) assert.match(JSON.stringify(row?.["error"]), /"remedy":"[^"]{20,}/)

      const entries = yield* journal
      keepsTheRules(entries, 6)
      assert.isAbove(entries.filter(({ fault }) => fault !== undefined).length, 3)
      // What the manifest counts is what the provider saw, and what it may have billed on top is what it did bill.
      assert.strictEqual(rows.reduce((sum, { attempts }) => sum + Number(attempts), 0), entries.length)
      const billedForNothing = entries.filter((entry) => entry.billedImages > 0 && (entry.status !== 200 || entry.fault === "no-image")).length
      const listed = rows.reduce((sum, row) => sum + Number(row["ambiguousAttempts"] ?? 0), 0)
      assert.isAtLeast(listed, billedForNothing)

      const printed = jsonl(stdout)
      assert.deepStrictEqual(printed.at(-1)?.["summary"], { ...Object(printed.at(-1)?.["summary"]), prompts: 11, made: 9, refused: 1, invalid: 1, failed: 0 })
      assert.lengthOf(printed, 12)
      assert.notMatch(stderr, /^\d{4} {2}(?:fault|wait|made)/m)
      for (const text of [stdout, stderr, everything(cwd), JSON.stringify(entries)]) assert.notInclude(text, key.slice(8))
    }))

  it.live("repeats what may have been billed once a prompt, or not at all", () =>
    Effect.gen(function*() {
      const scenario = { script: [{ match: "twice", fault: "reset-after" }, { match: "once", nth: 1, fault: "reset-after" }] } as const
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), "lost twice\nlost once\n")
      const bold = yield* emulator({ scenario })
      const first = yield* fixative(["batch", "prompts.txt", "--out", "a"], { cwd, env: bold.env })
      assert.strictEqual(first.code, 1)
      assert.deepStrictEqual((yield* bold.journal).map(({ prompt }) => prompt).sort(), ["lost once", "lost once", "lost twice", "lost twice"])
      assert.match(first.stdout, /possible double cost\s+up to \$\d/)
      const rows = jsonl(readFileSync(join(cwd, "a", "manifest.jsonl"), "utf8"))
      assert.deepStrictEqual(rows.map(({ ambiguousAttempts, status }) => [status, ambiguousAttempts]), [["failed", 2], ["made", 1]])

      const careful = yield* emulator({ scenario })
      yield* fixative(["batch", "prompts.txt", "--out", "b", "--ambiguous", "park"], { cwd, env: careful.env })
      assert.lengthOf(yield* careful.journal, 2)
    }))

  it.live("exits with 0 when all are made, and a second run sends nothing", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), "a fox\nan owl\n")
      assert.strictEqual((yield* fixative(["batch", "prompts.txt"], { cwd, env })).code, 0)
      const before = everything(cwd)
      const again = yield* fixative(["batch", "prompts.txt"], { cwd, env })
      assert.strictEqual(again.code, 0)
      assert.include(again.stdout, "2 prompts made in an earlier run")
      assert.strictEqual(everything(cwd), before)
      assert.lengthOf(yield* journal, 2)
    }))

  const wrong: ReadonlyArray<readonly [string, Uint8Array | undefined, ReadonlyArray<string>, RegExp]> = [
    ["no such file", undefined, [], /prompts\.txt: no such file/],
    ["an empty file", new Uint8Array(), [], /no prompt in it/],
    ["blank lines alone", Buffer.from("\n \n\t\n"), [], /no prompt in it/],
    ["bytes that are no text", Buffer.from([0x61, 0x0a, 0x62, 0x0a, 0xff, 0xfe, 0x0a]), [], /line 3: not valid UTF-8/],
    ["no concurrency", Buffer.from("a"), ["--concurrency", "0"], /--concurrency must be an integer from 1 to 64, got 0/],
    ["negative retries", Buffer.from("a"), ["--retries", "-1"], /--retries/],
    ["a folder that is a file", Buffer.from("a"), ["--out", "prompts.txt"], /prompts\.txt/]
  ]
  it.live.each(wrong)("exits with 2 and sends nothing: %s", ([, bytes, args, message]) =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      if (bytes !== undefined) writeFileSync(join(cwd, "prompts.txt"), bytes)
      const { code, stderr, stdout } = yield* fixative(["batch", "prompts.txt", ...args], { cwd, env })
      assert.strictEqual(code, 2, stdout + stderr)
      assert.match(stderr, message)
      assert.lengthOf(yield* journal, 0)
    }))
})
