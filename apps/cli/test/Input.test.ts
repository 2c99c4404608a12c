import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Arbitrary, Effect, Schema, Stream } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import * as Source from "../src/batch/input/Source.ts"
import * as Input from "../src/batch/Input.ts"

const prompts = (batch: Input.Batch) => batch.items.map(({ id, line, prompt }) => [id, line, prompt])
const wrongs = (batch: Input.Batch) => batch.bad.map(({ field, id, line }) => [id, line, field])
const message = (batch: Input.Batch) => batch.bad.map(({ message }) => message).join("\n")
const json = (...rows: ReadonlyArray<unknown>) => rows.map((row) => JSON.stringify(row)).join("\n")

describe("text", () => {
  it("is a prompt a line, whatever ends the line, blank ones passed over", () => {
    const batch = Input.parse("\uFEFFa fox\r\n\n  \nan owl\ra hare\n  a mole ", "text")
    assert.deepStrictEqual(prompts(batch), [["0001", 1, "a fox"], ["0002", 4, "an owl\ra hare"], ["0003", 5, "  a mole "]])
    assert.deepStrictEqual(batch.items[0]?.options, {})
  })

  it("numbers with four digits, and more when they are needed, so that more rows leave the others their names", () => {
    const { items } = Input.parse("a fox\n".repeat(10_000))
    assert.deepStrictEqual([items[0]?.id, items[9998]?.id, items[9999]?.id], ["0001", "9999", "10000"])
  })

  it("has a row that is too long as a bad one", () => {
    const longest = "é".repeat(Input.maxRowBytes / 2)
    const batch = Input.parse(`${longest}\n${longest}x\na fox`, "text")
    assert.deepStrictEqual(batch.items.map(({ id }) => id), ["0001", "0003"])
    assert.deepStrictEqual(wrongs(batch), [["0002", 2, undefined]])
    assert.include(message(batch), String(Input.maxRowBytes))
  })

  it("has at most 50,000 rows", () => {
    assert.strictEqual(Input.parse("x\n".repeat(Input.maxRows)).items.length, Input.maxRows)
    const over = Input.parse("x\n".repeat(Input.maxRows + 1))
    assert.include(over.problem, "50000 rows")
    assert.deepStrictEqual([over.items, over.bad], [[], []])
  })

  it.each(["", "\n", " \r\n\t\n", "\uFEFF"])("says that there is no prompt in %j", (text) => {
    for (const format of Input.formats) assert.include(Input.parse(text, format).problem, "no prompt")
  })
})

describe("sniff", () => {
  const cases: ReadonlyArray<readonly [Input.Format, string, string]> = [
    ["text", "a fox", ""],
    ["text", "", ""],
    ["text", "prompt", ""],
    ["text", "prompt\na fox", ""],
    ["text", "a fox, an owl, gouache\nprompt, please", ""],
    ["text", "{a fox} in braces", ""],
    ["text", "{\"prompt\": \"cut off\n{\"prompt\":\"b\"}", ""],
    ["text", "[\"prompt\"]", ""],
    ["text", "\"a fox\"", ""],
    ["text", "\"prompt,size", ""],
    ["text", "prompt \"fox\", prompt", ""],
    ["text", "id,model\n1,core", ""],
    ["csv", "prompt,size\n", ""],
    ["csv", "\uFEFF\r\nid;\"Prompt\"\r\n1;a fox", ""],
    ["csv", "size\tPROMPT\na\tb", ""],
    ["csv", "prompt,colour", ""],
    ["jsonl", "{\"prompt\":\"a fox\"}", ""],
    ["jsonl", "\uFEFF\n  {}\nfoo", ""],
    ["csv", "a fox", "dir/prompts.CSV"],
    ["csv", "{\"prompt\":1}", "a.tsv"],
    ["jsonl", "\"a fox\"", "a.jsonl"],
    ["jsonl", "prompt,size", "a.ndjson"],
    ["csv", "prompt,size", "a.txt"],
    ["text", "a fox", "csv"],
    ["text", "a fox", "-"]
  ]
  it.each(cases)("%s: %j %s", (format, text, file) => {
    assert.strictEqual(Input.sniff(text, file), format)
    if (file === "") assert.strictEqual(Input.parse(text).format, format)
  })
})

describe("csv", () => {
  it("reads every column, and an empty cell as not given", () => {
    const batch = Input.parse(" ID ,Prompt,model,n,size,quality,format,background,compression\r\nfox,a fox, core ,2,1024x1536,high,webp,opaque,0\r\n,an owl,,,,,, ,\r\n", "csv")
    assert.deepStrictEqual(batch.bad, [])
    assert.deepStrictEqual(batch.items, [
      { id: "fox", line: 2, prompt: "a fox", options: { model: "core", n: 2, size: "1024x1536", quality: "high", format: "webp", background: "opaque", compression: 0 } },
      { id: "0002", line: 3, prompt: "an owl", options: {} }
    ])
  })

  it.each([",", ";", "\t"])("knows quotes, line ends within them, and the lines of the rows: %j", (s) => {
    const batch = Input.parse(`\uFEFFprompt${s}size\n"a ""red"" fox,;\t\r\n\nin fog"${s}auto\n\n${s}\nan owl${s}"1x1"\r\n" "${s}auto`, "csv")
    assert.deepStrictEqual(prompts(batch), [["0001", 2, "a \"red\" fox,;\t\r\n\nin fog"], ["0002", 7, "an owl"]])
    assert.deepStrictEqual(wrongs(batch), [["0003", 8, "prompt"]])
  })

  it("takes a row with too many or too few cells, or a quote out of place, for a bad one", () => {
    const batch = Input.parse("prompt,size\na fox, red,auto\nan owl\na \"fox\",auto\n\"a\"b,auto\na hare, \"auto\"\n\"a\"x,\"two\nlines\"\na mole,auto", "csv")
    assert.deepStrictEqual(wrongs(batch), [["0001", 2, undefined], ["0002", 3, undefined], ["0003", 4, undefined], ["0004", 5, undefined], ["0005", 6, undefined], ["0006", 7, undefined]])
    assert.deepStrictEqual(prompts(batch), [["0007", 9, "a mole"]])
    assert.include(batch.bad[0]?.message, "3 cells where the header has 2")
    assert.include(batch.bad[1]?.message, "1 cell where the header has 2")
    assert.include(batch.bad[2]?.message, "doubled")
  })

  it("guesses nothing after a quote that is never closed, and says where it opens", () => {
    const batch = Input.parse("prompt,quality\na fox,high\n\"an\nowl\",\"high\na hare,high\n", "csv")
    assert.deepStrictEqual(prompts(batch), [["0001", 2, "a fox"]])
    assert.deepStrictEqual(wrongs(batch), [["0002", 4, undefined]])
    assert.include(message(batch), "never closed")
  })

  it.each([
    ["prompt,modle\na,b", "unknown column \"modle\""],
    ["prompt,\na,b", "a column without a name"],
    ["prompt,size,Size \na,b,c", "\"Size\" is there twice"],
    ["id,size\na,b", "no column \"prompt\""],
    ["a fox\nan owl", "unknown column \"a fox\""],
    ["\n\"prompt,size\n", "line 2, the header: a quote"],
    [`prompt${",size".repeat(5000)}`, "twice"],
    [`prompt,${"x".repeat(Input.maxRowBytes)}`, "longer than"]
  ])("refuses the whole for its header: %#", (text, expected) => {
    const { bad, items, problem } = Input.parse(text, "csv")
    assert.include(problem, expected)
    assert.isBelow(problem?.length ?? 0, 300)
    assert.deepStrictEqual([items, bad], [[], []])
  })

  it("has a row that is too long, quoted or not, as a bad one", () => {
    const long = "x".repeat(Input.maxRowBytes)
    const batch = Input.parse(`prompt,size\n"${long}\n",auto\n${long},auto\n${",".repeat(Input.maxRowBytes + 1)}\na fox,auto`, "csv")
    assert.deepStrictEqual(wrongs(batch).map(([, line]) => line), [2, 4, 5])
    assert.deepStrictEqual(prompts(batch), [["0004", 6, "a fox"]])
  })

  it("has no more rows than text has", () => {
    assert.include(Input.parse(`prompt,n\n${"x,1\n".repeat(Input.maxRows + 1)}`).problem, "rows")
    assert.strictEqual(Input.parse(`prompt,n\n${"x,1\n".repeat(Input.maxRows)}`).items.length, Input.maxRows)
  })
})

describe("jsonl", () => {
  it("is an object or a string a line", () => {
    const batch = Input.parse(`\uFEFF{"prompt":"a fox","id":7,"n":2,"compression":90,"format":"jpeg","size":null}\r\n\n"an owl"\n`)
    assert.deepStrictEqual(batch.items, [
      { id: "7", line: 1, prompt: "a fox", options: { n: 2, format: "jpeg", compression: 90 } },
      { id: "0002", line: 3, prompt: "an owl", options: {} }
    ])
  })

  it("has a line that is anything else as a bad row, and goes on", () => {
    const batch = Input.parse("{\"prompt\":\"a\"}\n{\"prompt\":\n[1]\n12\nnull\n{\"prompt\":\"a\",\"colour\":1,\"id\":\"x\"}\n{\"prompt\":\"a\",\"__proto__\":{\"n\":1}}\n{}\n{\"prompt\":\"b\"}")
    assert.deepStrictEqual(wrongs(batch), [
      ["0002", 2, undefined], ["0003", 3, undefined], ["0004", 4, undefined], ["0005", 5, undefined], ["x", 6, "colour"], ["0007", 7, "__proto__"], ["0008", 8, "prompt"]
    ])
    assert.deepStrictEqual(prompts(batch).map(([id]) => id), ["0001", "0009"])
    assert.include(message(batch), "unknown field \"colour\": allowed are id, prompt, model, n, size, quality, format, background, compression")
  })

  it("says all that is wrong with a row at once, and nothing that a terminal would obey", () => {
    const batch = Input.parse(json({ prompt: "a", n: 0, size: "big", id: "a b", ["\u001b[2J\u009b\u202e"]: 1 }))
    assert.strictEqual(batch.bad.length, 1)
    for (const expected of ["unknown field", "id must be", "n must be an integer from 1 to 10, got 0", "size must be auto, or width x height"]) assert.include(message(batch), expected)
    assert.notMatch(Object.values(batch.bad[0] ?? {}).join(""), /[\p{Cc}\p{Cf}]/u)
  })
})

describe("what is allowed", () => {
  const good: ReadonlyArray<readonly [string, ReadonlyArray<unknown>]> = [
    ["n", [1, 10]], ["compression", [0, 100]], ["format", ["png", "jpeg", "webp"]], ["background", ["transparent", "opaque", "auto"]],
    ["size", ["auto", "1x1", "1024x1536"]], ["quality", ["hd", "high"]], ["model", ["gpt-image-2", "black-forest-labs/flux:1.1"]]
  ]
  const bad: ReadonlyArray<readonly [string, ReadonlyArray<unknown>]> = [
    ["n", [0, 11, 1.5, "two", "1e0", true, [1], {}]], ["compression", [-1, 101, 0.5, "x"]], ["format", ["PNG", "jpg", "gif", 1]], ["background", ["white", false]],
    ["size", ["1024", "0x1", "1024X1024", "1024x", "auto ".repeat(9), "123456x1", 5]], ["quality", ["very high", 1, "a\u0007b"]], ["model", ["gpt image", "a\u200bb", "x".repeat(201), {}]]
  ]
  it.each(good)("%s", (field, values) => {
    for (const value of values) {
      assert.deepStrictEqual(Input.parse(json({ prompt: "a", [field]: value })).items[0]?.options, { [field]: value })
      assert.deepStrictEqual(Input.parse(`prompt,${field}\na,${String(value)}`).items[0]?.options, { [field]: value })
    }
  })
  it.each(bad)("%s, and nothing else", (field, values) => {
    for (const value of values) {
      const batch = Input.parse(`${json({ prompt: "a", [field]: value })}\n{"prompt":"b"}`)
      assert.deepStrictEqual([wrongs(batch), prompts(batch)], [[["0001", 1, field]], [["0002", 2, "b"]]])
      assert.isBelow(message(batch).length, 200)
      if (typeof value !== "string" && (typeof value !== "number" || field === "quality")) continue
      assert.deepStrictEqual(wrongs(Input.parse(`prompt,${field}\na,${String(value)}`)), [["0001", 2, field]])
    }
  })
  it("numbers are numbers in JSONL, and a prompt is text that is not blank", () => {
    for (const row of [{ prompt: "a", n: "2" }, { prompt: "a", compression: "2" }, { prompt: " \t" }, { prompt: 1 }, { prompt: null }, { id: "x" }, { prompt: "\ud800" }]) {
      assert.strictEqual(Input.parse(json(row)).bad.length, 1, JSON.stringify(row))
    }
  })
})

describe("ids", () => {
  const ids = (...given: ReadonlyArray<unknown>) => Input.parse(json(...given.map((id) => ({ prompt: "a", id }))), "jsonl")
  const all = ({ bad, items }: Input.Batch) => [...items, ...bad].sort((a, b) => a.line - b.line).map(({ id }) => id)

  it.each(["a", "A.b_c-d", "_", "-", "1", "007", "x".repeat(64), "лиса", "狐", "𝔞".repeat(64), "e\u0301", "हिन्दी", 0, -3, 12345])("takes a good one: %#", (id) => {
    assert.deepStrictEqual(all(ids(id)), [String(id).normalize("NFC")])
    assert.deepStrictEqual(ids(id).bad, [])
  })
  it.each(["", " ", ".", "..", ".a", "a/b", "a\\b", "a b", "x".repeat(65), "x".repeat(1_000_000), "a\0", "a\u200b", "\u3164", "\u0301", "🦊", "a:b", 1.5, 2 ** 53, true, {}])("does not take another: %#", (id) => {
    const batch = ids(id, "next")
    assert.deepStrictEqual(wrongs(batch), [["0001", 1, "id"]])
    assert.include(message(batch), "1 to 64 letters, digits")
    assert.strictEqual(batch.items[0]?.id, "next")
  })
  it("are one for one in every letter case and normal form; the first one has it", () => {
    for (const [one, other] of [["Fox", "fOX"], ["\u00e9", "E\u0301"], ["ΟΔΟΣ", "οδος"], ["7", 7], ["ſ", "S"]]) {
      const batch = ids(one, null, other)
      assert.deepStrictEqual(wrongs(batch), [["0003", 3, "id"]])
      assert.include(message(batch), "line 1 has")
    }
  })
  it("given ones win over numbers, wherever they stand", () => {
    assert.deepStrictEqual(all(ids(null, null, "0001", "0001-2", "0002", "0001-4")), ["0001-3", "0002-2", "0001", "0001-2", "0002", "0001-4"])
    assert.deepStrictEqual(all(ids("0002", "0002")), ["0002", "0002-2"])
  })
  it("stay when a bad row is mended", () => {
    const before = Input.parse("prompt,n\na,1\nb,x\nc\n,1\ne,1")
    const after = Input.parse("prompt,n\na,1\nb,2\nc,1\nd,1\ne,1")
    assert.deepStrictEqual(all(before), all(after))
    assert.deepStrictEqual(before.items.map(({ id }) => id), ["0001", "0005"])
  })
  it("of a row that is bad for something else are claimed", () => {
    const batch = Input.parse(json({ id: "x", prompt: "" }, { id: "X", prompt: "a" }), "jsonl")
    assert.deepStrictEqual(wrongs(batch), [["x", 1, "prompt"], ["0002", 2, "id"]])
  })
})

const pick = (values: ReadonlyArray<string>, maxLength: number) =>
  Arbitrary.map(Arbitrary.array(Arbitrary.schema(Schema.Literals(values)), { maxLength }), (parts) => parts.join(""))
const noise = pick(["prompt", "id", "n", ",", ";", "\t", "\"", "\"\"", "\n", "\r\n", "\r", "\uFEFF", "{", "}", "{\"prompt\":\"a\"}", "{\"id\":\"0001\",\"prompt\":\"a\"}", "a fox", " ", "0001", "0001-2", "\ud800", "猫"], 40)
const cell = pick(["a", "fox", ",", ";", "\t", "\"", "\n", "\r", "\r\n", " ", "猫", "{"], 8)

describe("properties", () => {
  it.prop("any text: never throws, lines ascend and exist, no id twice, nothing but options that are allowed", [noise], ([text]) => {
    for (const format of [undefined, ...Input.formats]) {
      for (const head of ["", "prompt,id\n", "prompt;n\n"]) {
        const content = head + text
        const { bad, items, problem } = Input.parse(content, format)
        const rows = [...items, ...bad]
        assert.strictEqual(rows.length === 0, problem !== undefined)
        assert.strictEqual(new Set(rows.map(({ id }) => id.toLowerCase())).size, rows.length)
        for (const list of [items, bad]) assert.deepStrictEqual(list.map(({ line }) => line), list.map(({ line }) => line).toSorted((a, b) => a - b))
        const count = content.split("\n").length
        for (const { line } of rows) assert.isTrue(line >= 1 && line <= count)
      }
    }
  }, { arbitrary: { runs: 500 } })

  const separator = Arbitrary.schema(Schema.Literals([",", ";", "\t"]))
  const end = Arbitrary.schema(Schema.Literals(["\n", "\r\n"]))
  it.prop("CSV: a cell comes back as it was, on its line", [Arbitrary.array(cell, { maxLength: 12 }), separator, end], ([cells, s, end]) => {
    const quote = (text: string) => `"${text.replaceAll("\"", "\"\"")}"`
    let text = `quality${s}prompt${end}`
    const expected: Array<{ readonly line: number; readonly prompt: string }> = []
    for (const prompt of cells) {
      if (prompt.trim() !== "") expected.push({ line: text.split("\n").length, prompt })
      text += `high${s}${quote(prompt)}${end}`
    }
    const batch = Input.parse(text, "csv")
    assert.deepStrictEqual(batch.items.map(({ line, prompt }) => ({ line, prompt })), expected)
    assert.strictEqual(batch.items.length + batch.bad.length, cells.length)
  })
})

describe("hostile texts take linear time", () => {
  const size = 2 * 1024 * 1024
  it.each(["\"", "\"\"", ",", "\n", "\"\n", "{", "[", "\r", "prompt,", "\"a\"b", ";\"", " "])("%j, over and over", (part) => {
    const text = part.repeat(size / part.length)
    const started = performance.now()
    for (const format of [undefined, ...Input.formats]) Input.parse(text, format)
    Input.parse(`prompt,size\n${text}`, "csv")
    Input.parse(json({ prompt: "a" }) + "\n" + text)
    assert.isBelow(performance.now() - started, 10_000)
  })
  it("as do ids that all want the same number", () => {
    const rows = Array.from({ length: Input.maxRows - 1 }, (_, index) => ({ id: index === 0 ? "50000" : `50000-${index + 1}`, prompt: "a" }))
    assert.strictEqual(Input.parse(json(...rows, "a")).items.at(-1)?.id, "50000-50000")
  })
})

describe("read", () => {
  const folder = mkdtempSync(join(tmpdir(), "fixative-input-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const put = (name: string, content: string | Uint8Array) => {
    const file = join(folder, name)
    writeFileSync(file, content)
    return file
  }
  const read = (file: string, format?: Input.Format) => Effect.provide(Input.read(file, format), NodeServices.layer)
  const refused = (file: string, format?: Input.Format) => Effect.flip(read(file, format))

  it.live("reads by name, by content and as told", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* read(put("a.txt", "\uFEFFprompt,n\na,1"))).format, "csv")
      assert.deepStrictEqual(prompts(yield* read(put("a.jsonl", "\uFEFF\"a\""))), [["0001", 1, "a"]])
      assert.strictEqual((yield* read(put("b.txt", "prompt,n\na,1"), "text")).items.length, 2)
      const bad = yield* read(put("bad.csv", "prompt\n\"\na"))
      assert.deepStrictEqual([bad.items.length, bad.bad.length], [0, 1])
    }))

  it.live("says what is wrong with a file", () =>
    Effect.gen(function*() {
      const large = put("large.txt", "")
      truncateSync(large, Input.maxFileBytes + 1)
      const cases: ReadonlyArray<readonly [string, string]> = [
        [join(folder, "none"), "no such file"],
        [folder, "is not a file"],
        [large, "larger than 67108864 bytes"],
        [put("latin", Buffer.from("a fox\n\xe9\n", "latin1")), "line 2: not valid UTF-8"],
        [put("last", Buffer.concat([Buffer.from("é\n\n"), Buffer.from([0xc3])])), "line 3: not valid UTF-8"],
        [put("utf16", Buffer.from("\uFEFFa fox", "utf16le")), "line 1: not valid UTF-8, it looks like UTF-16"],
        [put("empty", "\n"), "no prompt"],
        [put("typo.csv", "prompt,modle\na,b"), "unknown column \"modle\""]
      ]
      for (const [file, expected] of cases) {
        const error = yield* refused(file)
        assert.deepStrictEqual([error._tag, error.code], ["CommandFailed", 2])
        assert.include(error.message, expected)
        assert.isTrue(error.message.startsWith(file))
      }
    }))

  it.live("leaves a stream that is too large", () =>
    Effect.gen(function*() {
      let pulled = 0
      const endless = Stream.forever(Stream.sync(() => (pulled++, new Uint8Array(1000))))
      const error = yield* Effect.flip(Source.collect("stdin", endless, 10_000))
      assert.include(error.message, "stdin is larger than 10000 bytes")
      assert.isBelow(pulled, 20)
      assert.strictEqual((yield* Source.collect("stdin", Stream.make(new Uint8Array(4), new Uint8Array(6)), 10)).length, 10)
    }))

  it("reads stdin for -", () => {
    const program = `
      import { NodeServices } from "@effect/platform-node"
      import { Effect } from "effect"
      import { read } from "./src/batch/Input.ts"
      Effect.runPromise(Effect.provide(Effect.result(read("-")), NodeServices.layer)).then((result) => process.stdout.write(JSON.stringify(result)))`
    const run = (input: string | Uint8Array) =>
      spawnSync(process.execPath, ["--input-type=module", "-e", program], { input, cwd: join(import.meta.dirname, ".."), encoding: "utf8", maxBuffer: 1e8 }).stdout
    assert.include(run("prompt;n\na fox;2\n"), "\"items\":[{\"id\":\"0001\",\"line\":2,\"prompt\":\"a fox\",\"options\":{\"n\":2}}]")
    assert.include(run(""), "stdin: no prompt")
    assert.include(run(Buffer.from([0xff])), "stdin, line 1: not valid UTF-8")
  })
})
