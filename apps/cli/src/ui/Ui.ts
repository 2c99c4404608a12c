/**
 * What a command shows. Without `--json` everything goes to stdout; with it, stdout has JSON lines alone and prose goes to
 * stderr. Colours follow `NO_COLOR`, `FORCE_COLOR` and whether the stream is a terminal. A reader that goes away is no error.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CliOutput } from "effect/cli"
import { stripVTControlCharacters, styleText } from "node:util"

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "magenta"

export class Ui extends Context.Service<Ui, {
  readonly isJson: boolean
  /** Whether prose goes to a terminal that a person sits at. */
  readonly isTerminal: boolean
  /** A line for people. */
  readonly say: (line: string) => Effect.Effect<void>
  /** The line at the foot of a terminal, which stays there while others are said; `undefined` takes it away. */
  readonly status: (line: string | undefined) => Effect.Effect<void>
  /** A line for machines; nothing without `--json`. */
  readonly data: (value: unknown) => Effect.Effect<void>
  readonly paint: (style: Style | ReadonlyArray<Style>, text: string) => string
}>()("@fixative/cli/ui/Ui") {}

/** Writes, and waits while the reader is slow. A pipe that was closed swallows what comes after. */
const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (stream.destroyed || !stream.writable) return resume(Effect.void)
    stream.write(text, () => resume(Effect.void))
  })

/** Without a listener an EPIPE ends the process with a stack trace. */
export const tolerateClosedPipes = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
}

export const stdout = (text: string): Effect.Effect<void> => write(process.stdout, text)
export const stderr = (text: string): Effect.Effect<void> => write(process.stderr, text)

export const layer = (isJson: boolean): Layer.Layer<Ui> =>
  Layer.sync(Ui, () => {
    const prose = isJson ? process.stderr : process.stdout
    let foot: string | undefined
    const erase = "\r\u001b[2K"
    const cut = (line: string) => CliOutput.displayWidth(line) < prose.columns ? line : stripVTControlCharacters(line).slice(0, Math.max(0, prose.columns - 1))
    return Ui.of({
      isJson,
      isTerminal: prose.isTTY === true,
      say: (line) => write(prose, foot === undefined ? `${line}\n` : `${erase}${line}\n${foot}`),
      status: (line) =>
        Effect.suspend(() => {
          if (prose.isTTY !== true || isJson || (line === undefined && foot === undefined)) return Effect.void
          foot = line === undefined ? undefined : cut(line)
          return write(prose, `${erase}${foot ?? ""}`)
        }),
      data: (value) => isJson ? write(process.stdout, `${JSON.stringify(value)}\n`) : Effect.void,
      paint: (style, text) => styleText(typeof style === "string" ? style : [...style], text, { stream: prose })
    })
  })
