/**
 * A prompt as the rules read it, with the way back to the original offsets.
 *
 * The view is for matching alone; the prompt itself is never changed. Compatibility forms (NFKC) and letter case are
 * folded, invisible characters dropped. Look-alike letters and diacritics are folded only inside a word that mixes Latin
 * with Cyrillic or Greek, as a second reading of that word, so honest text in any script reads as it is written.
 */

export interface View {
  readonly text: string
  /** Original start of view unit `i`; `undefined`: the same offsets. */
  readonly starts: Uint32Array | undefined
  /** Original end of view unit `i`. */
  readonly ends: Uint32Array | undefined
}

export interface Token {
  readonly start: number
  readonly end: number
  readonly text: string
  /** A second reading of a disguised or possessive word. */
  readonly other: string | undefined
}

const nonAscii = /[^\x00-\x7f]/
const mark = /^\p{M}$/u
const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Cf}]$/u

/** Longer runs of combining marks fold in pieces: normalising sorts marks, which must stay cheap. */
const maxMarks = 8

/** Blocks whose letters neither change under NFKC nor have case: unified Han, and Hangul syllables. */
const foldsToItself = (code: number): boolean =>
  (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3)

/** Ligatures of whole phrases stay as they are: a view must not be many times the size of its prompt. */
const maxExpansion = 4

const compatible = (piece: string): string => {
  const folded = piece.normalize("NFKC")
  return folded.length > piece.length + maxExpansion ? piece : folded
}

const build = (text: string): View => {
  const starts: Array<number> = []
  const ends: Array<number> = []
  let out = ""
  let index = 0
  while (index < text.length) {
    const start = index
    const code = text.codePointAt(index) ?? 0
    index += code > 0xffff ? 2 : 1
    let piece = text.slice(start, index)
    if (code >= 0x80 && !foldsToItself(code) && invisible.test(piece)) continue
    for (let marks = 0; marks < maxMarks && index < text.length && text.charCodeAt(index) >= 0x300; marks++) {
      const next = text.codePointAt(index) ?? 0
      if (foldsToItself(next) || !mark.test(String.fromCodePoint(next))) break
      // A variation selector is a mark, too, and shows nothing.
      if (!invisible.test(String.fromCodePoint(next))) piece += String.fromCodePoint(next)
      index += next > 0xffff ? 2 : 1
    }
    if (code >= 0x80 ? !foldsToItself(code) || piece.length > 1 : piece.length > 1) piece = compatible(piece)
    piece = piece.toLowerCase()
    out += piece
    for (let unit = 0; unit < piece.length; unit++) {
      starts.push(start)
      ends.push(index)
    }
  }
  return { text: out, starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) }
}

export const make = (text: string): View =>
  nonAscii.test(text) ? build(text) : { text: text.toLowerCase(), starts: undefined, ends: undefined }

/** The original start of a view offset. */
export const originalStart = (view: View, start: number): number => view.starts?.[start] ?? start

/** The original end of the view range that ends before `end`. */
export const originalEnd = (view: View, end: number): number => view.ends?.[end - 1] ?? end

// Han and kana are words apart from Latin next to them; `@` and `$` belong to a word only between its letters.
const word =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]+|[[\p{L}\p{M}\p{N}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]]+(?:['’@$][[\p{L}\p{M}\p{N}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]]+)*/gv

const isLetterOrDigit = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57)
const isJoiner = (code: number): boolean => code === 39 || code === 64 || code === 36

const disguised = /[0-9@$'’]|[^\x00-\x7f]/
const latin = /\p{sc=Latin}/u
const cyrillicOrGreek = /[\p{sc=Cyrillic}\p{sc=Greek}]/u

const lookAlikes: Readonly<Record<string, string>> = {
  а: "a", в: "b", е: "e", ё: "e", з: "3", і: "i", ї: "i", ј: "j", к: "k", м: "m", н: "h", о: "o", р: "p", с: "c",
  ѕ: "s", т: "t", у: "y", х: "x", ь: "b", ԁ: "d", ԛ: "q", ԝ: "w", һ: "h", ӏ: "l",
  α: "a", β: "b", ε: "e", η: "n", ι: "i", κ: "k", ν: "v", ο: "o", ρ: "p", τ: "t", υ: "u", χ: "x", ω: "w", γ: "y"
}

const leet: Readonly<Record<string, string>> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s" }

/** At least three letters, more letters than digits, and a letter first: `4k`, `b2b`, `mp3` and `1920s` stay as they are. */
const readLeet = (token: string): string | undefined => {
  let letters = 0
  let digits = 0
  let out = ""
  for (const char of token) {
    const letter = leet[char]
    if (letter !== undefined) digits += 1
    else if (char >= "a" && char <= "z") letters += 1
    else return undefined
    out += letter ?? char
  }
  const first = token.charCodeAt(0)
  return digits > 0 && letters >= 3 && letters > digits && first >= 97 ? out : undefined
}

const readMixed = (token: string): string | undefined => {
  if (!latin.test(token) || !cyrillicOrGreek.test(token)) return undefined
  let out = ""
  for (const char of token.normalize("NFD")) if (!mark.test(char)) out += lookAlikes[char] ?? char
  return out
}

/** Words longer than this have no second reading. */
const maxDisguised = 64

const otherReading = (token: string): string | undefined => {
  if (token.length > maxDisguised || !disguised.test(token)) return undefined
  if (token.endsWith("'s") || token.endsWith("’s")) {
    const owner = token.slice(0, -2)
    return otherReading(owner) ?? owner
  }
  const mixed = readMixed(token)
  return readLeet(mixed ?? token) ?? mixed
}

/** The common case by hand: several times faster than the expression, and the same words. */
const asciiTokens = (text: string): ReadonlyArray<Token> => {
  const out: Array<Token> = []
  for (let index = 0; index < text.length;) {
    if (!isLetterOrDigit(text.charCodeAt(index))) {
      index += 1
      continue
    }
    const start = index
    let plain = true
    for (; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code >= 97 && code <= 122) continue
      if (!isLetterOrDigit(code) && !(isJoiner(code) && isLetterOrDigit(text.charCodeAt(index + 1)))) break
      plain = false
    }
    const token = text.slice(start, index)
    out.push({ start, end: index, text: token, other: plain ? undefined : otherReading(token) })
  }
  return out
}

export const tokens = (view: View): ReadonlyArray<Token> => {
  if (view.starts === undefined) return asciiTokens(view.text)
  const out: Array<Token> = []
  for (const match of view.text.matchAll(word)) {
    const text = match[0]
    out.push({ start: match.index, end: match.index + text.length, text, other: otherReading(text) })
  }
  return out
}
