/** A table of text with columns that line up. */
import { CliOutput } from "effect/cli"

export type Align = "left" | "right"

const pad = (text: string, width: number, align: Align): string => {
  const space = " ".repeat(Math.max(0, width - CliOutput.displayWidth(text)))
  return align === "right" ? space + text : text + space
}

/** Rows as lines; widths are those of the terminal's cells, so wide scripts and colours line up too. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>, align: ReadonlyArray<Align> = []): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => CliOutput.displayWidth(row[column] ?? ""))))
  return rows.map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0, align[column] ?? "left")).join("  ").trimEnd())
}
