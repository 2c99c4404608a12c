/** Reads out of an answer, once, what the rules look at. */
import type { Answer, TransportFailure } from "../Classify.ts"
import type { Evidence } from "../Rule.ts"
import { at, firstText } from "./json.ts"

/** Causes nest; a cycle or a joke must not keep us. */
const maxCauses = 8

const textOf = (u: unknown): string | undefined =>
  typeof u === "string" ? u : typeof u === "number" ? String(u) : undefined

/** A thrown value as a `TransportFailure`. */
export const headOf = (cause: unknown): TransportFailure => {
  if (typeof cause !== "object" || cause === null) return { message: textOf(cause) ?? "unknown failure" }
  const { cause: inner, code, message, name }: { cause?: unknown; code?: unknown; message?: unknown; name?: unknown } = cause
  return {
    name: textOf(name),
    code: textOf(code),
    message: textOf(message),
    // An AggregateError (Happy Eyeballs: one connect per address) tells its story in `errors`.
    cause: inner ?? ("errors" in cause && Array.isArray(cause.errors) ? cause.errors[0] : undefined)
  }
}

const chainOf = (failure: TransportFailure | undefined): ReadonlyArray<string> => {
  const chain: Array<string> = []
  let here: TransportFailure | undefined = failure
  for (let depth = 0; here !== undefined && depth < maxCauses; depth++) {
    for (const link of [here.name, here.code, here.message]) {
      if (link !== undefined && link !== null && link !== "") chain.push(String(link).slice(0, 500))
    }
    here = here.cause === undefined || here.cause === null ? undefined : headOf(here.cause)
  }
  return chain
}

const parse = (body: string): unknown => {
  const start = body.replace(/^\uFEFF/, "").trimStart()
  if (!start.startsWith("{") && !start.startsWith("[")) return undefined
  try {
    return JSON.parse(start)
  } catch {
    return undefined
  }
}

/** The sentence in an HTML page: its title, and its first heading. */
const proseOfHtml = (body: string): string =>
  [/<title[^>]{0,100}>([^<]{1,300})/i, /<h1[^>]{0,100}>([^<]{1,300})/i]
    .flatMap((pattern) => pattern.exec(body)?.[1]?.trim() ?? [])
    .filter((text, index, all) => all.indexOf(text) === index)
    .join(": ")

const isHtml = (body: string): boolean => /^\s{0,100}<(?:!doctype|html|head|body)/i.test(body)

const headerReader = (headers: Answer["headers"]): Evidence["header"] => {
  if (headers === undefined) return () => undefined
  const lower = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) lower.set(name.toLowerCase(), typeof value === "string" ? value : value.join(", "))
  }
  return (name) => lower.get(name)
}

export const evidenceOf = (input: Answer, maxBodyLength: number): Evidence => {
  const body = (input.body ?? "").slice(0, maxBodyLength)
  const json = parse(body)
  const error = at(json, "error")
  const chain = chainOf(input.transport)
  const message = firstText(at(error, "message"), error, at(json, "message"), at(json, "detail")) ??
    (chain.length > 0 ? chain.join(": ") : isHtml(body) ? proseOfHtml(body) : body)
  return {
    kind: input.kind ?? (input.transport === undefined ? "http" : "transport"),
    provider: input.provider,
    status: input.status,
    header: headerReader(input.headers),
    code: (firstText(at(error, "code"), at(json, "code")) ?? "").toLowerCase(),
    type: (firstText(at(error, "type"), at(json, "type")) ?? "").toLowerCase(),
    param: firstText(at(error, "param"), at(json, "param"))?.slice(0, 100),
    message,
    json,
    chain
  }
}
