/** The images: small ones in the page, each a link to its file. */
import { shorten, usd } from "../ui/format.ts"
import { clip, html, type Markup } from "./markup.ts"
import * as Model from "./model.ts"
import type { Row } from "./read.ts"
import { maxThumbnails, type Thumbnail } from "./thumbnails.ts"
import * as Words from "./words.ts"

const picture = (row: Row, file: string, thumbnail: Thumbnail): Markup => {
  if (thumbnail._tag === "Unusable") return html`<div class="missing"><strong>No picture</strong><span>${thumbnail.why}</span><code>${clip(file, 120)}</code></div>`
  const { dataUri, hasAlpha, height, href, width } = thumbnail
  return html`<a${hasAlpha && html` class="clear"`} href="${href}" target="_blank" rel="noopener"><img src="${dataUri}" width="${width}" height="${height}" alt="${clip(row.prompt, 1000)}" loading="lazy" decoding="async"></a>`
}

const facts = (row: Row): string =>
  [
    row.width === undefined || row.height === undefined ? "" : `${row.width} × ${row.height}`,
    row.model ?? "",
    (row.attempts ?? 0) > 1 ? `${row.attempts} attempts` : "",
    row.cost === undefined ? "" : usd(row.cost.usd)
  ].filter((fact) => fact !== "").join(" · ")

/** Enough to know a prompt by; the whole of it opens. */
const captionLength = 140

const caption = (prompt: string): Markup =>
  prompt.length <= captionLength
    ? html`<span dir="auto">${prompt}</span>`
    : html`<span dir="auto">${shorten(prompt, captionLength)}</span><details><summary>whole prompt</summary><span dir="auto">${clip(prompt, 10_000)}</span></details>`

const figure = (row: Row, file: string, thumbnail: Thumbnail, place: string): Markup =>
  html`<li><figure>${picture(row, file, thumbnail)}<figcaption><span class="id">${row.id}${place}</span> ${caption(row.prompt)}${
    row.revisedPrompt !== undefined && row.revisedPrompt !== row.prompt && html`<details><summary>revised by the provider</summary><span dir="auto">${clip(row.revisedPrompt, 2000)}</span></details>`
  }${(row.warnings ?? []).map((warning) => html`<span class="warning" dir="auto">${clip(warning, 300)}</span>`)}<span class="facts">${facts(row)}</span></figcaption></figure></li>`

const entry = (thumbnails: ReadonlyMap<string, Thumbnail>) => (row: Row): ReadonlyArray<Markup> => {
  const files = Model.files(row)
  return files.flatMap((file, index) => {
    const thumbnail = thumbnails.get(file)
    return thumbnail === undefined ? [] : [figure(row, file, thumbnail, files.length > 1 ? ` (${index + 1} of ${files.length})` : "")]
  })
}

export const section = (rows: ReadonlyArray<Row>, thumbnails: ReadonlyMap<string, Thumbnail>, images: number): Markup => {
  const figures = rows.flatMap(entry(thumbnails))
  const notShown = images - figures.length
  return html`<section id="images"><h2>Images</h2>${
    figures.length === 0 ? html`<p>No image was made.</p>` : html`<ul class="gallery">${figures}</ul>`
  }${notShown > 0 && html`<p class="notice">${Words.count(notShown)} more images are in the folder and not shown here: a page shows ${Words.count(maxThumbnails)} at most.</p>`}</section>`
}
