/** The command line as people run it: a process of its own, against an emulator on loopback. */
import { Emulator } from "@fixative/emulator"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** A key that no other text contains. */
export const key = "sk-test-cGxhbnRlZC1zZWNyZXQtMTIzNDU2"

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Options {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Told every chunk of stdout, with the means to end the process. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
}

const start = (args: ReadonlyArray<string>, options: Options, resolve: (ran: Ran) => void) => {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd,
    // Nothing of the machine's own keys and base URLs.
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env }
  })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString()
    options.onStdout?.(stdout, (signal) => child.kill(signal))
  })
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.on("close", (code) => resolve({ code, stdout, stderr }))
  child.stdin.on("error", () => undefined)
  child.stdin.end(options.stdin ?? "")
  return child
}

/** Runs `fixative` and waits for its end; interrupting kills it. */
export const fixative = (args: ReadonlyArray<string>, options: Options = {}): Effect.Effect<Ran> =>
  Effect.callback<Ran>((resume) => {
    const child = start(args, options, (ran) => resume(Effect.succeed(ran)))
    // Gone for good before the test goes on: a process that is dying still counts as alive.
    return Effect.callback<void>((gone) => {
      child.once("close", () => gone(Effect.void))
      child.kill("SIGKILL")
    })
  })

/** Waits for what another process brings about, however long this machine takes for it. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => condition() ? Effect.void : Effect.delay(until(condition), "20 millis"))

/** The text of a file, empty while it is not there. */
export const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/** Runs `fixative` until the condition holds, and kills it with SIGKILL. */
export const killWhen = (condition: () => boolean, args: ReadonlyArray<string>, options: Options): Effect.Effect<void> =>
  Effect.asVoid(Effect.raceFirst(fixative(args, options), until(condition)))

/** An empty folder that goes with the test's scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "fixative cli "))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** An emulator of the test's own, and an environment that points to it. */
export const emulator = (options: Emulator.Options = {}) =>
  Effect.map(Emulator.make({ pictures: "plain", ...options }), ({ journal, url }) => ({
    journal,
    env: { OPENAI_API_KEY: key, OPENAI_BASE_URL: `${url}/v1` }
  }))

export const jsonl = (text: string): ReadonlyArray<Record<string, unknown>> =>
  text.split("\n").filter((line) => line !== "").map((line): Record<string, unknown> => JSON.parse(line))

/** Every file below a folder, as text. */
export const everything = (directory: string): string =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => path + readFileSync(path, "latin1"))
    .join("\n")
