/**
 * One batch at a time in a folder: a file that names the process that works there. A process that died leaves its file
 * behind; the next one sees that and takes over.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { link, readFile, rm, stat, writeFile } from "node:fs/promises"
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { randomUUID } from "node:crypto"
import { type CommandFailed, usage } from "../Failure.ts"

export const fileName = ".lock"

interface Owner {
  readonly pid: number
  readonly host: string
  /** Tells a process from a later one with the same number, where the system says when it began. */
  readonly started: string
  /** Tells this hold from any other. */
  readonly token: string
}

/** The 22nd field of `/proc/PID/stat`: ticks from boot to the start of the process. Empty where there is no /proc. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
  } catch {
    return ""
  }
}

const self = (): Owner => ({ pid: process.pid, host: hostname(), started: startOf(process.pid), token: randomUUID() })

const isAlive = ({ pid, started }: Owner): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
  return started === "" || startOf(pid) === started
}

const parse = (text: string): Owner | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== "object" || value === null || !("pid" in value) || !("host" in value) || !("started" in value)) return undefined
    const { host, pid, started } = value
    return typeof pid === "number" && typeof host === "string" && typeof started === "string" ? { host, pid, started, token: "" } : undefined
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): string => error instanceof Error && "code" in error ? String(error.code) : ""

const busy = (path: string, owner: Owner): string =>
  owner.host === hostname()
    ? `Another batch (process ${owner.pid}) works in this folder: ${path}`
    : `A batch on ${owner.host} (process ${owner.pid}) works in this folder, or was killed there: if so, remove ${path}`

const wait = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/**
 * Clears a dead owner's file away. Of several that see it only one may, and only while it still says what it said: the others
 * would clear away the lock that the first one then takes.
 */
const clear = async (path: string, mine: string, text: string): Promise<void> => {
  const guard = `${path}.takeover`
  try {
    await link(mine, guard)
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error
    const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }))
    // Whoever was to clear it died at it.
    if (Date.now() - mtimeMs > 10_000) await rm(guard, { force: true })
    await wait(50)
    return
  }
  try {
    if ((await readFile(path, "utf8").catch(() => undefined)) === text) await rm(path, { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}

/** Takes the lock, or says who has it. Written whole and then linked, so that nobody reads half of it. */
const take = async (directory: string, owned: string): Promise<string | undefined> => {
  const path = join(directory, fileName)
  const mine = join(directory, `${fileName}.${randomUUID()}`)
  await writeFile(mine, owned)
  try {
    for (let round = 0; round < 100; round++) {
      try {
        await link(mine, path)
        return undefined
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error
      }
      const text = await readFile(path, "utf8").catch(() => undefined)
      if (text === undefined) continue // gone meanwhile
      const owner = parse(text)
      if (owner === undefined) return `${path} is no lock of a batch: remove it if nothing works in this folder`
      if (owner.host !== hostname() || isAlive(owner)) return busy(path, owner)
      await clear(path, mine, text)
    }
    return `${path} changes hands all the time: try again`
  } finally {
    await rm(mine, { force: true })
  }
}

/** Holds the folder until the scope closes. */
export const hold = (directory: string): Effect.Effect<void, CommandFailed, Scope.Scope> => {
  const owned = JSON.stringify(self())
  const path = join(directory, fileName)
  return Effect.acquireRelease(
    Effect.tryPromise({
      try: () => take(directory, owned),
      catch: (error) => usage(`Cannot write to ${directory}: ${error instanceof Error ? error.message : String(error)}`)
    }).pipe(Effect.flatMap((problem) => problem === undefined ? Effect.void : Effect.fail(usage(problem)))),
    () => Effect.promise(async () => {
      if ((await readFile(path, "utf8").catch(() => undefined)) === owned) await rm(path, { force: true })
    })
  )
}
