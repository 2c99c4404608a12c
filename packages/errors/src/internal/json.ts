/** Reading unknown JSON without trusting it. */

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> =>
  typeof u === "object" && u !== null && !Array.isArray(u)

/** The value at a path, or undefined. */
export const at = (json: unknown, ...path: ReadonlyArray<string>): unknown => {
  let here: unknown = json
  for (const key of path) {
    if (!isRecord(here) || !Object.hasOwn(here, key)) return undefined
    here = here[key]
  }
  return here
}

/** The strings among the members of an array, each cut to 64 characters. */
export const strings = (u: unknown): ReadonlyArray<string> =>
  Array.isArray(u) ? u.filter((member): member is string => typeof member === "string").map((text) => text.slice(0, 64)) : []

/** The first of these that is a string with something in it, or a number as text. */
export const firstText = (...candidates: ReadonlyArray<unknown>): string | undefined => {
  for (const candidate of candidates) {
    if (typeof candidate === "string" && candidate !== "") return candidate
    if (typeof candidate === "number") return String(candidate)
  }
  return undefined
}
