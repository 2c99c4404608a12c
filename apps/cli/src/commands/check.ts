import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Check, type Finding } from "fixative"
import { failed, usage } from "../Failure.ts"
import * as Jsonl from "../Jsonl.ts"
import { table } from "../ui/table.ts"
import * as Ui from "../ui/Ui.ts"

const absent = <S extends Schema.Top>(schema: S) => Schema.optional(Schema.NullOr(schema))

const Line = Schema.Struct({ text: Schema.String, provider: absent(Schema.String), model: absent(Schema.String) })

const report = (now: number) => ({ model, provider, text }: typeof Line.Type): Check.Report =>
  Check.request(
    {
      prompt: text,
      ...(provider === undefined || provider === null ? {} : { provider }),
      ...(model === undefined || model === null ? {} : { model })
    },
    undefined,
    { now }
  )

const wire = (now: number) => (line: typeof Line.Type) => {
  const { findings, suggestion, verdict } = report(now)(line)
  return {
    verdict,
    findings: findings.map(({ category, end, matched, rule, severity, start }) => ({ category, severity, start, end, matched, rule })),
    ...(suggestion === undefined ? {} : { suggestion })
  }
}

/** The text with what was found in colour, and for streams without colours in brackets. */
const marked = (text: string, findings: ReadonlyArray<Finding.Finding>, ui: Ui.Ui["Service"]): string => {
  let out = ""
  let at = 0
  for (const { end, severity, start } of findings) {
    if (start < at || end <= start) continue
    const found = `[${text.slice(start, end)}]`
    out += text.slice(at, start) + ui.paint(severity === "block" ? ["bold", "red"] : ["bold", "yellow"], found)
    at = end
  }
  return out + text.slice(at)
}

const colours = { allow: "green", warn: "yellow", block: "red" } as const

export const check = Command.make("check", {
  prompt: Argument.String("prompt").pipe(Argument.withDescription("The prompt to check"), Argument.optional),
  jsonl: Flag.Boolean("jsonl").pipe(Flag.withDescription("Answers lines of JSON on stdin with lines of JSON"), Flag.withDefault(false)),
  provider: Flag.String("provider").pipe(Flag.withDescription("Where the prompt is going to"), Flag.optional),
  model: Flag.String("model").pipe(Flag.withDescription("The model that it is for"), Flag.optional),
  json: Flag.Boolean("json").pipe(Flag.withDescription("JSON on stdout, prose on stderr"), Flag.withDefault(false))
}, Effect.fn(function*(flags) {
  const now = yield* Clock.currentTimeMillis
  if (flags.jsonl) return yield* Jsonl.run(Line, wire(now))
  if (Option.isNone(flags.prompt)) return yield* usage("a prompt is needed (or --jsonl for lines of JSON)")
  const line = { text: flags.prompt.value, provider: Option.getOrUndefined(flags.provider), model: Option.getOrUndefined(flags.model) }
  const { findings, suggestion, verdict } = report(now)(line)
  yield* Effect.gen(function*() {
    const ui = yield* Ui.Ui
    yield* ui.data(wire(now)(line))
    yield* ui.say(`${ui.paint(["bold", colours[verdict]], verdict)}  ${marked(line.text, findings, ui)}`)
    const rows = findings.map(({ category, message, rule, severity }) => [ui.paint(severity === "block" ? "red" : "yellow", severity), category, message, ui.paint("dim", rule)])
    for (const row of table(rows)) yield* ui.say(`  ${row}`)
    if (suggestion !== undefined) yield* ui.say(`${ui.paint("green", "instead")}  ${suggestion}`)
  }).pipe(Effect.provide(Ui.layer(flags.json)))
  if (verdict === "block") return yield* failed()
})).pipe(
  Command.withDescription("Says, without a network, whether a prompt may be sent, and where it offends. Exit code 1 when it is blocked."),
  Command.withExamples([
    { command: "fixative check \"a poster for {{product}}\"" },
    { command: "fixative check --jsonl < prompts.jsonl", description: "Lines of {text, provider?, model?}" }
  ])
)
