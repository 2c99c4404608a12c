// `npm test`: every check and every test that needs no outside server, in order of speed, with one line at the end that
// counts them all.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "..")
const only = process.argv.slice(2)
const temporary = mkdtempSync(join(tmpdir(), "fixative-check-"))
const report = join(temporary, "vitest.json")

const node = (...args) => [process.execPath, ...args]
const bin = (path) => join(root, "node_modules", path)

const checks = [
  { name: "lint", command: node(bin("oxlint/bin/oxlint"), "--quiet") },
  { name: "floors: imports point down", command: node(join(root, "scripts/floors.mjs")) },
  { name: "types", command: node(bin("typescript/bin/tsc"), "-p", "tsconfig.json") },
  { name: "documents", command: node(join(root, "scripts/docs.mjs")) }
]
const tests = node(bin("vitest/vitest.mjs"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...only)

const run = ([file, ...args]) => spawnSync(file, args, { cwd: root, stdio: "inherit" }).status === 0

const total = { passed: 0, failed: 0, skipped: 0 }
for (const { command, name } of only.length === 0 ? checks : []) {
  const isGood = run(command)
  total[isGood ? "passed" : "failed"] += 1
  console.log(`${isGood ? "ok    " : "FAILED"} ${name}`)
}

const isGood = run(tests)
try {
  const { numFailedTests, numPassedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, "utf8"))
  total.passed += numPassedTests
  total.failed += numFailedTests
  total.skipped += numPendingTests + numTodoTests
  // A file that fails to load has no failed test to count.
  total.failed += testResults.filter(({ assertionResults, status }) => status === "failed" && assertionResults.every((test) => test.status !== "failed")).length
} catch (error) {
  console.error(`No report of the tests: ${error.message}`)
  total.failed += 1
}
if (!isGood && total.failed === 0) total.failed += 1
rmSync(temporary, { recursive: true, force: true })

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)
