/** HTML as text that is escaped unless it says that it is markup. */

/** Text that is HTML already. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Value = string | number | Markup | undefined | false | ReadonlyArray<Value>

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;" }

/** Text for a text node or a quoted attribute; control characters, which HTML cannot hold, become U+FFFD. */
export const escape = (text: string): string =>
  text.toWellFormed().replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g, "\uFFFD").replace(/[&<>"']/g, (character) => entities[character] ?? "")

const render = (value: Value): string => {
  if (value === undefined || value === false) return ""
  if (value instanceof Markup) return value.text
  if (typeof value === "string") return escape(value)
  return typeof value === "number" ? String(value) : value.map(render).join("")
}

/** A template whose values are escaped; attributes must be quoted. */
export const html = (strings: TemplateStringsArray, ...values: ReadonlyArray<Value>): Markup =>
  new Markup(strings.reduce((text, part, index) => text + render(values[index - 1]) + part))

/** For text of our own, like the style sheet: nothing from a manifest may go through it. */
export const trusted = (text: string): Markup => new Markup(text)

/** A text of at most `length` characters, and how many were left out. */
export const clip = (text: string, length: number): string => {
  if (text.length <= length) return text
  const kept = text.slice(0, length).toWellFormed()
  return `${kept}… (${text.length - length} more characters)`
}
