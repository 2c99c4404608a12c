import { assert, describe, it } from "@effect/vitest"
import type { Journal } from "@fixative/emulator"
import { Effect, Fiber } from "effect"
import { spawnSync } from "node:child_process"
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { emulator, fixative, folder, jsonl, killWhen, textOf, until } from "./support.ts"

const manifestOf = (directory: string) => jsonl(readFileSync(join(directory, "manifest.jsonl"), "utf8"))

const billedOf = (entries: ReadonlyArray<Journal.Entry>): ReadonlyMap<string, number> => {
  const billed = new Map<string, number>()
  for (const { billedImages, prompt } of entries) billed.set(prompt ?? "", (billed.get(prompt ?? "") ?? 0) + billedImages)
  return billed
}

/** Every image on disk, once; what was billed twice is listed as possible; manifest and journal agree. */
const agrees = (directory: string, entries: ReadonlyArray<Journal.Entry>, prompts: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const rows = manifestOf(directory)
    assert.deepStrictEqual(rows.map(({ prompt }) => prompt), [...prompts])
    assert.deepStrictEqual(rows.filter(({ status }) => status !== "made").map(({ error }) => error), [])
    const files = readdirSync(directory).filter((name) => name.endsWith(".png")).sort()
    assert.deepStrictEqual(files, rows.map(({ file }) => String(file)).sort())
    assert.deepStrictEqual(readdirSync(directory).filter((name) => name.endsWith(".part") || name.startsWith(".lock")), [])
    yield* Effect.forEach(files, (file) => Effect.promise(() => sharp(join(directory, file)).metadata()), { concurrency: 2 })
    const billed = billedOf(entries)
    for (const row of rows) {
      const times = billed.get(String(row["prompt"])) ?? 0
      assert.isAtLeast(times, 1, `${row["prompt"]} was never billed`)
      const listed = Number(row["ambiguousAttempts"] ?? 0)
      assert.isAtLeast(listed, times - 1, `${row["prompt"]} was billed ${times} times, and ${listed} are listed as possible`)
      const asked = entries.filter(({ prompt }) => prompt === row["prompt"]).length
      assert.isAtLeast(Number(row["attempts"]), asked)
    }
  })

const flags = { "--out": "out", "--quality": "low", "--size": "1024x1024", "--concurrency": "16", "--timeout": "2", "--retries": "12" }

/** The command of these tests, with other values for some flags. */
const batch = (other: Readonly<Record<string, string>> = {}): ReadonlyArray<string> =>
  ["batch", "prompts.txt", "--yes", ...Object.entries({ ...flags, ...other }).flat()]

const args = batch()

describe("a batch that is killed", () => {
  it.live("ten times by SIGKILL in stormy weather, and run once more: every image on disk, once, and every possible double cost listed", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: "stormy" })
      const cwd = yield* folder
      const prompts = Array.from({ length: 200 }, (_, index) => `picture number ${index}`)
      writeFileSync(join(cwd, "prompts.txt"), prompts.join("\n"))
      for (let round = 0; round < 10; round++) {
        // A random moment after the first request: the folder grows by images.
        const after = Math.floor(Math.random() * 1500)
        let timer: NodeJS.Timeout | undefined
        yield* fixative(args, { cwd, env, onStdout: (_, kill) => timer ??= setTimeout(() => kill("SIGKILL"), after) })
        clearTimeout(timer)
      }
      const last = yield* fixative(args, { cwd, env })
      assert.strictEqual(last.code, 0, last.stdout.slice(-2000) + last.stderr)
      yield* agrees(join(cwd, "out"), yield* journal, prompts)
      const sent = (yield* journal).length
      assert.strictEqual((yield* fixative(args, { cwd, env })).code, 0)
      assert.lengthOf(yield* journal, sent)
    }), 240_000)

  it.live("finds an image on disk whose row was lost, and parks a request without an answer if told to", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), "a fox\nan owl\na hen\n")
      yield* fixative(args, { cwd, env })
      const out = join(cwd, "out")
      // As if the run had been killed: the fox after its image and before its row, the owl while its request was out.
      const rows = manifestOf(out)
      const sentRow = (index: number) => ({ id: rows[index]?.["id"], attempt: 1, sent: 1, fingerprint: rows[index]?.["fingerprint"] })
      writeFileSync(join(out, "manifest.jsonl"), [sentRow(0), sentRow(1), rows[2]].map((row) => `${JSON.stringify(row)}\n`).join(""))
      rmSync(join(out, String(rows[1]?.["file"])))
      const parked = yield* fixative(batch({ "--ambiguous": "park" }), { cwd, env })
      assert.strictEqual(parked.code, 1)
      assert.lengthOf(yield* journal, 3)
      assert.deepStrictEqual(manifestOf(out).map(({ status }) => status), ["made", "failed", "made"])
      assert.deepInclude(manifestOf(out)[1]?.["error"], { reason: "maybe_processed", delivery: "MaybeProcessed" })
      assert.strictEqual((yield* fixative(batch({ "--ambiguous": "park" }), { cwd, env })).code, 1)
      assert.lengthOf(yield* journal, 3)
      const retried = yield* fixative(args, { cwd, env })
      assert.strictEqual(retried.code, 0, retried.stdout)
      assert.strictEqual(manifestOf(out)[1]?.["ambiguousAttempts"], 1)
      yield* agrees(out, yield* journal, ["a fox", "an owl", "a hen"])
    }))

  it.live("does not join its first row to half a row that was left behind", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: { script: [{ nth: 1, fault: "stall" }] } })
      const cwd = yield* folder
      const out = join(cwd, "out")
      mkdirSync(out)
      writeFileSync(join(cwd, "prompts.txt"), "a fox\n")
      writeFileSync(join(out, "manifest.jsonl"), "{\"id\":\"0009\",\"attempt\":1,\"se")
      const hasSent = () => textOf(join(out, "manifest.jsonl")).includes("\"sent\":")
      yield* killWhen(hasSent, batch({ "--timeout": "600" }), { cwd, env })
      assert.lengthOf(jsonl(readFileSync(join(out, "manifest.jsonl"), "utf8").split("\n").slice(1).join("\n")), 1)
      const parked = yield* fixative(batch({ "--ambiguous": "park" }), { cwd, env })
      assert.strictEqual(parked.code, 1)
      assert.isAtMost((yield* journal).length, 1)
    }))

  it.live("parks what failed after it may have been billed, though the run that sent it was ended before it could say so", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: { latency: { minMillis: 3000, maxMillis: 3000 }, script: [{ match: "lost", nth: 1, fault: "reset-after" }] } })
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), "lost\nquick\n{{x}}\n")
      let isAsked = false
      const run = [...batch({ "--ambiguous": "park", "--timeout": "60" }), "--json"]
      const first = yield* fixative(run, {
        cwd,
        env,
        onStdout: (_, kill) => {
          // The invalid one is told at once, while the others are out.
          if (!isAsked) setTimeout(() => kill("SIGINT"), 1000)
          isAsked = true
        }
      })
      assert.strictEqual(first.code, 130, first.stderr)
      const summary = Object(jsonl(first.stdout).at(-1)?.["summary"])
      assert.deepStrictEqual([summary.possiblyBilledTwice, summary.ambiguousAttempts, summary.made], [["0001"], 1, 1])
      const second = yield* fixative(run, { cwd, env })
      assert.strictEqual(second.code, 1)
      assert.lengthOf(yield* journal, 2)
      assert.deepInclude(manifestOf(join(cwd, "out"))[0], { status: "failed", ambiguousAttempts: 1 })
    }))

  it.live("reads a manifest that was cut in the middle of a row, at any byte", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      const out = join(cwd, "out")
      writeFileSync(join(cwd, "prompts.txt"), "a fox\nan owl\n")
      yield* fixative(args, { cwd, env })
      const whole = readFileSync(join(out, "manifest.jsonl"))
      const first = whole.indexOf("\n") + 1
      for (const cut of [first + 1, first + 40, whole.length - 2, whole.length - 1]) {
        writeFileSync(join(out, "manifest.jsonl"), whole)
        truncateSync(join(out, "manifest.jsonl"), cut)
        const { code, stdout } = yield* fixative(args, { cwd, env })
        assert.strictEqual(code, 0, stdout)
        assert.deepStrictEqual(manifestOf(out).map(({ prompt, status }) => [prompt, status]), [["a fox", "made"], ["an owl", "made"]])
      }
      // An image whose row is gone was never announced as sent in what is left: it is made again, under the same name.
      assert.lengthOf(readdirSync(out).filter((name) => name.endsWith(".png")), 2)
      assert.isAtMost((yield* journal).length, 5)
    }))
})

describe("a folder of another batch", () => {
  it.live("tells a changed prompt or option under the same id, and overwrites nothing", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      const out = join(cwd, "out")
      writeFileSync(join(cwd, "prompts.txt"), "a fox\nan owl\n")
      yield* fixative(args, { cwd, env })
      const before = manifestOf(out)
      writeFileSync(join(cwd, "prompts.txt"), "a fox\na hen\n")
      const changed = yield* fixative(args, { cwd, env })
      assert.strictEqual(changed.code, 1)
      assert.match(changed.stdout, /0002 {2}changed {2}a hen/)
      assert.deepStrictEqual(manifestOf(out), before)
      const other = yield* fixative(batch({ "--quality": "high" }), { cwd, env })
      assert.strictEqual(other.code, 1)
      assert.lengthOf(yield* journal, 2)
    }))

  it.live("never writes over another id's image, also when the file's rows change", () =>
    Effect.gen(function*() {
      const { env } = yield* emulator()
      const cwd = yield* folder
      const write = (...rows: ReadonlyArray<object>) => writeFileSync(join(cwd, "prompts.txt"), rows.map((row) => JSON.stringify(row)).join("\n"))
      write({ id: "1", prompt: "a fox" })
      yield* fixative(args, { cwd, env })
      const before = readFileSync(join(cwd, "out", "1-a-fox.png"))
      write({ id: "1-a", prompt: "fox" }, { id: "1", prompt: "a fox" })
      assert.strictEqual((yield* fixative(args, { cwd, env })).code, 0)
      const files = manifestOf(join(cwd, "out")).map(({ file }) => file)
      assert.lengthOf(new Set(files), 2)
      assert.isTrue(before.equals(readFileSync(join(cwd, "out", "1-a-fox.png"))))
    }))

  it.live("keeps a second run out while the first works, and takes over from a dead one", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: { script: [{ nth: 1, fault: "stall" }] } })
      const cwd = yield* folder
      const lock = join(cwd, "out", ".lock")
      writeFileSync(join(cwd, "prompts.txt"), "a fox\n")
      mkdirSync(join(cwd, "out"))
      // A process that died: its number is somebody else's by now.
      const dead = JSON.stringify({ pid: process.pid, host: hostname(), started: "1" })
      writeFileSync(lock, dead)
      const first = yield* Effect.forkChild(fixative(batch({ "--timeout": "600" }), { cwd, env }))
      yield* until(() => textOf(lock) !== dead && textOf(lock) !== "")
      const second = yield* fixative(args, { cwd, env })
      assert.strictEqual(second.code, 2)
      assert.match(second.stderr, /Another batch \(process \d+\) works in this folder/)
      yield* until(() => textOf(join(cwd, "out", "manifest.jsonl")).includes("\"sent\":"))
      yield* Fiber.interrupt(first) // a SIGKILL: its lock stays behind
      assert.isTrue(existsSync(lock))
      const third = yield* fixative(args, { cwd, env })
      assert.strictEqual(third.code, 0, third.stdout + third.stderr)
      assert.isAtMost((yield* journal).length, 2)
      assert.isFalse(existsSync(lock))
    }))
})

describe("Ctrl-C", () => {
  it.live("sends nothing new, lets paid requests finish, and the same command goes on", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: { latency: { minMillis: 700, maxMillis: 700 }, script: [{ match: "limited", nth: 1, fault: "429-seconds", waitMillis: 60_000 }] } })
      const cwd = yield* folder
      const prompts = ["limited", ...Array.from({ length: 12 }, (_, index) => `picture ${index}`)]
      writeFileSync(join(cwd, "prompts.txt"), prompts.join("\n"))
      let isAsked = false
      const run = batch({ "--concurrency": "4" })
      const first = yield* fixative(run, {
        cwd,
        env,
        onStdout: (text, kill) => {
          if (isAsked || !text.includes("made ")) return
          isAsked = true
          kill("SIGINT")
        }
      })
      assert.strictEqual(first.code, 130, first.stdout + first.stderr)
      assert.include(first.stdout, "nothing new is sent")
      const sent = yield* journal
      // What had been sent was drawn, stored and told.
      const made = sent.filter(({ status }) => status === 200)
      assert.isBelow(made.length, 12)
      assert.isFalse(sent.some(({ clientGone }) => clientGone === true))
      assert.lengthOf(readdirSync(join(cwd, "out")).filter((name) => name.endsWith(".png")), made.length)
    }))

  it.live("twice lets go at once, and lists what was out as possibly billed", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ scenario: { script: [{ match: "slow", nth: 1, fault: "stall" }] } })
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), "slow\nquick\n")
      let signals = 0
      const first = yield* fixative(batch({ "--timeout": "600" }), {
        cwd,
        env,
        onStdout: (text, kill) => {
          if (signals === 0 && text.includes("made ")) {
            signals = 1
            kill("SIGTERM")
          } else if (signals === 1 && text.includes("nothing new is sent")) {
            signals = 2
            kill("SIGTERM")
          }
        }
      })
      assert.strictEqual(first.code, 130)
      const second = yield* fixative(args, { cwd, env })
      assert.strictEqual(second.code, 0, second.stdout)
      assert.match(second.stdout, /sent in an earlier run without an answer.*0001/)
      yield* agrees(join(cwd, "out"), yield* journal, ["slow", "quick"])
      assert.strictEqual(manifestOf(join(cwd, "out"))[0]?.["ambiguousAttempts"], 1)
    }))
})

const canMount = process.platform === "linux" && process.getuid?.() === 0 && (() => {
  const probe = "/tmp/fixative-mount-probe"
  mkdirSync(probe, { recursive: true })
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", probe]).status === 0
  if (isMounted) spawnSync("umount", [probe])
  return isMounted
})()

describe("a disk that is full", () => {
  it.live.skipIf(!canMount)("stops sending at once, keeps what is paid for until it can be written (needs leave to mount a tmpfs)", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ pictures: "drawn", scenario: { latency: { minMillis: 20, maxMillis: 60 } } })
      const cwd = yield* folder
      const disk = join(cwd, "disk")
      mkdirSync(disk)
      yield* Effect.acquireRelease(
        Effect.sync(() => spawnSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", disk])),
        () => Effect.sync(() => spawnSync("umount", ["-l", disk]))
      )
      const prompts = Array.from({ length: 30 }, (_, index) => `picture ${index}`)
      writeFileSync(join(cwd, "prompts.txt"), prompts.join("\n"))
      const run = batch({ "--out": "disk", "--concurrency": "3", "--grace": "6", "--timeout": "60" })
      let isGrown = false
      const first = yield* fixative(run, {
        cwd,
        env,
        onStdout: (text) => {
          if (isGrown || !text.includes("Cannot write to")) return
          isGrown = true
          spawnSync("mount", ["-o", "remount,size=20m", disk])
        }
      })
      assert.strictEqual(first.code, 1, first.stdout + first.stderr)
      const made = (yield* journal).filter(({ status }) => status === 200).length
      assert.isBelow(made, 30)
      // The disk grew while the paid images were in memory: none is lost.
      assert.lengthOf(readdirSync(disk).filter((name) => name.endsWith(".png")), made)
      const second = yield* fixative(run, { cwd, env })
      assert.strictEqual(second.code, 0, second.stdout)
      yield* agrees(disk, yield* journal, prompts)
      for (const [prompt, times] of billedOf(yield* journal)) assert.strictEqual(times, 1, prompt)
    }))

  it.live.skipIf(!canMount)("says what is lost when it stays full (needs leave to mount a tmpfs)", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator({ pictures: "drawn" })
      const cwd = yield* folder
      const disk = join(cwd, "disk")
      mkdirSync(disk)
      yield* Effect.acquireRelease(
        Effect.sync(() => spawnSync("mount", ["-t", "tmpfs", "-o", "size=500k", "tmpfs", disk])),
        () => Effect.sync(() => spawnSync("umount", ["-l", disk]))
      )
      writeFileSync(join(cwd, "prompts.txt"), Array.from({ length: 20 }, (_, index) => `picture ${index}`).join("\n"))
      const run = [...batch({ "--out": "disk", "--concurrency": "2", "--grace": "1", "--timeout": "60" }), "--json"]
      const { code, stderr, stdout } = yield* fixative(run, { cwd, env })
      assert.strictEqual(code, 1)
      assert.match(stderr, /lost +\d{4}/)
      const summary = Object(jsonl(stdout).at(-1)?.["summary"])
      const images = readdirSync(disk).filter((name) => name.endsWith(".png")).length
      assert.strictEqual(summary.lost.length + images, (yield* journal).length)
      assert.isAbove(summary.lost.length, 0)
    }))

  it.live("a folder that cannot be written to sends nothing", () =>
    Effect.gen(function*() {
      const { env, journal } = yield* emulator()
      const cwd = yield* folder
      writeFileSync(join(cwd, "prompts.txt"), "a fox\n")
      writeFileSync(join(cwd, "file"), "")
      const { code, stderr } = yield* fixative(["batch", "prompts.txt", "--out", "file/below"], { cwd, env })
      assert.strictEqual(code, 2)
      assert.include(stderr, "file/below")
      assert.lengthOf(yield* journal, 0)
    }))
})

it.live("a batch of one prompt leaves a manifest of one row and no log", () =>
  Effect.gen(function*() {
    const { env } = yield* emulator()
    const cwd = yield* folder
    writeFileSync(join(cwd, "prompts.txt"), "a fox\n")
    appendFileSync(join(cwd, "prompts.txt"), "")
    yield* fixative(args, { cwd, env })
    assert.lengthOf(manifestOf(join(cwd, "out")), 1)
    assert.isAbove(statSync(join(cwd, "out", "0001-a-fox.png")).size, 100)
  }))
