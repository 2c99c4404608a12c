import { assert, describe, it } from "@effect/vitest"
import { Journal } from "@fixative/emulator"
import { Effect, Schema } from "effect"
import { createServer } from "node:http"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"
import { emulator, everything, fixative, folder, jsonl, key } from "./support.ts"

const decodeEntry = Schema.decodeUnknownSync(Journal.Entry)

describe("fixative demo (npm start)", () => {
  it.live("turns the example prompts into images through the storm, spending nothing, whatever keys are set", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      // A base URL where nothing may be asked: the demo must not look at it.
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: "http://127.0.0.1:1/v1" }
      const { code, stderr, stdout } = yield* fixative(["demo"], { cwd, env })
      assert.strictEqual(code, 0, stdout + stderr)
      const rows = jsonl(readFileSync(join(cwd, "out", "manifest.jsonl"), "utf8"))
      assert.isAtLeast(rows.length, 12)
      const by = (status: string) => rows.filter((row) => row["status"] === status)
      assert.deepStrictEqual([by("refused").length, by("invalid").length, by("failed").length], [1, 1, 0])
      for (const { file } of by("made")) {
        const { format, height, width } = yield* Effect.promise(() => sharp(join(cwd, "out", String(file))).metadata())
        assert.deepStrictEqual([format, width, height], ["png", 1024, 1024])
      }
      for (const { error } of [...by("refused"), ...by("invalid")]) assert.match(JSON.stringify(error), /"reason":"[a-z_]+".*"remedy":"[^"]{20,}/)

      const entries = jsonl(readFileSync(join(cwd, "out", "journal.jsonl"), "utf8")).map((entry) => decodeEntry(entry))
      const summary = Journal.summary(entries)
      assert.strictEqual(summary.early, 0)
      assert.isAtLeast(Object.keys(summary.faults).length, 5)
      assert.isTrue(entries.every(({ valid }) => valid))
      for (const row of rows) {
        const tries = entries.filter(({ prompt }) => prompt === row["prompt"])
        assert.strictEqual(tries.length, row["attempts"])
        assert.isAtMost(tries.length, 7)
        for (const [index, entry] of tries.entries()) {
          const next = tries[index + 1]
          if (next !== undefined && entry.earliestRetryAt !== undefined) assert.isAtLeast(next.at, entry.earliestRetryAt)
          if (next !== undefined) assert.isTrue(entry.status === 429 || typeof entry.status === "string" || entry.status >= 500 || entry.fault === "no-image", `${entry.status}`)
        }
      }
      assert.include(stdout, "possible double cost")
      for (const text of [stdout, stderr, everything(cwd)]) {
        assert.notInclude(text, key.slice(8))
        assert.notMatch(text, /sk-emulated-[\w-]{8}/)
      }
    }))

  it.live("asks before it spends, and sends nothing without a yes", () =>
    Effect.gen(function*() {
      let asked = 0
      const url = yield* Effect.acquireRelease(
        Effect.callback<{ readonly address: string; readonly close: () => void }>((resume) => {
          const server = createServer((_, response) => {
            asked += 1
            response.writeHead(500).end()
          }).listen(0, "127.0.0.1", () => {
            const address = server.address()
            const port = typeof address === "object" && address !== null ? address.port : 0
            resume(Effect.succeed({ address: `http://127.0.0.1:${port}/v1`, close: () => server.close() }))
          })
        }),
        ({ close }) => Effect.sync(close)
      )
      const cwd = yield* folder
      const { code, stderr, stdout } = yield* fixative(["demo", "--live"], { cwd, env: { OPENAI_API_KEY: key, OPENAI_BASE_URL: url.address } })
      assert.strictEqual(code, 2)
      assert.match(stdout, /15 images of gpt-image-2.*about \$\d/)
      assert.include(stderr, "--yes")
      assert.strictEqual(asked, 0)
    }))

  it.live("with --live and a yes calls the provider of the environment, and empties only a folder of its own", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      mkdirSync(join(cwd, "out"))
      writeFileSync(join(cwd, "out", "mine.txt"), "precious")
      const live = fixative(["demo", "--live", "--yes"], { cwd, env })
      assert.strictEqual((yield* live).code, 0)
      assert.strictEqual(readFileSync(join(cwd, "out", "mine.txt"), "utf8"), "precious")
      assert.lengthOf(readdirSync(join(cwd, "out")), 1)
      assert.lengthOf(readdirSync(join(cwd, "out-2")).filter((name) => name.endsWith(".png")), 13)
      assert.lengthOf(yield* journal, 14)

      const old = join(cwd, "out-2", "old.png")
      writeFileSync(old, "a picture of an earlier run")
      assert.strictEqual((yield* fixative(["demo", "--live"], { cwd, env })).code, 2) // not agreed to: nothing is emptied
      assert.strictEqual((yield* fixative(["demo", "--live", "--yes"], { cwd, env: {} })).code, 2) // no key: nor here
      assert.isTrue(existsSync(old))
      assert.strictEqual((yield* live).code, 0)
      assert.isFalse(existsSync(old))
      assert.isFalse(existsSync(join(cwd, "out-3")))
    }))
})
