// A change to what a package ships brings a changeset. The rule needs nothing but this clone, so it says the same on a
// branch, on main, and in CI: for each published package, a changeset that names it (or, after a release, its changelog)
// must not be older than the last change under its `src`. Uncommitted changes are the newest of all. A commit is one
// step, and a merge is one commit, whatever its branch looked like inside. Tests, READMEs and package.json do not count.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { publishable, root } from "./packages.mjs"

const git = (...args) => {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

if (git("rev-parse", "--verify", "HEAD") === undefined) {
  console.log("No git history to compare with: skipped.")
  process.exit(77)
}

/** Names of the packages in a changeset's front matter. */
const namedIn = (text) => [...(/^---\n([\s\S]*?)\n?---/.exec(text)?.[1] ?? "").matchAll(/^\s*["']?([^"':\s]+)["']?\s*:/gm)].map(([, name]) => name)

const changesets = globSync(".changeset/*.md", { cwd: root })
  .filter((path) => !path.endsWith("README.md"))
  .map((path) => ({ path, names: namedIn(readFileSync(join(root, path), "utf8")) }))

/** Commits from the newest to the oldest, along main; the working tree is newer than all of them. */
const order = new Map(git("rev-list", "--first-parent", "HEAD").split("\n").map((commit, age) => [commit, age]))
const uncommitted = -1
const never = Number.POSITIVE_INFINITY

/** How old the last change of these paths is, in commits. */
const ageOf = (...paths) => {
  if (git("status", "--porcelain", "--untracked-files=all", "--", ...paths) !== "") return uncommitted
  const commit = git("log", "-1", "--first-parent", "--format=%H", "HEAD", "--", ...paths)
  return commit ? order.get(commit) ?? never : never
}

const problems = []
const names = publishable().map(({ name }) => name)
for (const { path, names: named } of changesets) {
  for (const name of named.filter((each) => !names.includes(each))) problems.push(`${path} names ${name}, which is not published`)
}
for (const { name, place } of publishable()) {
  const changed = ageOf(`${place}/src`)
  if (changed === never) continue
  const told = changesets.filter(({ names }) => names.includes(name)).map(({ path }) => path)
  if (existsSync(join(root, place, "CHANGELOG.md"))) told.push(`${place}/CHANGELOG.md`)
  if (told.length === 0 || ageOf(...told) > changed) {
    const when = changed === uncommitted ? "has uncommitted changes" : `changed in ${git("log", "-1", "--first-parent", "--format=%h (%s)", "HEAD", "--", `${place}/src`)}`
    problems.push(`${name}: ${place}/src ${when}, and no changeset since names it. Add one with \`npx changeset\`, or say it in one that is there.`)
  }
}
for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
