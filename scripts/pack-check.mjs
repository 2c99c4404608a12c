// `npm run pack:check`: is what would be published usable by somebody who has nothing else of ours? Each package is built
// and packed, and its tarball alone (its siblings' tarballs stand in for the registry) is installed in an empty project,
// imported on the oldest and the pinned Node, type-checked, linted, bundled for the browser, and, if it is a command, run.
// `--report=FILE` leaves the counts there for `npm test -- --pack`; names as arguments check these packages only.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createContext, runInContext } from "node:vm"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { execute, filesOf, inParallel, publishable, root, table } from "./packages.mjs"

const startedAt = Date.now()
const tool = (path) => join(root, "node_modules", path)
const all = publishable()
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const packages = asked.length === 0 ? all : all.filter(({ name }) => asked.includes(name))
const reportFile = process.argv.find((argument) => argument.startsWith("--report="))?.slice("--report=".length)
for (const name of asked.filter((name) => !all.some((each) => each.name === name))) {
  console.error(`No package ${name} is published.`)
  process.exit(2)
}

/** These need Node; every other package runs anywhere `fetch` runs (scripts/floors.mjs holds their imports to it). */
const needsNode = ({ name, place }) => place.startsWith("apps/") || ["@fixative/emulator", "@fixative/queue"].includes(name)

const total = { passed: 0, failed: 0, skipped: 0 }
const problems = []
const pass = () => {
  total.passed += 1
  return "ok"
}
const fail = (what, why) => {
  total.failed += 1
  problems.push(`${what}\n  ${why.trim().split("\n").slice(0, 12).map((line) => line.slice(0, 300)).join("\n  ")}`)
  return "FAILED"
}
const skip = () => {
  total.skipped += 1
  return "skipped"
}
const verdict = (what, reasons) => reasons.length === 0 ? pass() : fail(what, reasons.join("\n"))
const succeeded = (what, { output, status }) => status === 0 ? pass() : fail(what, output)

const temporary = mkdtempSync(join(tmpdir(), "fixative-pack-"))
process.on("exit", () => rmSync(temporary, { recursive: true, force: true }))
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1))

const pnpm = (args, cwd) => execute(tool(".bin/pnpm"), args, { cwd, env: { ...process.env, CI: "true" } })

// ---- tools ----

/** The oldest Node that the packages promise to run on. Its binary stays in `node_modules`, so it is fetched once. */
const oldestNode = async () => {
  const promised = new Set(all.map(({ manifest }) => /^>=(\d+\.\d+)(\.\d+)?$/.exec(manifest.engines?.node ?? "")?.[1]))
  const [oldest] = promised
  if (promised.size !== 1 || oldest === undefined) throw new Error("The packages do not all say the same `engines.node` as `>=MAJOR.MINOR`.")
  const version = `${oldest}.0`
  const home = tool(`.cache/fixative/node-${version}`)
  const binary = join(home, "node_modules/node/bin/node")
  const isThere = async () => (await execute(binary, ["--version"])).stdout.trim() === `v${version}`
  if (!(await isThere())) {
    rmSync(home, { recursive: true, force: true })
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, dependencies: { node: version } }))
    writeFileSync(join(home, "pnpm-workspace.yaml"), "allowBuilds:\n  node: true\n")
    const { output } = await pnpm(["install", "--no-lockfile", "--prefer-offline"], home)
    if (!(await isThere())) throw new Error(`Node ${version} could not be installed:\n${output}`)
  }
  return { binary, version }
}

/** The lowest `effect` that the peer ranges allow, and the newest that the registry has. */
const effectVersions = async () => {
  const ranges = new Set(all.map(({ manifest }) => manifest.peerDependencies?.effect).filter((range) => range !== undefined))
  const [range] = ranges
  const lowest = /^\^(\d+\.\d+\.\d+)$/.exec(range ?? "")?.[1]
  if (ranges.size !== 1 || lowest === undefined) throw new Error("The packages do not all say the same peer range of effect as `^MAJOR.MINOR.PATCH`.")
  const numbers = (version) => version.split(".").map(Number)
  const compare = (a, b) => numbers(a).reduce((order, number, index) => order || number - numbers(b)[index], 0)
  const { status, stdout } = await pnpm(["view", "effect", "versions", "--json"], temporary)
  if (status !== 0) {
    skip()
    console.log(`effect ${lowest}, the lowest of ${range}. The registry did not say which is the newest: skipped.`)
    return [lowest]
  }
  const newest = JSON.parse(stdout)
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && numbers(version)[0] === numbers(lowest)[0] && compare(version, lowest) >= 0)
    .sort(compare)
    .at(-1)
  console.log(newest === lowest ? `effect ${lowest} is both the lowest and the newest of ${range}.` : `effect ${lowest} is the lowest and ${newest} the newest of ${range}.`)
  return newest === undefined || newest === lowest ? [lowest] : [lowest, newest]
}

// ---- the tarball ----

const isExpected = (path) => /^(dist|src)\//.test(path) || ["README.md", "LICENSE", "CHANGELOG.md", "package.json"].includes(path)

/** What stands in a tarball and should not, or should and does not. */
const contentProblems = (files, manifest) => {
  const reasons = files.filter((path) => !isExpected(path) || /(^|\/)test\/|\.test\.|\.docs\//.test(path)).map((path) => `${path} does not belong in it`)
  for (const path of ["README.md", "LICENSE", "package.json"]) if (!files.includes(path)) reasons.push(`${path} is missing`)
  // A source map points at its source, and a file in dist without a source is left over from an older build.
  for (const path of files.filter((path) => /^dist\/.*\.js$/.test(path))) {
    if (!files.includes(path.replace(/^dist/, "src").replace(/\.js$/, ".ts"))) reasons.push(`${path} has no source`)
    for (const ending of [".d.ts", ".js.map", ".d.ts.map"]) {
      if (!files.includes(path.replace(/\.js$/, ending))) reasons.push(`${path} has no ${ending} beside it`)
    }
  }
  const text = JSON.stringify(manifest)
  for (const protocol of ["workspace:", "catalog:"]) if (text.includes(`"${protocol}`)) reasons.push(`package.json still says ${protocol}`)
  if (/"\.\/src\//.test(JSON.stringify([manifest.exports, manifest.bin, manifest.main, manifest.types]))) reasons.push("package.json leads to src, not to dist")
  return reasons
}

/** Every name that a reader may import, `./*` expanded to the files that it matches. */
const specifiersOf = (files, { exports = {}, name }) =>
  Object.entries(exports).flatMap(([key, target]) => {
    if (target === null || key === "./package.json") return []
    const path = (target.default ?? target).slice("./".length)
    if (!key.includes("*")) return [name + key.slice(1)]
    const [before, after] = path.split("*")
    return files
      .filter((file) => file.startsWith(before) && file.endsWith(after))
      .map((file) => file.slice(before.length, file.length - after.length))
      .filter((match) => !match.startsWith("internal/"))
      .map((match) => `${name}/${match}`)
  })

// ---- what a reader does with it ----

const importing = (specifiers, closed) => `
const problems = []
for (const name of ${JSON.stringify(specifiers)}) {
  try {
    if (Object.keys(await import(name)).length === 0 && ${JSON.stringify(specifiers[0])} === name) problems.push(name + " exports nothing")
  } catch (error) { problems.push(name + ": " + error.message) }
}
for (const name of ${JSON.stringify(closed)}) {
  try { await import(name); problems.push(name + " is closed, yet can be imported") }
  catch (error) { if (error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") problems.push(name + ": " + error.message) }
}
console.log(problems.join("\\n"))
process.exitCode = problems.length === 0 ? 0 : 1
`

// Declarations are checked, too: what a strict reader with \`skipLibCheck: false\` and no types of Node would meet.
const compilerOptions = (module, moduleResolution) => ({
  strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false, target: "ES2022", lib: ["ES2022", "DOM", "DOM.Iterable"], types: [],
  module, moduleResolution
})

const browser = () => createContext({
  console, setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, structuredClone, atob, btoa, fetch, Headers, Request, Response, FormData, Blob,
  File, URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, ReadableStream, WritableStream, TransformStream, Event, EventTarget,
  MessageChannel, crypto, performance
})

const kilobytes = (bytes) => (bytes / 1000).toFixed(1)

/** Bundles everything that a package exports; a module that only Node has fails, and so does code that expects \`process\`. */
const bundle = async (project, name) => {
  const shared = { bundle: true, format: "esm", platform: "browser", target: "es2022", minify: true, write: false, logLevel: "silent", absWorkingDir: project }
  const own = await build({ ...shared, entryPoints: [join(project, "node_modules", name, "dist/index.js")], packages: "external" })
  const whole = await build({
    ...shared, format: "iife", globalName: "bundle", stdin: { contents: `export * from ${JSON.stringify(name)}`, resolveDir: project }
  })
  const context = browser()
  runInContext(whole.outputFiles[0].text, context)
  if (runInContext("Object.values(bundle).length", context) === 0) throw new Error("The bundle exports nothing.")
  const sizes = ({ outputFiles: [{ contents }] }) => [contents.length, gzipSync(contents, { level: 9 }).length].map(kilobytes)
  return [...sizes(own), ...sizes(whole)]
}

/** The command as its users run it, on a given Node. */
const commandChecks = async (project, { bin, version }, node) => {
  const path = join(project, "node_modules", "@fixative/cli", bin.fixative)
  const call = (args, input) => execute(node.binary, [path, ...args], { cwd: project, input, timeout: 60_000, env: { PATH: process.env.PATH, HOME: temporary } })
  const question = JSON.stringify({ id: "1", provider: "openai", kind: "http", status: 429, http_status: 429, headers: { "retry-after": "2" },
    body: { error: { code: "rate_limit_exceeded", message: "Rate limit reached" } } })
  const cases = [
    [["--version"], "", (out) => out.includes(version)],
    [["--help"], "", (out) => ["generate", "batch", "explain", "check"].every((word) => out.includes(word))],
    [["check", "a fox"], "", (out) => out.trim() !== ""],
    [["explain", "--jsonl"], `${question}\n`, (out) => JSON.parse(out).reason === "rate_limited"]
  ]
  for (const [args, input, isRight] of cases) {
    const what = `fixative ${args.join(" ")} from its tarball on Node ${node.version}`
    const { output, status, stdout } = await call(args, input)
    const isGood = (() => {
      try {
        return isRight(stdout)
      } catch {
        return false
      }
    })()
    if (status !== 0 || !isGood) fail(what, `exit code ${status}\n${output}`)
    else pass()
  }
}

/** One package at one version of effect. `first` runs what does not depend on effect, too. */
const check = async (each, effect, nodes, isFirst) => {
  const { files, manifest, name, tarball } = each
  const at = isFirst ? name : `${name} with effect ${effect}`
  const cells = { linted: "-", attw: "-" }
  const specifiers = specifiersOf(files, manifest)
  const project = mkdtempSync(join(temporary, "project-"))
  const needs = { ...(manifest.peerDependencies?.effect === undefined ? {} : { effect }), [name]: `file:${tarball}` }
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module", dependencies: needs }))
  const siblings = built.filter((sibling) => sibling.name !== name).map((sibling) => `  "${sibling.name}": "file:${sibling.tarball}"`)
  writeFileSync(join(project, "pnpm-workspace.yaml"), `overrides:\n${siblings.join("\n")}\nstrictDepBuilds: false\n`)

  if (isFirst) {
    cells.contents = verdict(`${name}: its tarball`, contentProblems(files, manifest))
    cells.linted = succeeded(`${name}: publint`, await execute(process.execPath, [tool("publint/src/cli.js"), "run", tarball, "--strict"]))
    if (specifiers.length > 0) {
      const entries = specifiers.map((specifier) => specifier.slice(name.length + 1) || ".")
      cells.attw = succeeded(`${name}: attw`, await execute(process.execPath, [tool("@arethetypeswrong/cli/dist/index.js"), tarball,
        "--profile", "esm-only", "--no-emoji", "--no-color", "--no-definitely-typed", "--format", "ascii", "--entrypoints", ...entries]))
    }
  }

  const installed = await pnpm(["install", "--prefer-offline"], project)
  if (installed.status !== 0) {
    fail(`${at}: install in an empty project`, installed.output)
    return { ...cells, at, count: specifiers.length, oldest: skip(), pinned: skip(), node: skip(), bundler: skip() }
  }
  pass()

  if (manifest.bin !== undefined) {
    for (const [command, path] of Object.entries(manifest.bin)) {
      const target = join(project, "node_modules", name, path)
      verdict(`${at}: its command ${command}`, [
        ...(path.startsWith("./dist/") ? [] : [`${path} is not in dist`]),
        ...(existsSync(target) && readFileSync(target, "utf8").startsWith("#!/usr/bin/env node\n") ? [] : [`${path} does not start with #!/usr/bin/env node`])
      ])
      succeeded(`${at}: node_modules/.bin/${command} --version`, await execute(join(project, "node_modules/.bin", command), ["--version"], { cwd: project }))
    }
    if (manifest.bin.fixative !== undefined) for (const node of nodes) await commandChecks(project, manifest, node)
  }

  const none = { oldest: "-", pinned: "-", node: "-", bundler: "-" }
  if (specifiers.length === 0) return { ...cells, ...none, at, count: 0 }
  const closed = files.filter((file) => /^dist\/internal\/.*\.js$/.test(file)).slice(0, 1).map((file) => `${name}/${file.slice("dist/".length, -".js".length)}`)
  writeFileSync(join(project, "import.mjs"), importing(specifiers, closed))
  writeFileSync(join(project, "import.ts"), specifiers.map((specifier, index) => `import * as _${index} from ${JSON.stringify(specifier)}\nexport const $${index} = _${index}\n`).join(""))
  const types = async (module, resolution) => {
    const config = join(project, `tsconfig.${resolution}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions: compilerOptions(module, resolution), files: ["import.ts"] }))
    return succeeded(`${at}: types under ${resolution}`, await execute(process.execPath, [tool("typescript/bin/tsc"), "-p", config, "--pretty", "false"], { cwd: project }))
  }
  const [oldest, pinned] = nodes
  const result = {
    ...cells,
    at,
    count: specifiers.length,
    oldest: succeeded(`${at}: imports on Node ${oldest.version}`, await execute(oldest.binary, ["import.mjs"], { cwd: project })),
    pinned: succeeded(`${at}: imports on Node ${pinned.version}`, await execute(pinned.binary, ["import.mjs"], { cwd: project })),
    node: await types("NodeNext", "NodeNext"),
    bundler: await types("ESNext", "Bundler")
  }
  if (isFirst && !needsNode(each)) {
    try {
      result.sizes = await bundle(project, name)
      pass()
    } catch (error) {
      fail(`${name}: bundle for the browser`, error.errors?.map(({ text }) => text).join("\n") ?? `${error.name}: ${error.message}`)
    }
  }
  return result
}

// ---- all of it ----

// A file of a source that is gone would stay in dist, and turbo brings back what it has built before.
for (const { place } of all) rmSync(join(root, place, "dist"), { recursive: true, force: true })
const compiled = await execute(process.execPath, [tool("turbo/bin/turbo"), "run", "build", "--output-logs=errors-only"])
if (compiled.status !== 0) {
  console.error(compiled.output)
  console.error("pack:check: the build failed.")
  process.exit(1)
}

const tarballs = join(temporary, "tarballs")
mkdirSync(tarballs)
const built = await inParallel(2, all, async (each) => {
  const { output, status, stdout } = await pnpm(["pack", "--json", "--pack-destination", tarballs], join(root, each.place))
  if (status !== 0) throw new Error(`${each.name} could not be packed:\n${output}`)
  const tarball = JSON.parse(stdout.slice(stdout.indexOf("{"))).filename
  const packed = await execute("tar", ["xzOf", tarball, "package/package.json"])
  return { ...each, tarball, files: await filesOf(tarball), manifest: JSON.parse(packed.stdout), bytes: statSync(tarball).size }
})

const nodes = [await oldestNode(), { binary: process.execPath, version: process.versions.node }]
const versions = await effectVersions()
const jobs = versions.flatMap((effect, index) =>
  built
    .filter(({ name }) => packages.some((each) => each.name === name))
    .map((each) => ({ each, effect, isFirst: index === 0 }))
    .filter(({ each, isFirst }) => isFirst || each.manifest.peerDependencies?.effect !== undefined)
)
const results = await inParallel(2, jobs, async ({ each, effect, isFirst }) => ({ each, ...await check(each, effect, nodes, isFirst) }))

const major = (version) => version.split(".").slice(0, 2).join(".")
console.log(`\n${table([
  ["package", "files", "packed KB", "exports", "contents", `Node ${major(nodes[0].version)}`, `Node ${major(nodes[1].version)}`, "types NodeNext", "types bundler", "publint", "attw"],
  ...results.map(({ at, attw, bundler, contents = "-", count, each, linted, node, oldest, pinned }) =>
    [at, each.files.length, kilobytes(each.bytes), count, contents, oldest, pinned, node, bundler, linted, attw])
])}`)
const bundles = results.filter(({ sizes }) => sizes !== undefined)
if (bundles.length > 0) {
  console.log(`\n${table([
    ["in a browser bundle, KB", "own code", "own, gzip", "with all it needs", "with all, gzip"],
    ...bundles.map(({ at, sizes }) => [at, ...sizes])
  ])}`)
}
for (const problem of problems) console.error(`\n${problem}`)
if (reportFile !== undefined) writeFileSync(reportFile, JSON.stringify(total))
const seconds = Math.round((Date.now() - startedAt) / 1000)
console.log(`\npack:check: ${problems.length === 0 ? `${packages.length} packages can be published` : `${problems.length} of ${total.passed + total.failed} checks failed`} (${seconds} s)`)
process.exit(problems.length === 0 ? 0 : 1)
