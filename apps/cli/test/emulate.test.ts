import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fixative, folder, jsonl, key } from "./support.ts"

/** Uses an emulator that a process runs, and ends it. */
const whileEmulating = <A>(args: ReadonlyArray<string>, cwd: string, use: (url: string) => Promise<A>, signal: NodeJS.Signals = "SIGINT") =>
  Effect.callback<{ readonly code: number | null; readonly stdout: string; readonly used: A }>((resume) => {
    let used: Promise<A> | undefined
    const ran = fixative(["emulate", ...args], {
      cwd,
      onStdout: (text, kill) => {
        if (used !== undefined || !text.includes("\n")) return
        used = use(String(jsonl(text)[0]?.["url"])).finally(() => kill(signal))
        used.catch(() => undefined)
      }
    })
    const fiber = Effect.runFork(Effect.flatMap(ran, ({ code, stdout }) =>
      used === undefined ? Effect.die(new Error("the emulator said nothing")) : Effect.map(Effect.promise(() => used ?? Promise.reject()), (value) => ({ code, stdout, used: value }))))
    fiber.addObserver((exit) => resume(exit))
    return Effect.void
  })

const ask = async (url: string, prompt = "a fox") => {
  const response = await fetch(`${url}/v1/images/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-image-2", prompt, size: "1024x1024" })
  })
  await response.arrayBuffer()
  return response.status
}

describe("fixative emulate", () => {
  it.live("says its port in JSON, answers, keeps a journal without the key, and ends on a signal", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const { code, stdout, used } = yield* whileEmulating(["--port", "0", "--journal", "journal.jsonl", "--plain"], cwd, ask, signal)
        assert.strictEqual(used, 200)
        assert.strictEqual(code, 130)
        assert.match(stdout, /^\{"port":\d+,/)
      }
      const journal = readFileSync(join(cwd, "journal.jsonl"), "utf8")
      assert.lengthOf(jsonl(journal), 2)
      assert.notInclude(journal, key.slice(8))
    }))

  it.live("plays a scenario from a file, and says where a wrong one is wrong", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      writeFileSync(join(cwd, "faults.json"), JSON.stringify({ script: [{ match: "fox", fault: "500" }] }))
      const { used } = yield* whileEmulating(["--scenario", "faults.json", "--plain"], cwd, ask)
      assert.strictEqual(used, 500)
      writeFileSync(join(cwd, "wrong.json"), JSON.stringify({ faults: { "500": 2 } }))
      const wrong = yield* fixative(["emulate", "--scenario", "wrong.json"], { cwd })
      assert.strictEqual(wrong.code, 2)
      assert.match(wrong.stderr, /wrong\.json: .*probability between 0 and 1[\s\S]*faults/)
      assert.strictEqual((yield* fixative(["emulate", "--scenario", "sunny"], { cwd })).code, 2)
    }))

  it.live("says that a port is taken", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const { used } = yield* whileEmulating(["--plain"], cwd, (url) => Effect.runPromise(fixative(["emulate", "--port", new URL(url).port], { cwd })))
      assert.strictEqual(used.code, 1)
      assert.include(used.stderr, "cannot listen")
    }))
})
