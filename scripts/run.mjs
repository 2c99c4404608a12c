// `node scripts/run.mjs [--from-caller] [FILE ARGS...]` on any Node >= 20 with npm: sets the workspace up if anything
// changed, then runs FILE on the pinned Node. The set-up writes to stderr only, so that the stdout of FILE stays clean.
// With `--from-caller` FILE runs in the folder that npm was called from, so that paths in ARGS are the caller's.
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, "node_modules/.bin")
// Inside node_modules, so that removing the one removes the other.
const stamp = join(root, "node_modules/.fixative-setup")
const lock = join(root, ".fixative-setup.lock")

const fingerprint = () => {
  const members = ["packages", "apps"].flatMap((dir) =>
    readdirSync(join(root, dir)).sort().map((name) => join(dir, name, "package.json"))
  )
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`)
  for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ...members].map((name) => join(root, name))) {
    if (existsSync(file)) hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file))
  }
  return hash.digest("hex")
}

const isReady = (wanted) =>
  existsSync(join(bin, "node")) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted

const sleep = (millis) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis)

/** Two first runs at the same moment must not install into one folder; a lock older than ten minutes is a dead one. */
const withLock = (install) => {
  const giveUpAt = Date.now() + 10 * 60_000
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" })
      break
    } catch (error) {
      if (error.code !== "EEXIST") throw error
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
      if (age > 10 * 60_000 || Date.now() > giveUpAt) rmSync(lock, { force: true })
      else sleep(200)
    }
  }
  try {
    return install()
  } finally {
    rmSync(lock, { force: true })
  }
}

const wanted = fingerprint()
if (!isReady(wanted)) {
  const status = withLock(() => {
    if (isReady(wanted)) return 0 // another run did it while this one waited
    const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    const install = spawnSync("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], {
      cwd: root,
      stdio: ["ignore", 2, 2],
      env: { ...process.env, CI: "true", npm_config_loglevel: "error" },
      shell: process.platform === "win32"
    })
    if (install.status === 0) writeFileSync(stamp, wanted)
    return install.status ?? 1
  })
  if (status !== 0) {
    console.error("Set-up failed: see above.")
    process.exit(status)
  }
}

const given = process.argv.slice(2)
const isFromCaller = given[0] === "--from-caller"
const [file, ...args] = isFromCaller ? given.slice(1) : given
if (file) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", PATH: bin + delimiter + process.env.PATH }
  const child = spawn(join(bin, "node"), [resolve(root, file), ...args], {
    stdio: "inherit",
    env,
    cwd: isFromCaller ? process.env.INIT_CWD ?? process.cwd() : process.cwd()
  })
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT")) // a terminal has told the whole group already
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  const parent = process.ppid // npm killed with SIGKILL tells nobody: notice, and end the child
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 250).unref()
  child.on("error", (error) => {
    console.error(`Could not start the pinned Node: ${error.message}`)
    process.exit(1)
  })
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}
