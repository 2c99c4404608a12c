/** The lettered label at the foot of a drawn picture: the prompt, wrapped, and what was asked for. */
import type { Sharp, SharpOptions } from "sharp"

/** The part of sharp that is used here. */
export type SharpFactory = (input: Uint8Array | SharpOptions) => Sharp

export interface Lettering {
  readonly sharp: SharpFactory
  readonly fontFile: string
  readonly has: (character: string) => boolean
}

export interface Label {
  readonly prompt: string
  readonly footnote: string
  readonly width: number
  readonly height: number
}

/** A picture to lay over another one. */
export interface Overlay {
  readonly input: Uint8Array
  readonly left: number
  readonly top: number
}

const escapeMarkup = (text: string) =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

// Control and format characters, other spaces, and the blank Braille pattern leave no ink.
const inkless = /[\p{C}\p{Z}\u2800]/u

const codePoint = (character: string) =>
  `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`

/** One line of text in which every character can be seen: what the font lacks becomes its code point. */
export const drawable = (text: string, has: Lettering["has"]): string => {
  const line = text.replace(/\s+/gu, " ").trim()
  if (line === "") return "(blank)"
  return Array.from(line, (character) =>
    character === " " || (has(character) && !inkless.test(character)) ? character : codePoint(character)
  ).join("")
}

/** Cuts at a word, so that the text has at most this many characters. */
const shorten = (text: string, most: number): string => {
  const characters = Array.from(text)
  if (characters.length <= most) return text
  const cut = characters.slice(0, most).join("")
  const space = cut.lastIndexOf(" ")
  return `${(space > most * 0.6 ? cut.slice(0, space) : cut).replace(/[\s,.;:]+$/u, "")} …`
}

const letter = (
  lettering: Lettering,
  options: { readonly text: string; readonly size: number; readonly width: number; readonly colour: string }
) =>
  lettering.sharp({
    text: {
      text: `<span foreground="${options.colour}">${escapeMarkup(options.text)}</span>`,
      font: `DejaVu Sans ${options.size}`,
      fontfile: lettering.fontFile,
      width: options.width,
      wrap: "word-char",
      dpi: 72,
      spacing: Math.round(options.size * 0.25),
      rgba: true
    }
  }).png({ compressionLevel: 1 }).toBuffer({ resolveWithObject: true })

// Parts of the shorter side: large for a title, small for a paragraph. Below the last one text stops being legible.
const SIZES = [0.05, 0.04, 0.032, 0.026] as const

/** Letters the prompt as large as fits; a prompt too long for the smallest size is cut. */
const fit = async (lettering: Lettering, prompt: string, width: number, height: number, unit: number) => {
  const text = drawable(prompt, lettering.has)
  for (const part of SIZES) {
    const size = Math.max(9, Math.round(unit * part))
    // A character is about 0.58 em wide and a line 1.5 em high: skip sizes that cannot fit, try the others.
    const room = Math.floor(width / (size * 0.58)) * Math.floor(height / (size * 1.5))
    const last = part === SIZES[SIZES.length - 1]
    if (!last && Array.from(text).length > room) continue
    const written = await letter(lettering, { text: shorten(text, Math.max(8, room)), size, width, colour: "#ffffff" })
    if (written.info.height <= height) return written
  }
  const size = Math.max(9, Math.round(unit * 0.026))
  const room = Math.floor(width / (size * 0.7)) * Math.floor(height / (size * 1.8))
  return letter(lettering, { text: shorten(text, Math.max(8, room)), size, width, colour: "#ffffff" })
}

/** The label as overlays: a dark panel, the prompt, the footnote. */
export const label = async (lettering: Lettering, options: Label): Promise<ReadonlyArray<Overlay>> => {
  const { height, width } = options
  const unit = Math.min(width, height)
  const margin = Math.round(unit * 0.035)
  const padding = Math.round(unit * 0.032)
  const inner = width - 2 * (margin + padding)
  const prompt = await fit(lettering, options.prompt, inner, Math.round(height * 0.24), unit)
  const footnote = await letter(lettering, {
    text: options.footnote,
    size: Math.max(8, Math.round(unit * 0.0185)),
    width: inner,
    colour: "#d7dbe6"
  })
  const gap = Math.round(padding * 0.7)
  const panelHeight = prompt.info.height + footnote.info.height + gap + 2 * padding
  const top = height - margin - panelHeight
  const panelWidth = width - 2 * margin
  const panel = `<svg xmlns="http://www.w3.org/2000/svg" width="${panelWidth}" height="${panelHeight}">` +
    `<rect width="100%" height="100%" rx="${Math.round(unit * 0.018)}" fill="#0d1017" fill-opacity="0.78"/></svg>`
  const left = margin + padding
  return [
    { input: Buffer.from(panel), left: margin, top },
    { input: prompt.data, left, top: top + padding },
    { input: footnote.data, left, top: top + padding + prompt.info.height + gap }
  ]
}
