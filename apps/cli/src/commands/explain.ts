import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Argument, Command, Flag } from "effect/cli"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Classify, Reason } from "fixative"
import { usage } from "../Failure.ts"
import * as Jsonl from "../Jsonl.ts"
import { duration } from "../ui/format.ts"
import { table } from "../ui/table.ts"
import * as Ui from "../ui/Ui.ts"

const absent = <S extends Schema.Top>(schema: S) => Schema.optional(Schema.NullOr(schema))
const Text = Schema.Union([Schema.String, Schema.Finite])

/** An answer of an image API, or a failure of the network, as one line of JSON. */
const Line = Schema.Struct({
  provider: Schema.String,
  kind: absent(Schema.Literals(["http", "body200", "job", "transport", "grpc", "stream"])),
  /** The HTTP status, or a job's state. */
  status: absent(Text),
  http_status: absent(Schema.Finite),
  headers: absent(Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Array(Schema.String)]))),
  body: absent(Schema.Unknown),
  transport: absent(Schema.Struct({
    name: absent(Schema.String),
    code: absent(Text),
    message: absent(Schema.String),
    cause: Schema.optional(Schema.Unknown)
  }))
})

const headersOf = (headers: (typeof Line.Type)["headers"]): Classify.Answer["headers"] =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, typeof value === "number" ? String(value) : value]))

const classify = (now: number) => (line: typeof Line.Type) => {
  const { body, transport } = line
  const status = line.http_status ?? (typeof line.status === "number" ? line.status : undefined)
  return Classify.answer({
    provider: line.provider,
    kind: line.kind ?? undefined,
    status,
    headers: headersOf(line.headers),
    body: typeof body === "string" ? body : body === undefined || body === null ? "" : JSON.stringify(body),
    transport: transport === null || transport === undefined ? undefined : {
      name: transport.name ?? undefined,
      code: transport.code ?? undefined,
      message: transport.message ?? undefined,
      cause: transport.cause
    },
    now
  })
}

const verdict = (now: number) => (line: typeof Line.Type) => {
  const error = classify(now)(line)
  return {
    reason: Reason.wireName(error.reason),
    retryable: error.isRetryable,
    retryAfterMillis: error.retryAfter === undefined ? null : Duration.toMillis(error.retryAfter),
    rule: error.rule,
    remedy: error.remedy
  }
}

const deliveries = {
  NotSent: "no: nothing was sent",
  Rejected: "no: the provider answered no",
  MaybeProcessed: "perhaps: it may have been done although it failed"
}

const explainOne = (flags: { readonly provider: string; readonly status: number; readonly header: ReadonlyArray<string>; readonly file: Option.Option<string> }) =>
  Effect.gen(function*() {
    const ui = yield* Ui.Ui
    const fs = yield* FileSystem.FileSystem
    const now = yield* Clock.currentTimeMillis
    const body = Option.isNone(flags.file) || flags.file.value === "-"
      ? yield* Jsonl.text
      : yield* fs.readFileString(flags.file.value).pipe(Effect.mapError(() => usage(`${Option.getOrElse(flags.file, () => "")}: no such file, or it cannot be read`)))
    const headers: Record<string, string> = {}
    for (const header of flags.header) {
      const colon = header.indexOf(":")
      if (colon <= 0) return yield* usage(`--header must be "Name: value", got ${JSON.stringify(header)}`)
      headers[header.slice(0, colon).trim()] = header.slice(colon + 1).trim()
    }
    const error = Classify.answer({ provider: flags.provider, status: flags.status, headers, body, now })
    const wait = error.retryAfter === undefined ? "" : `, not before ${duration(error.retryAfter)}`
    yield* ui.data(verdict(now)({ provider: flags.provider, status: flags.status, headers, body }))
    const rows: ReadonlyArray<readonly [string, string]> = [
      ["reason", Reason.wireName(error.reason)],
      ["detail", Reason.detail(error.reason) ?? ""],
      ["says", error.description],
      ["rule", error.rule],
      ["retry", error.isRetryable ? `yes${wait}` : "no: the same request fails again"],
      ["billed", deliveries[error.delivery]],
      ["breaker", error.circuitOutcome],
      ["blame", error.blame],
      ["remedy", error.remedy]
    ]
    for (const line of table(rows.filter(([, value]) => value !== "").map(([name, value]) => [ui.paint("bold", name), value]))) yield* ui.say(line)
  })

export const explain = Command.make("explain", {
  file: Argument.String("file").pipe(Argument.withDescription("The body of the answer; default: stdin"), Argument.optional),
  jsonl: Flag.Boolean("jsonl").pipe(Flag.withDescription("Answers lines of JSON on stdin with lines of JSON"), Flag.withDefault(false)),
  provider: Flag.String("provider").pipe(Flag.withDescription("Whose answer it is"), Flag.withDefault("openai")),
  status: Flag.Int("status").pipe(Flag.withDescription("The HTTP status of the answer"), Flag.optional),
  header: Flag.String("header").pipe(Flag.withAlias("H"), Flag.withDescription("A header of the answer, \"Name: value\"; may be given again"), Flag.atLeast(0)),
  json: Flag.Boolean("json").pipe(Flag.withDescription("JSON on stdout, prose on stderr"), Flag.withDefault(false))
}, Effect.fn(function*(flags) {
  if (flags.jsonl) return yield* Jsonl.run(Line, verdict(yield* Clock.currentTimeMillis))
  if (Option.isNone(flags.status)) return yield* usage("--status is needed: the HTTP status of the answer (or --jsonl for lines of JSON)")
  yield* Effect.provide(explainOne({ ...flags, status: flags.status.value }), Ui.layer(flags.json))
})).pipe(
  Command.withDescription("Says why an image API's answer failed, whether to send again, when, and what to do."),
  Command.withExamples([
    { command: "fixative explain --status 429 -H \"Retry-After: 7\" answer.json" },
    { command: "fixative explain --jsonl < answers.jsonl", description: "Lines of {id?, provider, kind, status, headers, body, transport?}" }
  ])
)
