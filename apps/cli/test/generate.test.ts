import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import sharp from "sharp"
import { emulator, everything, fixative, folder, jsonl, key } from "./support.ts"

describe("fixative generate", () => {
  it.live("writes images of the asked size and format, and never over another file", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator()
      const cwd = yield* folder
      const args = ["generate", "A red fox, gouache!", "-n", "2", "--size", "1536x1024", "--quality", "low", "--format", "webp", "--out", "pictures"]
      const first = yield* fixative(args, { cwd, env })
      const second = yield* fixative(args, { cwd, env })
      assert.deepStrictEqual([first.code, second.code], [0, 0])
      const files = readdirSync(join(cwd, "pictures")).sort()
      assert.deepStrictEqual(files, ["a-red-fox-gouache-2.webp", "a-red-fox-gouache-v2-2.webp", "a-red-fox-gouache-v2.webp", "a-red-fox-gouache.webp"])
      for (const file of files) {
        const { format, height, width } = yield* Effect.promise(() => sharp(join(cwd, "pictures", file)).metadata())
        assert.deepStrictEqual([format, width, height], ["webp", 1536, 1024])
      }
    }))

  it.live("answers machines with JSON on stdout and prose on stderr", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator()
      const cwd = yield* folder
      const { code, stderr, stdout } = yield* fixative(["generate", "a fox", "--json"], { cwd, env })
      assert.strictEqual(code, 0)
      const [answer, ...rest] = jsonl(stdout)
      assert.deepStrictEqual(rest, [])
      assert.deepStrictEqual(answer?.["files"], ["a-fox.png"])
      assert.strictEqual(answer?.["attempts"], 1)
      assert.include(stderr, "made")
    }))

  it.live("does not send again what may have been billed, and says so", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: { script: [{ fault: "reset-after" }] } })
      const { code, stderr, stdout } = yield* fixative(["generate", "a fox", "--json"], { cwd: yield* folder, env })
      assert.strictEqual(code, 1)
      const error = jsonl(stdout)[0]?.["error"]
      assert.deepInclude(error, { reason: "transport", delivery: "MaybeProcessed" })
      assert.include(stderr, "may have been made and billed")
      assert.lengthOf(yield* journal, 1)
    }))

  it.live("shows the key nowhere, not even when the provider repeats it", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator({ apiKeys: ["another"] })
      const cwd = yield* folder
      for (const flags of [[], ["--json"], ["--log-level", "all"]]) {
        const { code, stderr, stdout } = yield* fixative(["generate", "a fox", ...flags], { cwd, env })
        assert.strictEqual(code, 1)
        assert.include(stdout + stderr, flags.includes("--json") ? "authentication" : "The API key is wrong")
        assert.notInclude(stdout + stderr, key.slice(8))
      }
      assert.notInclude(everything(cwd), key.slice(8))
    }))

  const wrong: ReadonlyArray<readonly [string, ReadonlyArray<string>, Record<string, string>, RegExp]> = [
    ["no key", ["generate", "a fox"], {}, /set OPENAI_API_KEY/],
    ["a blank key", ["generate", "a fox"], { OPENAI_API_KEY: " " }, /set OPENAI_API_KEY/],
    ["a base URL that is none", ["generate", "a fox"], { OPENAI_API_KEY: key, OPENAI_BASE_URL: "localhost:80" }, /OPENAI_BASE_URL must be an http or https URL/],
    ["a flag's base URL that is none", ["generate", "a fox", "--base-url", "nonsense"], { OPENAI_API_KEY: key }, /--base-url must be an http or https URL, got "nonsense"/],
    ["too many images", ["generate", "a fox", "-n", "11"], { OPENAI_API_KEY: key }, /-n must be an integer from 1 to 10, got 11/],
    ["a number that is none", ["generate", "a fox", "-n", "two"], { OPENAI_API_KEY: key }, /two/],
    ["a format that is none", ["generate", "a fox", "--format", "bmp"], { OPENAI_API_KEY: key }, /png.*jpeg.*webp/],
    ["an unknown flag", ["generate", "a fox", "--sized", "1"], { OPENAI_API_KEY: key }, /--sized/],
    ["no prompt", ["generate"], { OPENAI_API_KEY: key }, /prompt/],
    ["an unknown command", ["generrate"], {}, /generrate/]
  ]
  it.live.each(wrong)("exits with 2 and says what is wrong: %s", ([, args, env, message]) =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* fixative(args, { cwd: yield* folder, env })
      assert.strictEqual(code, 2, stderr)
      assert.match(stdout + stderr, message)
      assert.notMatch(stdout + stderr, /\n\s+at .*:\d+/)
    }))

  it.live("refuses what the model does not take before it is sent", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const { code, stderr, stdout } = yield* fixative(["generate", "a fox", "--size", "1000x1000"], { cwd: yield* folder, env })
      assert.strictEqual(code, 1)
      assert.match(stdout + stderr, /multiples? of 16|1008x1008|1024x1024|divisible/i)
      assert.lengthOf(yield* journal, 0)
    }))

  it.live("says what to do when nothing answers", () =>
    Effect.gen(function*() {
      const port = yield* Effect.callback<number>((resume) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
          const address = server.address()
          server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
        })
      })
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` }
      const { code, stderr } = yield* fixative(["generate", "a fox", "--retries", "0"], { cwd: yield* folder, env })
      assert.strictEqual(code, 1)
      assert.include(stderr, "Nothing answers at the base URL")
    }))

  it.live("colours nothing for a pipe, and leaves quietly when the pipe is closed", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator()
      const { stderr, stdout } = yield* fixative(["generate", "a fox"], { cwd: yield* folder, env })
      assert.notInclude(stdout + stderr, "\u001b[")
      const coloured = yield* fixative(["generate", "a fox"], { cwd: yield* folder, env: { ...env, FORCE_COLOR: "1" } })
      assert.include(coloured.stdout, "\u001b[")
    }))

  it.live("keeps the README's promise about a file's bytes: what the provider sent, unchanged", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator()
      const cwd = yield* folder
      yield* fixative(["generate", "a fox"], { cwd, env })
      const bytes = readFileSync(join(cwd, "a-fox.png"))
      assert.strictEqual(bytes.subarray(1, 4).toString("latin1"), "PNG")
      assert.deepStrictEqual(readdirSync(cwd), ["a-fox.png"])
    }))
})
