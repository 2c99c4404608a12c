// Holds the documents to their word: every TypeScript fence of a README and every `@example` is type-checked as a program
// of its own, and run where it asserts (`expression // => value`). Links between files must lead somewhere.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "..")
const node = process.execPath
const problems = []

const documents = ["README.md", "CONTRIBUTING.md", ...globSync("{packages,apps}/*/README.md", { cwd: root }), ...globSync("docs/**/*.md", { cwd: root })]
const sources = globSync("packages/*/src/**/*.ts", { cwd: root })

/** The package that a file belongs to: its fences resolve their imports from there. */
const homeOf = (file) => /^(packages|apps)\/[^/]+/.exec(file)?.[0] ?? "."

const lineOf = (text, index) => text.slice(0, index).split("\n").length

const fencesOf = (file) => {
  const text = readFileSync(join(root, file), "utf8")
  if (file.endsWith(".md")) {
    return [...text.matchAll(/^```ts\b[^\n]*\n([\s\S]*?)^```/gm)].map((match) => ({ file, line: lineOf(text, match.index) + 1, code: match[1] }))
  }
  return [...text.matchAll(/^ *\* ```ts\b[^\n]*\n([\s\S]*?)^ *\* ```/gm)].map((match) => ({
    file,
    line: lineOf(text, match.index) + 1,
    code: match[1].replace(/^ *\* ?/gm, "")
  }))
}

/** `expression // => value` becomes an assertion. */
const withAssertions = (code) => {
  if (!/^(?! *\/\/).*\S.* \/\/ => /m.test(code)) return { code, isRun: false }
  const body = code.replace(/^(?! *\/\/)(.*\S) \/\/ => (.+)$/gm, (_, expression, value) =>
    `__assert.deepStrictEqual(await (${expression.replace(/;$/, "")}), ${value})`)
  return { code: `import * as __assert from "node:assert"\n${body}`, isRun: true }
}

for (const home of [".", ...globSync("{packages,apps}/*", { cwd: root })]) rmSync(join(root, home, ".docs"), { recursive: true, force: true })

const fences = [...documents.filter((file) => existsSync(join(root, file))), ...sources].flatMap(fencesOf)
const written = fences.map((fence) => {
  const directory = join(root, homeOf(fence.file), ".docs")
  mkdirSync(directory, { recursive: true })
  const name = `${basename(dirname(fence.file))}-${basename(fence.file).replaceAll(".", "-")}-${fence.line}.ts`.replace(/^\.-/, "")
  const { code, isRun } = withAssertions(fence.code)
  const path = join(directory, name)
  writeFileSync(path, `${code}\nexport {}\n`)
  return { ...fence, path, isRun }
})

const checked = spawnSync(node, [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "tsconfig.docs.json"), "--pretty", "false"], { cwd: root, encoding: "utf8" })
if (checked.status !== 0) {
  for (const line of checked.stdout.split("\n").filter((line) => line !== "")) {
    const fence = written.find(({ path }) => line.startsWith(path.slice(root.length + 1)))
    problems.push(fence === undefined ? line : `${fence.file}, fence at line ${fence.line}: ${line.replace(/^[^:]*: /, "")}`)
  }
}

for (const fence of written.filter(({ isRun }) => isRun)) {
  const run = spawnSync(node, [fence.path], { cwd: dirname(fence.path), encoding: "utf8", timeout: 60_000, env: { PATH: process.env.PATH } })
  if (run.status !== 0) problems.push(`${fence.file}, fence at line ${fence.line}: ${run.stderr.trim().split("\n").slice(0, 8).join("\n  ")}`)
}

for (const file of documents.filter((name) => existsSync(join(root, name)))) {
  const text = readFileSync(join(root, file), "utf8").replace(/^```[\s\S]*?^```/gm, "")
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)|<img[^>]+src="([^"]+)"/g)) {
    if (target === undefined || /^(https?:|mailto:|#)/.test(target)) continue
    if (!existsSync(join(root, dirname(file), target.split("#")[0]))) problems.push(`${file}: the link ${target} leads nowhere`)
  }
}

if (problems.length === 0) {
  for (const home of new Set(written.map(({ file }) => homeOf(file)))) rmSync(join(root, home, ".docs"), { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
console.log(`${written.length} fences type-checked, ${written.filter(({ isRun }) => isRun).length} run`)
process.exit(problems.length === 0 ? 0 : 1)
