// `npm test`: every check and every test that needs no outside server, in order of speed, with one line at the end that
// counts them all. `npm test -- --pack` goes on to `npm run pack:check` and counts its checks, too; CI calls that.
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "..")
const isPacking = process.argv.includes("--pack")
const only = process.argv.slice(2).filter((argument) => argument !== "--pack")
const temporary = mkdtempSync(join(tmpdir(), "fixative-check-"))
const report = join(temporary, "vitest.json")
const packReport = join(temporary, "pack.json")

const node = (...args) => [process.execPath, ...args]
const bin = (path) => join(root, "node_modules", path)

const checks = [
  { name: "lint", command: node(bin("oxlint/bin/oxlint"), "--quiet") },
  { name: "changesets", command: node(join(root, "scripts/changeset-check.mjs")) },
  { name: "floors: imports point down", command: node(join(root, "scripts/floors.mjs")) },
  { name: "knip: nothing unused", command: node(bin("knip/bin/knip.js"), "--treat-config-hints-as-errors") },
  { name: "types", command: node(bin("typescript/bin/tsc"), "-p", "tsconfig.json") },
  { name: "documents", command: node(join(root, "scripts/docs.mjs")) }
]
const tests = node(bin("vitest/vitest.mjs"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...only)

const statusOf = ([file, ...args]) => spawnSync(file, args, { cwd: root, stdio: "inherit" }).status
/** A check that cannot be made here (there is no git history, say) says why and exits with this code. */
const skipped = 77

const total = { passed: 0, failed: 0, skipped: 0 }
for (const { command, name } of only.length === 0 ? checks : []) {
  const status = statusOf(command)
  const outcome = status === 0 ? "passed" : status === skipped ? "skipped" : "failed"
  total[outcome] += 1
  console.log(`${{ passed: "ok    ", failed: "FAILED", skipped: "skip  " }[outcome]} ${name}`)
}

const isGood = statusOf(tests) === 0
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

if (isPacking) {
  const isPublishable = statusOf(node(join(root, "scripts/pack-check.mjs"), `--report=${packReport}`)) === 0
  // One that ended before it could count is one that failed.
  const counts = existsSync(packReport) ? JSON.parse(readFileSync(packReport, "utf8")) : { passed: 0, failed: 0, skipped: 0 }
  if (!isPublishable && counts.failed === 0) counts.failed = 1
  for (const outcome of Object.keys(total)) total[outcome] += counts[outcome]
}
rmSync(temporary, { recursive: true, force: true })

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)
