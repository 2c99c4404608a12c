/** The README's examples as pasted: the fences themselves are run, against an emulator. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { emulator, folder, jsonl } from "./support.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const readme = readFileSync(join(root, "README.md"), "utf8")

const fenceAfter = (heading: string): string => /^```\w+\n([\s\S]*?)^```/m.exec(readme.slice(readme.indexOf(heading)))?.[1] ?? ""

const run = (file: string, args: ReadonlyArray<string>, options: { readonly cwd: string; readonly env?: Record<string, string> }) =>
  Effect.callback<{ readonly code: number | null; readonly text: string }>((resume) => {
    const child = execFile(file, args, { ...options, env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env } },
      (_, stdout, stderr) => resume(Effect.succeed({ code: child.exitCode, text: stdout + stderr })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("the README", () => {
  it.live("has an Effect example of some 20 lines that makes a picture", () =>
    Effect.gen(function*() {
      const code = fenceAfter("## From Effect")
      assert.isAtMost(code.split("\n").length, 24)
      // Below the root, so that its imports resolve as a reader's would.
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => {
          mkdirSync(join(root, ".docs"), { recursive: true })
          return mkdtempSync(join(root, ".docs", "readme-"))
        }),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      writeFileSync(join(directory, "example.ts"), code)
      const { env } = yield* emulator({ scenario: { script: [{ nth: 1, fault: "429-millis", waitMillis: 20 }] } })
      const ran = yield* run(process.execPath, ["example.ts"], { cwd: directory, env })
      assert.strictEqual(ran.code, 0, ran.text)
      assert.include(ran.text, "2 attempts, $0.00")
      assert.strictEqual(readFileSync(join(directory, "lighthouse.png")).subarray(1, 4).toString("latin1"), "PNG")
    }))

  it.live("has a shell example of five lines that makes two, through the storm", () =>
    Effect.gen(function*() {
      const lines = fenceAfter("## From a shell").trimEnd()
      assert.lengthOf(lines.split("\n"), 5)
      const port = yield* Effect.callback<number>((resume) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
          const address = server.address()
          server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
        })
      })
      const main = join(root, "apps/cli/src/main.ts")
      // As pasted, but for the port, which may be taken, and for npm, which would look for a package.json here.
      const script = lines.replaceAll("8787", String(port)).replaceAll("npm run -s fixative --", `"${process.execPath}" "${main}"`)
      const cwd = yield* folder
      const ran = yield* run("bash", ["-c", script], { cwd })
      const rows = jsonl(readFileSync(join(cwd, "pictures", "manifest.jsonl"), "utf8"))
      assert.deepStrictEqual(rows.map(({ status }) => status), ["made", "made"], ran.text)
      assert.deepStrictEqual(readdirSync(join(cwd, "pictures")).filter((name) => name.endsWith(".png")).length, 2)
    }))
})
