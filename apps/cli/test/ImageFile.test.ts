import { assert, describe, it } from "@effect/vitest"
import * as ImageFile from "../src/ImageFile.ts"

describe("slug", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["A red fox, gouache!", "a-red-fox-gouache"],
    ["A lighthouse in fog at dawn, gouache on rough paper", "a-lighthouse-in-fog-at-dawn-gouache-on"],
    ["Ünïcödé Straße", "unicode-straße"],
    ["Портрет часовщика", "портрет-часовщика"],
    ["茶を飲む猫", "茶を飲む猫"],
    ["../../etc/passwd", "etc-passwd"],
    ["...!!!", "image"],
    ["", "image"],
    ["x".repeat(300), "x".repeat(40)],
    ["🦊🦊", "image"]
  ]
  it.each(cases)("%s", (prompt, expected) => {
    assert.strictEqual(ImageFile.slug(prompt), expected)
  })

  it("fits a file name in any script", () => {
    for (const prompt of ["猫".repeat(500), "ж".repeat(500), "a ".repeat(500), "𝔞".repeat(500)]) {
      assert.isAtMost(Buffer.byteLength(`00001-${ImageFile.slug(prompt)}-10.webp`), 143)
    }
  })
})
