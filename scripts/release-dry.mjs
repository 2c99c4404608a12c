// `npm run release:dry`: what a release would publish. The versions are raised, and the packages built and packed, in a
// copy of the sources, so that the clone stays as it is; pnpm then goes through its own publishing, short of sending.
// No login is needed. A version that the registry already has is left out, as in a real release.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { execute, filesOf, publishable, root, table } from "./packages.mjs"

const temporary = mkdtempSync(join(tmpdir(), "fixative-release-"))
process.on("exit", () => rmSync(temporary, { recursive: true, force: true }))
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1))

const copy = join(temporary, "workspace")
const tool = (path) => join(root, "node_modules", path)

/** Runs a step in the copy; one that fails ends the release with what it said. */
const step = async (name, file, args, cwd = copy) => {
  const result = await execute(file, args, { cwd, env: { ...process.env, CI: "true" } })
  if (result.status === 0) return result
  console.error(`${result.output.trim()}\nrelease:dry: ${name} failed.`)
  process.exit(1)
}

const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root, encoding: "utf8" })
if (listed.status !== 0) {
  console.error("release:dry: this is no git clone, so what belongs to it cannot be told.")
  process.exit(1)
}
for (const path of listed.stdout.split("\0").filter((each) => each !== "" && existsSync(join(root, each)))) {
  mkdirSync(dirname(join(copy, path)), { recursive: true })
  cpSync(join(root, path), join(copy, path))
}
// Installed packages are links relative to their package, so the copy's lead to the copy's packages, as they must.
mkdirSync(join(copy, "node_modules"))
for (const name of readdirSync(join(root, "node_modules")).filter((each) => each === ".pnpm" || !each.startsWith("."))) {
  symlinkSync(join(root, "node_modules", name), join(copy, "node_modules", name))
}
for (const { place } of publishable()) {
  if (existsSync(join(root, place, "node_modules"))) cpSync(join(root, place, "node_modules"), join(copy, place, "node_modules"), { recursive: true, verbatimSymlinks: true })
}
// Changesets asks git where the files are, and when a changeset came.
const git = (...args) => step("git", "git", ["-c", "user.name=dry run", "-c", "user.email=dry@run.invalid", "-c", "core.hooksPath=", ...args])
await git("init", "--quiet", "--initial-branch=main")
await git("add", "--all")
await git("commit", "--quiet", "--message=dry run")

const before = new Map(publishable().map(({ manifest, name }) => [name, manifest.version]))
const status = await step("changeset status", process.execPath, [tool("@changesets/cli/bin.js"), "status", "--verbose"])
console.log(status.stdout.trim())
await step("changeset version", process.execPath, [tool("@changesets/cli/bin.js"), "version"])
for (const { name, place } of publishable()) {
  await step(`building ${name}`, process.execPath, [tool("typescript/bin/tsc"), "-p", "tsconfig.build.json"], join(copy, place))
}
// pnpm puts what it finds out of date in order; without the links it cannot reach this clone.
rmSync(join(copy, "node_modules"), { recursive: true })

const rows = [["package", "now", "next", "files", "packed KB", "dist", "src", "beside them"]]
const tarballs = join(temporary, "tarballs")
mkdirSync(tarballs)
for (const { name, place } of publishable()) {
  const { version } = JSON.parse(readFileSync(join(copy, place, "package.json"), "utf8"))
  if (version === before.get(name)) {
    rows.push([name, version, "-", "", "", "", "", "no changeset names it"])
    continue
  }
  const { stdout } = await step(`packing ${name}`, tool(".bin/pnpm"), ["pack", "--json", "--pack-destination", tarballs], join(copy, place))
  const { filename } = JSON.parse(stdout.slice(stdout.indexOf("{")))
  const files = await filesOf(filename)
  const below = (folder) => files.filter((path) => path.startsWith(folder)).length
  rows.push([name, before.get(name), version, files.length, (statSync(filename).size / 1000).toFixed(1), below("dist/"), below("src/"),
    files.filter((path) => !path.includes("/")).join(" ")])
}
console.log(`\n${table(rows)}\n`)

const publish = await step("pnpm publish", tool(".bin/pnpm"), ["--recursive", "publish", "--dry-run", "--no-git-checks"])
const changed = rows.slice(1).filter(([, , next]) => next !== "-").length
const order = [...publish.output.matchAll(/^📦 (\S+)/gmu)].map(([, id]) => id)
console.log(order.length === 0 ? publish.output.trim() : `pnpm publish would send, in this order: ${order.join(", ")}.`)
console.log(`\nrelease:dry: ${changed} packages would be published; nothing was sent, and nothing was written here.`)
