/** The one font that pictures are lettered with, and which characters it has. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** DejaVu Sans, from the package of that name: never a system font, or bytes would differ between machines. */
export const file = (): string => fileURLToPath(import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"))

type Range = readonly [first: number, last: number]

/** The covered code points: the font's format 12 `cmap` table (OpenType specification, "cmap"). */
const ranges = (font: Buffer): ReadonlyArray<Range> => {
  const tables = font.readUInt16BE(4)
  for (let i = 0; i < tables; i++) {
    const record = 12 + i * 16
    if (font.toString("latin1", record, record + 4) !== "cmap") continue
    const cmap = font.readUInt32BE(record + 8)
    for (let k = 0; k < font.readUInt16BE(cmap + 2); k++) {
      const subtable = cmap + font.readUInt32BE(cmap + 4 + k * 8 + 4)
      if (font.readUInt16BE(subtable) !== 12) continue
      return Array.from({ length: font.readUInt32BE(subtable + 12) }, (_, group): Range => {
        const at = subtable + 16 + group * 12
        return [font.readUInt32BE(at), font.readUInt32BE(at + 4)]
      })
    }
  }
  return []
}

/** A test for whether the font has a character. */
export const coverage = (path: string): (character: string) => boolean => {
  const covered = ranges(readFileSync(path))
  return (character) => {
    const point = character.codePointAt(0) ?? 0
    return covered.some(([first, last]) => point >= first && point <= last)
  }
}
