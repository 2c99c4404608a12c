// What the publishing checks share: which packages are published, and how to run a program and keep what it said.
import { spawn } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "..")

/** Every package that is published: `{ name, place, manifest }`, by name. A private one is not. */
export const publishable = () =>
  globSync("{packages,apps}/*/package.json", { cwd: root })
    .map((path) => ({ place: dirname(path), manifest: JSON.parse(readFileSync(join(root, path), "utf8")) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ manifest, place }) => ({ name: manifest.name, place, manifest }))
    .sort((a, b) => a.name.localeCompare(b.name))

/** Runs a program to its end: `{ status, stdout, output }`, never a rejection. A program that hangs is ended and has failed. */
export const execute = (file, args, { cwd = root, env = process.env, input = "", timeout = 180_000 } = {}) =>
  new Promise((done) => {
    const child = spawn(file, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], timeout })
    let stdout = ""
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text
    })
    child.stdin.on("error", () => {}) // it may end without reading its input
    child.stdin.end(input)
    child.on("error", (error) => done({ status: 1, stdout, output: `${output}${error.message}` }))
    child.on("close", (code, signal) => done({ status: code ?? 1, stdout, output: signal === null ? output : `${output}\nended by ${signal}` }))
  })

/** As `Promise.all` over `items`, but never more than `limit` at once. */
export const inParallel = async (limit, items, run) => {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await run(items[index])
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}

/** The files of a tarball that pnpm packed: `{ path, bytes }`, without the leading folder. */
export const filesOf = async (tarball) => {
  const { output, status, stdout } = await execute("tar", ["tzf", tarball])
  if (status !== 0) throw new Error(output)
  return stdout.trim().split("\n").map((path) => path.replace(/^package\//, "")).sort()
}

/** Columns as wide as their longest cell. */
export const table = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)))
  return rows.map((row) => row.map((cell, column) => String(cell).padEnd(widths[column])).join("  ").trimEnd()).join("\n")
}
