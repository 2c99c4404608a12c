// `npm run capture`: runs what `npm start` runs, in colour, and keeps the terminal as a picture for the README.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "..")
const cwd = mkdtempSync(join(tmpdir(), "fixative-capture-"))
const { status, stdout } = spawnSync(process.execPath, [join(root, "apps/cli/src/main.ts"), "demo"], {
  cwd,
  encoding: "utf8",
  env: { PATH: process.env.PATH, HOME: process.env.HOME, FORCE_COLOR: "1" }
})
rmSync(cwd, { recursive: true, force: true })
if (status !== 0) {
  console.error(stdout)
  process.exit(1)
}

const colours = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 35: "#d2a8ff", 36: "#79c0ff" }
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** A line with its colours as `tspan`s. SGR codes only: that is all that the command writes. */
const spans = (line) => {
  let style = ""
  let out = ""
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const code = /^\u001b\[([\d;]*)m$/.exec(part)?.[1]
    if (code === undefined) out += part === "" ? "" : `<tspan${style}>${escape(part)}</tspan>`
    else if (code in colours) style = ` fill="${colours[code]}"`
    else if (code === "1") style = ` font-weight="bold"`
    else if (code === "2") style = ` fill="#8b949e"`
    else style = ""
  }
  return out
}

const width = 112
const lines = ["\u001b[2m$\u001b[0m npm start", ...stdout.trimEnd().split("\n")].flatMap((line) => {
  if (line.replace(/\u001b\[[\d;]*m/g, "").length <= width) return [line]
  const at = line.lastIndexOf(" ", width)
  return [line.slice(0, at), `      ${line.slice(at + 1)}`]
})
const height = 19
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * 8.4 + 40} ${lines.length * height + 60}" role="img" aria-label="npm start in a terminal">
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
<circle cx="22" cy="20" r="6" fill="#ff5f56"/><circle cx="42" cy="20" r="6" fill="#ffbd2e"/><circle cx="62" cy="20" r="6" fill="#27c93f"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
${lines.map((line, index) => `<text x="20" y="${52 + index * height}">${spans(line)}</text>`).join("\n")}
</g>
</svg>
`
writeFileSync(join(root, "docs/npm-start.svg"), svg)
