import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fixative, folder, jsonl } from "./support.ts"

const lines = (...values: ReadonlyArray<unknown>) => values.map((value) => typeof value === "string" ? value : JSON.stringify(value)).join("\n")

describe("fixative explain", () => {
  it.live("answers each line in its place", () =>
    Effect.gen(function*() {
      const quota = { error: { code: "insufficient_quota", message: "no credit" } }
      const { code, stdout } = yield* fixative(["explain", "--jsonl"], {
        stdin: lines(
          { id: "a", provider: "openai", kind: "http", status: 429, headers: { "Retry-After": "7" }, body: "{\"error\":{\"code\":\"rate_limit_exceeded\"}}" },
          "not json",
          "",
          { id: 4, provider: "openai", kind: "http", status: 429, headers: {}, body: JSON.stringify(quota) },
          { id: "b", provider: "openai", kind: "transport", status: null, headers: {}, body: "", transport: { name: "TypeError", message: "fetch failed", cause: { code: "ECONNREFUSED" } } },
          { id: "c", kind: "http" },
          { provider: "nobody", kind: "body200", http_status: 200, headers: {}, body: "{}" }
        )
      })
      assert.strictEqual(code, 1)
      const answers = jsonl(stdout)
      assert.deepStrictEqual(answers.map(({ error, id, reason, retryAfterMillis, retryable }) => error === undefined ? [id, reason, retryable, retryAfterMillis] : [id, error !== undefined]), [
        ["a", "rate_limited", true, 7000],
        [undefined, true],
        [4, "quota_exhausted", false, null],
        ["b", "transport", true, null],
        ["c", true],
        [undefined, "invalid_response", true, null]
      ])
      assert.deepStrictEqual(answers[1], { error: { line: 2, message: "not JSON" } })
      assert.deepInclude(answers[4]?.["error"], { line: 6 })
      assert.include(JSON.stringify(answers[4]), "provider")
    }))

  it.live("exits with 0 when every line could be read", () =>
    Effect.gen(function*() {
      const { code } = yield* fixative(["explain", "--jsonl"], { stdin: lines({ provider: "openai", kind: "http", status: 500, headers: {}, body: "" }) })
      assert.strictEqual(code, 0)
    }))

  it.live("explains one answer to a person", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      writeFileSync(join(cwd, "answer.json"), "{\"error\":{\"message\":\"Your organization must be verified\"}}")
      const { code, stdout } = yield* fixative(["explain", "answer.json", "--status", "403"], { cwd })
      assert.strictEqual(code, 0)
      for (const text of ["permission", "organization-unverified", "openai/organization-unverified", "no: the same request fails again", "Verify the organization"]) assert.include(stdout, text)
      assert.strictEqual((yield* fixative(["explain", "missing.json", "--status", "403"], { cwd })).code, 2)
      assert.strictEqual((yield* fixative(["explain", "answer.json"], { cwd })).code, 2)
    }))
})

describe("fixative check", () => {
  it.live("answers each line in its place", () =>
    Effect.gen(function*() {
      const text = "poster for {{name}}"
      const { code, stdout } = yield* fixative(["check", "--jsonl"], { stdin: lines({ id: 1, text: "a red fox" }, { text }, { id: 3 }, "[") })
      assert.strictEqual(code, 1)
      const [first, second, third, fourth] = jsonl(stdout)
      assert.deepStrictEqual(first, { id: 1, verdict: "allow", findings: [] })
      assert.strictEqual(second?.["verdict"], "block")
      assert.deepStrictEqual(second?.["findings"], [{ category: "invalid/template", severity: "block", start: 11, end: 19, matched: "{{name}}", rule: "request/unfilled-template" }])
      assert.deepInclude(third?.["error"], { line: 3 })
      assert.strictEqual(third?.["id"], 3)
      assert.deepInclude(fourth?.["error"], { line: 4 })
    }))

  it.live("marks what it found for a person, and says it by the exit code", () =>
    Effect.gen(function*() {
      const blocked = yield* fixative(["check", "a poster for {{name}}"])
      assert.strictEqual(blocked.code, 1)
      assert.include(blocked.stdout, "a poster for [{{name}}]")
      assert.strictEqual((yield* fixative(["check", "a red fox"])).code, 0)
      const weapon = yield* fixative(["check", "a dangerous weapon on a table"])
      assert.include(weapon.stdout, "a vintage wooden toy sword")
    }))
})

describe("fixative --help", () => {
  it.live("shows commands and examples", () =>
    Effect.gen(function*() {
      const root = yield* fixative(["--help"])
      assert.strictEqual(root.code, 0)
      for (const command of ["generate", "batch", "report", "check", "explain", "emulate", "demo"]) {
        assert.include(root.stdout, command)
        const help = yield* fixative([command, "--help"])
        assert.strictEqual(help.code, 0)
        assert.include(help.stdout, `fixative ${command} `)
        assert.match(help.stdout, /examples/i)
      }
      assert.match((yield* fixative(["--version"])).stdout, /\d+\.\d+\.\d+/)
    }))
})
