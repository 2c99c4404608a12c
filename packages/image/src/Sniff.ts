/** What bytes are, by their first ones: a file's own header is believed before any answer's word for it. */

export type MediaType = "image/png" | "image/jpeg" | "image/webp" | "image/gif" | "image/svg+xml"

export interface Sniffed {
  readonly mediaType: MediaType
  /** Pixels, where the header says so. */
  readonly width?: number
  readonly height?: number
}

const extensions: Readonly<Record<MediaType, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/svg+xml": "svg"
}

/** The usual ending of a file of this type, without a dot. */
export const extension = (mediaType: MediaType): string => extensions[mediaType]

const ascii = (bytes: Uint8Array, start: number, end: number): string => String.fromCharCode(...bytes.subarray(start, end))

const dimensions = (width: number, height: number): { readonly width: number; readonly height: number } | undefined =>
  width > 0 && height > 0 ? { width, height } : undefined

// ISO/IEC 10918-1: a start-of-frame marker (C0-CF, but not C4, C8 and CC) holds height and width.
const jpegSize = (bytes: Uint8Array, view: DataView) => {
  let at = 2
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) at += 1 // fill
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return dimensions(view.getUint16(at + 7), view.getUint16(at + 5))
    } else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

// RFC 9649: lossy, lossless and extended files keep their size in three places.
const webpSize = (bytes: Uint8Array, view: DataView) => {
  if (bytes.length < 30) return undefined
  switch (ascii(bytes, 12, 16)) {
    case "VP8 ":
      return dimensions(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff)
    case "VP8L": {
      const bits = view.getUint32(21, true)
      return dimensions((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1)
    }
    case "VP8X":
      return dimensions((view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1)
    default:
      return undefined
  }
}

/** What the bytes are; `undefined` when they are no picture that is known here. */
export const sniff = (bytes: Uint8Array): Sniffed | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a) {
    return { mediaType: "image/png", ...dimensions(view.getUint32(16), view.getUint32(20)) }
  }
  if (bytes.length >= 4 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) {
    return { mediaType: "image/jpeg", ...jpegSize(bytes, view) }
  }
  if (bytes.length >= 12 && ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 12) === "WEBP") {
    return { mediaType: "image/webp", ...webpSize(bytes, view) }
  }
  if (bytes.length >= 10 && /^GIF8[79]a$/.test(ascii(bytes, 0, 6))) {
    return { mediaType: "image/gif", ...dimensions(view.getUint16(6, true), view.getUint16(8, true)) }
  }
  const head = new TextDecoder().decode(bytes.subarray(0, 512)).replace(/^\uFEFF/, "").trimStart()
  return /^(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,200}-->\s*)?<svg[\s>]/i.test(head) ? { mediaType: "image/svg+xml" } : undefined
}
