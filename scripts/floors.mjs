// Holds the house together: an import points down the floors, never sideways or up, and a ground-floor package needs
// `effect` alone. Reads the imports of every source file and the dependencies of every package.json.
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

/** What each package may import, beside `effect`. Tests may import what development needs, but no other package either. */
const floors = {
  "packages/errors": [],
  "packages/backoff": [],
  "packages/circuit-breaker": [],
  "packages/pacing": [],
  "packages/prompt": [],
  "packages/image": ["@fixative/errors"],
  "packages/cache": [],
  "packages/monitor": ["@fixative/errors"],
  "packages/fixative": ["@fixative/backoff", "@fixative/cache", "@fixative/circuit-breaker", "@fixative/errors", "@fixative/image",
    "@fixative/monitor", "@fixative/pacing", "@fixative/prompt"],
  "packages/queue": ["@fixative/image", "fixative"],
  "packages/emulator": ["@effect/platform-node", "dejavu-fonts-ttf", "sharp", "node:"]
}

/** Packages that run anywhere `fetch` runs. */
const isPortable = (place) => place !== "packages/emulator" && place !== "packages/queue"

const root = resolve(import.meta.dirname, "..")
const problems = []
const complain = (file, message) => problems.push(`${relative(root, file)}: ${message}`)

const specifier = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["']([^"']+)["']/g

/** The code of a file without its doc comments: a line of an `@example` imports what its reader imports. */
const codeOf = (file) => readFileSync(file, "utf8").replace(/^ *(?:\/\*\*|\*).*$/gm, "")

const nameOf = (text) => text.startsWith("@") ? text.split("/").slice(0, 2).join("/") : text.split("/")[0]

const checkImport = (place, allowed, file, text) => {
  if (text.startsWith(".")) {
    const target = relative(join(root, place), resolve(dirname(file), text))
    if (target.startsWith("..")) complain(file, `imports ${text}, which lies outside ${place}`)
    if (!text.endsWith(".ts") && !text.endsWith(".json")) complain(file, `imports ${text} without its ending`)
    return
  }
  if (nameOf(text) === "effect") return
  if (text.startsWith("node:")) {
    if (isPortable(place)) complain(file, `imports ${text}: this package runs anywhere \`fetch\` runs`)
    return
  }
  if (!allowed.includes(nameOf(text))) complain(file, `imports ${text}; ${place} may import ${["effect", ...allowed].join(", ")}`)
  if (text.includes("/internal/")) complain(file, `imports ${text}, which is closed`)
}

for (const path of globSync("packages/*/package.json", { cwd: root })) {
  const place = dirname(path)
  const allowed = floors[place]
  if (allowed === undefined) {
    complain(join(root, path), "stands on no floor: give it one in scripts/floors.mjs")
    continue
  }
  for (const source of globSync(`${place}/src/**/*.ts`, { cwd: root })) {
    const file = join(root, source)
    for (const [, text] of codeOf(file).matchAll(specifier)) checkImport(place, allowed, file, text)
  }
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(join(root, path), "utf8"))
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (name !== "effect" && !allowed.includes(name)) complain(join(root, path), `depends on ${name}; ${place} may not`)
  }
}

for (const source of globSync("apps/*/src/**/*.ts", { cwd: root })) {
  const file = join(root, source)
  const place = source.split("/").slice(0, 2).join("/")
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, place, "package.json"), "utf8"))
  for (const [, text] of codeOf(file).matchAll(specifier)) {
    if (text.startsWith(".")) {
      const target = resolve(dirname(file), text)
      if (relative(join(root, place), target).startsWith("..")) complain(file, `imports ${text}, which lies outside ${place}`)
      else if (!existsSync(target)) complain(file, `imports ${text}, which is not there`)
    } else if (!text.startsWith("node:") && !(nameOf(text) in dependencies)) {
      complain(file, `imports ${text}, which is ${nameOf(text) in devDependencies ? "only a development dependency" : "no dependency"}`)
    }
    if (text.includes("/internal/") && !text.startsWith(".")) complain(file, `imports ${text}, which is closed`)
  }
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
