/** Numbers and texts as people read them. */
import * as Duration from "effect/Duration"

/** `"850 ms"`, `"1.3 s"`, `"2 min 5 s"`. */
export const duration = (input: Duration.Input): string => {
  const millis = Duration.toMillis(Duration.fromInputUnsafe(input))
  if (millis < 1000) return `${Math.round(millis)} ms`
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} s`
  const seconds = Math.round(millis / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`
}

/** US dollars, with the digits that a single image takes. */
export const usd = (amount: number): string => `$${amount.toFixed(amount !== 0 && amount < 1 ? 4 : 2)}`

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** The first `length` characters of a text, on one line. */
export const shorten = (text: string, length: number): string => {
  const line = [...text.replace(/[\p{Cc}\s]+/gu, " ").trim()]
  return line.length <= length ? line.join("") : `${line.slice(0, length - 1).join("")}…`
}
