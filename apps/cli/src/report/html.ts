/** The report as one page that needs nothing but itself. */
import { createHash } from "node:crypto"
import { duration, plural, usd } from "../ui/format.ts"
import * as Gallery from "./gallery.ts"
import * as Lanes from "./lanes.ts"
import { clip, html, type Markup, trusted } from "./markup.ts"
import * as Model from "./model.ts"
import type { Content, Row, Unanswered, Unreadable } from "./read.ts"
import { style } from "./style.ts"
import type { Thumbnail } from "./thumbnails.ts"
import * as Timeline from "./timeline.ts"
import * as Words from "./words.ts"

export interface Page {
  /** The folder's name, as it is shown. */
  readonly title: string
  readonly content: Content
  readonly totals: Model.Totals
  readonly thumbnails: ReadonlyMap<string, Thumbnail>
}

/** Texts in a table; pictures have a bound of their own. */
const maxTexts = 2000

const tile = (name: string, value: string, note: string | undefined, kind = ""): Markup =>
  html`<div class="tile ${kind}"><dt>${name}</dt><dd>${value}${note !== undefined && note !== "" && html`<small>${note}</small>`}</dd></div>`

const kindIf = (count: number, kind: string): string => count > 0 ? kind : "none"

const tiles = (totals: Model.Totals): Markup =>
  html`<dl class="tiles">${[
    tile("Made", Words.count(totals.made), `of ${plural(totals.prompts, "prompt")}, ${plural(totals.images, "image")}`, kindIf(totals.made, "made")),
    tile("Refused", Words.count(totals.refused), totals.refused > 0 ? "for what the prompt asks" : "", kindIf(totals.refused, "refused")),
    tile("Invalid", Words.count(totals.invalid), totals.invalid > 0 ? "the request is wrong" : "", kindIf(totals.invalid, "invalid")),
    tile("Failed", Words.count(totals.failed), undefined, kindIf(totals.failed, "failed")),
    ...totals.unanswered > 0 ? [tile("No answer kept", Words.count(totals.unanswered), "may have been sent", "unanswered")] : [],
    tile("Attempts", Words.count(totals.attempts), "requests sent"),
    tile("Waits", Words.count(totals.waits), totals.waits > 0 ? `${duration(totals.waitedMillis)} over all prompts` : ""),
    tile("Spent", usd(totals.spentUsd), totals.unpriced > 0 ? `and ${plural(totals.unpriced, "prompt")} of unknown price` : ""),
    tile(
      "Possible double cost",
      totals.ambiguousAttempts === 0 ? "none" : totals.possibleExtraUsd === 0 ? "unknown" : usd(totals.possibleExtraUsd),
      totals.ambiguousAttempts === 0 ? "" : `at most, for ${plural(totals.ambiguousAttempts, "attempt")} that may have been billed`,
      kindIf(totals.ambiguousAttempts, "refused")
    )
  ]}</dl>`

const share = (totals: Model.Totals): Markup => {
  const parts = ([["made", totals.made], ["refused", totals.refused], ["invalid", totals.invalid], ["failed", totals.failed], ["unanswered", totals.unanswered]] as const)
    .filter(([, count]) => count > 0)
  const all = parts.reduce((total, [, count]) => total + count, 0)
  let x = 0
  const label = parts.map(([name, count]) => `${count} ${Words.statuses[name]}`).join(", ")
  return html`<svg class="share" role="img" aria-label="${label}">${parts.map(([name, count]) => {
    const from = x
    x += count / all * 100
    return html`<rect class="${name}" x="${from.toFixed(3)}%" width="${(count / all * 100).toFixed(3)}%" height="100%"><title>${count} ${Words.statuses[name]}</title></rect>`
  })}</svg>`
}

const when = ({ endedAt, startedAt }: Model.Totals): Markup =>
  startedAt === undefined || endedAt === undefined
    ? html``
    : html`<p class="when"><time datetime="${new Date(startedAt).toISOString()}">${Words.instant(startedAt)}</time> to <time datetime="${new Date(endedAt).toISOString()}">${
      Words.instant(endedAt)
    }</time> (${duration(endedAt - startedAt)})</p>`

const notRead = (lines: ReadonlyArray<Unreadable>): Markup =>
  html`<section class="notice" id="unreadable"><h2>${plural(lines.length, "line")} of the manifest could not be read</h2><p>Everything else is shown.</p><ul>${
    lines.slice(0, maxTexts).map(({ line, why }) => html`<li>Line ${line}: <span dir="auto">${why}</span></li>`)
  }</ul></section>`

const problem = ({ error, id, prompt, requestId, status }: Row): Markup => {
  const request = error?.requestId ?? requestId
  return html`<li class="problem ${status}"><h3><svg class="mark" viewBox="-8 -8 16 16" aria-hidden="true"><use href="#mark-${status}"/></svg>${Words.statuses[status]}: ${
    Words.reason(error?.reason ?? "unknown")
  } <span class="id">${id}</span></h3><blockquote dir="auto">${clip(prompt, 1000)}</blockquote>${
    error?.remedy !== undefined && html`<p class="remedy"><strong>What to do</strong> <span dir="auto">${clip(error.remedy, 1000)}</span></p>`
  }<dl class="facts">${[
    error?.rule !== undefined && html`<div><dt>Rule</dt><dd><code>${clip(error.rule, 200)}</code></dd></div>`,
    request !== undefined && html`<div><dt>Request</dt><dd><code>${clip(request, 200)}</code></dd></div>`
  ]}</dl>${error?.message !== undefined && html`<details><summary>The error in full</summary><p dir="auto">${clip(error.message, 4000)}</p></details>`}</li>`
}

const lost = ({ attempts, id, prompt, sentAt }: Unanswered): Markup =>
  html`<li class="problem unanswered"><h3><svg class="mark" viewBox="-8 -8 16 16" aria-hidden="true"><use href="#mark-unanswered"/></svg>may have been sent, no answer kept <span class="id">${id}</span></h3>${
    prompt !== undefined && html`<blockquote dir="auto">${clip(prompt, 1000)}</blockquote>`
  }<p>${plural(attempts, "attempt")}${sentAt !== undefined && `, the last at ${Words.instant(sentAt)}`}. The batch ended before an answer was written down; the provider may have made and billed the image.</p></li>`

const order = { failed: 0, refused: 1, invalid: 2, made: 3 } as const

const problems = ({ rows, unanswered }: Content): Markup => {
  const unmade = rows.filter(({ status }) => status !== "made").sort((left, right) => order[left.status] - order[right.status])
  const all = [...unanswered.map((item) => () => lost(item)), ...unmade.map((row) => () => problem(row))]
  return html`<section id="unmade"><h2>Not made, and why</h2>${
    all.length === 0 ? html`<p>Every prompt was made.</p>` : html`<ul class="problems">${all.slice(0, maxTexts).map((item) => item())}</ul>`
  }${all.length > maxTexts && html`<p class="notice">${Words.count(all.length - maxTexts)} more are in the manifest.</p>`}</section>`
}

const met = (rows: ReadonlyArray<Row>): Markup => {
  const all = Model.met(rows)
  return all.length === 0 ? html`` : html`<section id="met"><h2>Failures on the way</h2><p>Of every attempt, also of prompts that were made in the end.</p><div class="scroll" role="region" aria-label="Failures, scrolls" tabindex="0"><table><thead><tr><th scope="col">Reason</th><th scope="col">Rule</th><th scope="col" class="number">Times</th><th scope="col" class="number">May have been billed</th></tr></thead><tbody>${
    all.slice(0, maxTexts).map(({ billed, count, reason, rule }) =>
      html`<tr><th scope="row">${Words.reason(clip(reason, 80))}</th><td><code>${clip(rule, 120)}</code></td><td class="number">${Words.count(count)}</td><td class="number">${Words.count(billed)}</td></tr>`
    )
  }</tbody></table></div></section>`
}

const costRow = (cost: Model.ModelCost): Markup =>
  html`<tr><th scope="row">${clip(cost.model, 80)}<small>${clip(cost.provider, 80)}</small></th><td class="number">${Words.count(cost.images)}</td><td class="number">${
    cost.bases.length === 0 ? "unknown" : usd(cost.usd)
  }${cost.unpriced > 0 && cost.bases.length > 0 && html`<small>and ${plural(cost.unpriced, "prompt")} of unknown price</small>`}</td><td>${
    cost.bases.length === 0 ? "no price known" : cost.bases.join(", ")
  }</td><td>${cost.pricesAsOf.join(", ")}</td><td class="number">${Words.count(cost.ambiguousAttempts)}</td><td class="number">${
    cost.ambiguousAttempts === 0 ? "none" : cost.possibleExtraUsd === 0 ? "unknown" : `up to ${usd(cost.possibleExtraUsd)}`
  }</td></tr>`

const costs = (rows: ReadonlyArray<Row>): Markup =>
  html`<section id="cost"><h2>Cost</h2><p><b>usage</b>: from the tokens that the provider counted. <b>estimate</b>: from the printed price of an image. The provider's bill decides.</p><div class="scroll" role="region" aria-label="Cost by model, scrolls" tabindex="0"><table><thead><tr><th scope="col">Model</th><th scope="col" class="number">Images</th><th scope="col" class="number">USD</th><th scope="col">Basis</th><th scope="col">Prices of</th><th scope="col" class="number">Attempts that may have been billed</th><th scope="col" class="number">What they may have cost</th></tr></thead><tbody>${
    Model.costs(rows).map(costRow)
  }</tbody></table></div></section>`

const lanesOf = ({ rows, unanswered }: Content): ReadonlyArray<Lanes.Lane> =>
  [...rows.map(Lanes.ofRow), ...unanswered.map(Lanes.ofUnanswered)].filter((lane) => lane !== undefined)

export const page = ({ content, thumbnails, title, totals }: Page): string => {
  const lanes = lanesOf(content)
  const runs = Lanes.runs(lanes.slice(0, Timeline.maxLanes))
  const css = style + Timeline.styles(runs)
  // No script, no network: pictures are in the page, and its one style sheet is known by its hash.
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${createHash("sha256").update(css).digest("base64")}'; base-uri 'none'; form-action 'none'`
  const unmade = totals.prompts - totals.made
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}: ${totals.made} of ${plural(totals.prompts, "prompt")} made</title>
<style>${trusted(css)}</style>
</head>
<body>
<a class="skip" href="#images">Skip to the images</a>
${Timeline.definitions}
<header><p class="brand">Fixative batch report</p><h1 dir="auto">${title}</h1>${when(totals)}${share(totals)}${tiles(totals)}</header>
<nav aria-label="Sections"><a href="#images">Images</a><a href="#unmade">Not made${unmade > 0 && ` (${Words.count(unmade)})`}</a><a href="#timeline">Timeline</a><a href="#cost">Cost</a></nav>
<main>
${content.unreadable.length > 0 && notRead(content.unreadable)}
${Gallery.section(content.rows, thumbnails, totals.images)}
${problems(content)}
${Timeline.section(runs, Math.max(0, lanes.length - Timeline.maxLanes))}
${met(content.rows)}
${costs(content.rows)}
</main>
</body>
</html>
`.text
}
