/** The timeline: a bar a prompt, whose moments open as a list, so that nothing is told by colour or by hovering alone. */
import * as Manifest from "../batch/Manifest.ts"
import { duration, plural, shorten } from "../ui/format.ts"
import type { Lane, Run, Stretch } from "./lanes.ts"
import { clip, html, type Markup } from "./markup.ts"
import type { Moment } from "./read.ts"
import * as Words from "./words.ts"

/** Chromium did not paint 2,000 of them within half a minute. */
export const maxLanes = 500

/** Pixels that a bar of middling length is to have, and the widest chart that one scrolls through. */
const barPixels = 70
const maxPixels = 3000
const minPixels = 280

const spanOf = ({ from, to }: Run): number => Math.max(1, to - from)

const chartPixels = (run: Run): number => {
  const lengths = run.lanes.map(({ from, to }) => to - from).sort((left, right) => left - right)
  const middle = Math.max(1, lengths[Math.floor(lengths.length / 2)] ?? 1)
  return Math.round(Math.min(maxPixels, Math.max(minPixels, spanOf(run) / middle * barPixels)))
}

const steps = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000]

const tickStep = (run: Run): number => {
  const wanted = spanOf(run) / Math.max(3, chartPixels(run) / 80)
  return steps.find((step) => step >= wanted) ?? Math.ceil(wanted / 3_600_000) * 3_600_000
}

/** Numbers alone: what a manifest says in words never reaches the style sheet. */
export const styles = (runs: ReadonlyArray<Run>): string =>
  runs.map((run, index) => {
    const step = (tickStep(run) / spanOf(run) * 100).toFixed(4)
    return `.run-${index}{--chart:${chartPixels(run)}px}.run-${index} .track{background-image:repeating-linear-gradient(to right,var(--grid) 0 1px,transparent 1px ${step}%)}`
  }).join("")

const at = (run: Run, time: number): string => `${((time - run.from) / spanOf(run) * 100).toFixed(3)}%`

const tickLabel = (millis: number): string => {
  if (millis === 0) return "0"
  if (millis < 60_000) return `${millis / 1000} s`
  return millis < 3_600_000 ? `${millis / 60_000} min` : `${Number((millis / 3_600_000).toFixed(2))} h`
}

const axis = (run: Run): Markup => {
  const step = tickStep(run)
  const ticks = Array.from({ length: Math.floor(spanOf(run) / step) + 1 }, (_, index) => index * step)
  return html`<div class="axis" aria-hidden="true"><span class="label"></span><svg class="track">${
    ticks.map((tick) => html`<text x="${at(run, run.from + tick)}" y="14" dx="3">${tickLabel(tick)}</text>`)
  }</svg></div>`
}

/** Wide enough for a word of `size` pixels on every screen, on wide ones only, or on none. */
const roomFor = (run: Run, { from, to }: Stretch, size: number): "always" | "wide" | "never" => {
  const share = (to - from) / spanOf(run)
  if (share * chartPixels(run) >= size) return "always"
  return share * 760 >= size ? "wide" : "never"
}

const stretch = (run: Run) => (item: Stretch): Markup => {
  const width = `${((item.to - item.from) / spanOf(run) * 100).toFixed(3)}%`
  const long = duration(Math.max(0, item.to - item.from))
  if (item.kind === "attempt") {
    return html`<rect class="attempt" x="${at(run, item.from)}" y="6" width="${width}" height="14" rx="2"><title>attempt, ${long}</title></rect>`
  }
  const { label, text } = Words.waitOf(item.why)
  const room = roomFor(run, item, label.length * 6 + 8)
  return html`<rect class="wait" x="${at(run, item.from)}" y="8" width="${width}" height="10" fill="url(#wait-${Words.waitKind(item.why)})"><title>waits ${long}: ${text}</title></rect>${
    room !== "never" && html`<text class="why${room === "wide" && " wide"}" x="${at(run, (item.from + item.to) / 2)}" y="16.5">${label}</text>`
  }`
}

const failure = (run: Run) => (moment: Moment): Markup =>
  html`<use href="#mark-${moment.mayBeBilled === true ? "billed" : "failure"}" x="${at(run, moment.at)}" y="13"><title>${failureText(moment)}</title></use>`

const failureText = ({ mayBeBilled, reason, requestId, rule }: Moment): string =>
  [
    `failed: ${Words.reason(reason ?? "unknown")}`,
    mayBeBilled === true ? "may have been billed" : "",
    rule === undefined ? "" : `rule ${rule}`,
    requestId ?? ""
  ].filter((part) => part !== "").join(", ")

const momentText = (moment: Moment): string => {
  if (moment.event === "sent") return "sent"
  if (moment.event === "failed") return failureText(moment)
  if (moment.event === "waiting") return `waits ${duration(moment.millis ?? 0)}: ${Words.waitOf(moment.why).text}`
  return moment.event
}

const moments = (lane: Lane): Markup =>
  html`<ol class="moments">${
    lane.moments.map((moment) => html`<li class="${moment.event === "failed" && "bad"}"><span class="time">+${duration(Math.max(0, moment.at - lane.from))}</span> <span dir="auto">${clip(momentText(moment), 300)}</span></li>`)
  }<li class="end"><span class="time">+${duration(lane.to - lane.from)}</span> <span>${Words.statuses[lane.status]}</span></li></ol>${
    lane.moments.length >= Manifest.maxMoments && html`<p class="note">The manifest keeps the first ${Manifest.maxMoments} moments of a prompt.</p>`
  }`

const count = (lane: Lane, event: string): number => lane.moments.filter((moment) => moment.event === event).length

/** The bar in words. */
const sentence = (lane: Lane): string => {
  const waits = count(lane, "waiting")
  return [
    plural(count(lane, "sent"), "attempt"),
    lane.failures.length === 0 ? "" : plural(lane.failures.length, "failure"),
    waits === 0 ? "" : plural(waits, "wait"),
    lane.status === "unanswered" ? Words.statuses.unanswered : `${Words.statuses[lane.status]} after ${duration(lane.to - lane.from)}`
  ].filter((part) => part !== "").join(", ")
}

const classes = (lane: Lane): string =>
  [
    "lane",
    lane.status === "made" ? "is-made" : "",
    lane.failures.length > 0 ? "has-failure" : "",
    count(lane, "waiting") > 0 ? "has-wait" : "",
    lane.status === "unanswered" || lane.failures.some(({ mayBeBilled }) => mayBeBilled === true) ? "has-billed" : ""
  ].filter((name) => name !== "").join(" ")

const mark = (name: string): Markup => html`<svg class="mark" viewBox="-8 -8 16 16" aria-hidden="true"><use href="#mark-${name}"/></svg>`

const laneOf = (run: Run) => (lane: Lane): Markup =>
  html`<details class="${classes(lane)}"><summary><span class="label">${mark(lane.status)}<span class="id">${lane.id}</span> <span class="prompt" dir="auto">${
    shorten(lane.prompt, 70)
  }</span></span><svg class="track" role="img" aria-label="${sentence(lane)}"><line class="thread" x1="${at(run, lane.from)}" x2="${at(run, lane.to)}" y1="13" y2="13"/>${
    lane.stretches.map(stretch(run))
  }${lane.failures.map(failure(run))}<use href="#mark-${lane.status}" x="${at(run, lane.to)}" y="13"><title>${sentence(lane)}</title></use></svg></summary><div class="more"><p>${
    sentence(lane)
  }</p>${moments(lane)}</div></details>`

const runOf = (several: boolean) => (run: Run, index: number): Markup =>
  html`<section class="run run-${index}">${
    several && html`<h3>Run ${index + 1}: ${Words.instant(run.from)}, ${duration(run.to - run.from)}</h3>`
  }${axis(run)}${run.lanes.map(laneOf(run))}</section>`

const pattern = (name: string, path: string): Markup =>
  html`<pattern id="wait-${name}" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ground" width="6" height="6"/><path class="ink" d="${path}"/></pattern>`

/** Shapes are drawn once around (0, 0) and used by name. */
export const definitions: Markup = html`<svg class="definitions" aria-hidden="true"><defs>${[
  pattern("backoff", "M-1 7 7-1M-1 1 1-1M5 7 7 5"),
  pattern("provider", "M-1-1 7 7M5-1 7 1M-1 5 1 7"),
  pattern("circuit", "M1.5 0V6M4.5 0V6"),
  pattern("pacing", "M2 3H4"),
  pattern("hint", "M0 3H6"),
  pattern("other", "M0 0")
]}<g id="mark-made" class="made"><circle r="6.5"/><path class="cut" d="M-3 0-1 2.5 3.2-2.2"/></g>
<g id="mark-refused" class="refused"><rect x="-6" y="-6" width="12" height="12" rx="1.5"/><path class="cut" d="M-3.5 0H3.5"/></g>
<g id="mark-invalid" class="invalid"><path d="M0-7.5 7.5 0 0 7.5-7.5 0Z"/><path class="cut" d="M0-3.5V.8M0 3V3.4"/></g>
<g id="mark-failed" class="failed"><path d="M0-7 7.5 6H-7.5Z"/><path class="cut" d="M0-3V2M0 4V4.3"/></g>
<g id="mark-unanswered" class="unanswered"><circle r="6"/><path d="M-1.8-1.8C-1.6-4 2-3.8 1.8-1.4 1.6 0 0 0 0 1.4M0 3.3V3.6"/></g>
<g id="mark-failure" class="failure"><path class="halo" d="M-4-4 4 4M4-4-4 4"/><path d="M-4-4 4 4M4-4-4 4"/></g>
<g id="mark-billed" class="failure"><circle class="halo" r="6.5"/><circle r="6.5"/><path d="M-2.6-2.6 2.6 2.6M2.6-2.6-2.6 2.6"/></g></defs></svg>`

const legend: Markup = html`<ul class="legend" aria-label="Legend"><li><svg class="swatch" aria-hidden="true"><rect class="attempt" y="2" width="28" height="12" rx="2"/></svg>attempt</li><li><svg class="swatch" aria-hidden="true"><line class="thread" x2="28" y1="8" y2="8"/></svg>in line</li><li>${
  mark("failure")
}attempt failed</li><li>${mark("billed")}failed, may have been billed</li>${
  Object.entries(Words.waits).map(([name, { text }]) =>
    name !== "other" && html`<li><svg class="swatch" aria-hidden="true"><rect class="wait" y="3" width="28" height="10" fill="url(#wait-${name})"/></svg>waits: ${text}</li>`
  )
}${Object.entries(Words.statuses).map(([name, text]) => html`<li>${mark(name)}${text}</li>`)}</ul>`

const filters: ReadonlyArray<readonly [string, string]> = [["all", "all"], ["unmade", "not made"], ["failure", "failed on the way"], ["wait", "waited"], ["billed", "may be billed twice"]]

/** Without a script: the style sheet looks which one is checked. */
const filter: Markup = html`<fieldset class="filter"><legend>Show</legend>${
  filters.map(([name, text], index) => html`<label><input type="radio" name="lanes" id="show-${name}"${index === 0 && html` checked`}>${text}</label>`)
}</fieldset>`

export const section = (runs: ReadonlyArray<Run>, notShown: number): Markup =>
  html`<section id="timeline" class="timeline"><h2>Timeline</h2>${
    runs.length === 0
      ? html`<p>This manifest has no times: it was written by an earlier version, or nothing was sent.</p>`
      : html`<p>A line a prompt; open one to read its moments. Times count from ${Words.instant(runs[0]?.from ?? 0)}${runs.length > 1 && ", and in each run from its own start"}.</p>${legend}${filter}${
        notShown > 0 && html`<p class="notice">${Words.count(notShown)} more prompts have no line here: the first ${Words.count(maxLanes)} have.</p>`
      }<div class="scroll" role="region" aria-label="Timeline, scrolls" tabindex="0">${runs.map(runOf(runs.length > 1))}</div>`
  }</section>`
