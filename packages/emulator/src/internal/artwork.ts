/** A seeded background as SVG, without text: fonts differ between machines, shapes do not. */
import * as Prng from "./prng.ts"

interface Palette {
  readonly sky: readonly [string, string, string]
  readonly inks: readonly [string, string, string, string]
  readonly light: string
}

const palettes: readonly [Palette, ...ReadonlyArray<Palette>] = [
  { sky: ["#2b1055", "#7597de", "#f6c9a8"], inks: ["#3b2a6b", "#4c4f9b", "#6f7fc0", "#1d1240"], light: "#ffe8c7" },
  { sky: ["#0f3443", "#2c7a7b", "#bfe3c0"], inks: ["#0d2c36", "#17535c", "#3d8f86", "#f2b84b"], light: "#fdf6d8" },
  { sky: ["#ff9a5a", "#ff6f61", "#7b2d5b"], inks: ["#4a1942", "#8c2f5b", "#c94f5d", "#2a0f2e"], light: "#ffe3b3" },
  { sky: ["#dfe9f3", "#a9c9dd", "#6b93b5"], inks: ["#28527a", "#3f7cac", "#8fb8de", "#173753"], light: "#ffffff" },
  { sky: ["#fef3dc", "#f7c59f", "#ee8572"], inks: ["#35477d", "#6c5b7b", "#c06c84", "#f67280"], light: "#fffaf0" },
  { sky: ["#0b132b", "#1c2541", "#3a506b"], inks: ["#0a1020", "#243b55", "#5bc0be", "#6fffe9"], light: "#e6fffa" },
  { sky: ["#e8f5d0", "#a8d08d", "#5a9367"], inks: ["#24502f", "#3f7d4c", "#86b96f", "#d9a441"], light: "#fffde7" },
  { sky: ["#f3d9e5", "#c9a7d8", "#7d6bb0"], inks: ["#3c2a6d", "#6a4c93", "#b07bac", "#f2a6b3"], light: "#fff5fb" },
  { sky: ["#fbe4c9", "#e8a87c", "#41555f"], inks: ["#27343a", "#41555f", "#85605b", "#c38d5e"], light: "#fff6e5" },
  { sky: ["#1a2a6c", "#b21f1f", "#fdbb2d"], inks: ["#12103b", "#571845", "#900c3f", "#c70039"], light: "#ffe9a8" }
]

interface Canvas {
  readonly width: number
  readonly height: number
  /** The shorter side: what shapes scale with. */
  readonly unit: number
  readonly palette: Palette
  readonly random: Prng.Random
}

const f = (value: number) => value.toFixed(1)
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const ink = (c: Canvas) => Prng.pick(c.random, c.palette.inks)
const x = (c: Canvas) => Prng.between(c.random, 0, c.width)

const disc = (cx: number, cy: number, radius: number, fill: string, opacity: number) =>
  `<circle cx="${f(cx)}" cy="${f(cy)}" r="${f(radius)}" fill="${fill}" fill-opacity="${opacity.toFixed(2)}"/>`

/** A sun or moon with a soft halo. */
const light = (c: Canvas) => {
  const cx = Prng.between(c.random, 0.2, 0.8) * c.width
  const cy = Prng.between(c.random, 0.16, 0.4) * c.height
  const radius = Prng.between(c.random, 0.07, 0.15) * c.unit
  return `<circle cx="${f(cx)}" cy="${f(cy)}" r="${f(radius * 4)}" fill="url(#halo)"/>` +
    disc(cx, cy, radius, c.palette.light, 0.95)
}

/** One wavy ridge from edge to edge, filled to the bottom. */
const ridge = (c: Canvas, level: number, swing: number, fill: string, opacity: number) => {
  const waves = [1, 2, 5].map((n) => ({
    size: (swing * Prng.between(c.random, 0.5, 1)) / n,
    turns: n * Prng.between(c.random, 0.7, 1.4) * Math.PI * 2,
    phase: Prng.between(c.random, 0, Math.PI * 2)
  }))
  const at = (t: number) => level + waves.reduce((sum, w) => sum + w.size * Math.sin(w.turns * t + w.phase), 0)
  const points = range(61).map((i) => `${f((i / 60) * c.width)} ${f(at(i / 60))}`)
  return `<path d="M0 ${c.height}L${points.join("L")}L${c.width} ${c.height}Z" fill="${fill}" fill-opacity="${opacity.toFixed(2)}"/>`
}

const hills = (c: Canvas) => {
  const count = Prng.int(c.random, 4, 6)
  return light(c) + range(count).map((i) => {
    const depth = (i + 1) / count
    return ridge(c, c.height * (0.36 + 0.44 * depth), c.unit * 0.07 * (1.3 - depth * 0.5),
      c.palette.inks[(count - i) % 3] ?? c.palette.inks[0], 0.45 + 0.5 * depth)
  }).join("")
}

/** A jagged skyline by midpoint displacement: every halving is half as rough. */
const peak = (c: Canvas, base: number, tall: number, fill: string) => {
  let heights = [Prng.between(c.random, 0, 0.5), Prng.between(c.random, 0.6, 1), Prng.between(c.random, 0, 0.7)]
  for (let rough = 0.34; rough > 0.01; rough /= 2) {
    heights = heights.flatMap((height, i) => {
      const after = heights[i + 1]
      return after === undefined ? [height] : [height, (height + after) / 2 + Prng.between(c.random, -rough, rough)]
    })
  }
  const points = heights.map((height, i) => `${f((i / (heights.length - 1)) * c.width)} ${f(base - tall * height)}`)
  return `<path d="M0 ${c.height}L${points.join("L")}L${c.width} ${c.height}Z" fill="${fill}"/>`
}

const mountains = (c: Canvas) =>
  range(70).map(() =>
    disc(x(c), Prng.between(c.random, 0, 0.5) * c.height, Prng.between(c.random, 0.0007, 0.0028) * c.unit, c.palette.light,
      Prng.between(c.random, 0.3, 0.95))
  ).join("") + light(c) +
  range(3).map((i) =>
    `<g fill-opacity="${(0.5 + i * 0.22).toFixed(2)}">` +
    peak(c, c.height * (0.6 + i * 0.12), c.unit * (0.34 - i * 0.05), c.palette.inks[2 - i] ?? c.palette.inks[0]) + "</g>"
  ).join("")

const bubbles = (c: Canvas) =>
  range(Prng.int(c.random, 26, 40)).map((i) => {
    const radius = Prng.between(c.random, 0.02, i < 6 ? 0.26 : 0.11) * c.unit
    const fill = i % 4 === 0 ? c.palette.light : ink(c)
    const cx = x(c)
    const cy = Prng.between(c.random, 0, c.height)
    return disc(cx, cy, radius, fill, Prng.between(c.random, 0.18, 0.55)) +
      `<circle cx="${f(cx)}" cy="${f(cy)}" r="${f(radius * 0.82)}" fill="none" stroke="${c.palette.light}" stroke-opacity="0.35" stroke-width="${
        f(c.unit * 0.0025)
      }"/>`
  }).join("")

/** Quarter discs, discs and squares on a grid, as on a Bauhaus poster. */
const tiles = (c: Canvas) => {
  const side = c.unit / Prng.int(c.random, 4, 6)
  const shapes = ["quarter", "quarter", "disc", "ring", "square", "none"] as const
  return range(Math.ceil(c.height / side)).flatMap((row) =>
    range(Math.ceil(c.width / side)).map((column) => {
      const fill = Prng.int(c.random, 0, 4) === 0 ? c.palette.light : ink(c)
      const turn = 90 * Prng.int(c.random, 0, 3)
      const half = side / 2
      const shape = Prng.pick(c.random, shapes)
      const inner = shape === "quarter"
        ? `<path d="M${f(-half)} ${f(-half)}h${f(side)}a${f(side)} ${f(side)} 0 0 1 ${f(-side)} ${f(side)}z" fill="${fill}"/>`
        : shape === "disc"
        ? disc(0, 0, half * 0.8, fill, 1)
        : shape === "ring"
        ? `<circle r="${f(half * 0.62)}" fill="none" stroke="${fill}" stroke-width="${f(half * 0.36)}"/>`
        : shape === "square"
        ? `<rect x="${f(-half)}" y="${f(-half)}" width="${f(side)}" height="${f(side)}" fill="${fill}"/>`
        : ""
      return `<g transform="translate(${f((column + 0.5) * side)} ${f((row + 0.5) * side)}) rotate(${turn})" fill-opacity="0.9">${inner}</g>`
    })
  ).join("")
}

const ribbons = (c: Canvas) => {
  const rise = Prng.between(c.random, -0.35, 0.35) * c.height
  return light(c) + range(Prng.int(c.random, 9, 13)).map((i) => {
    const y = c.height * (0.06 + i * 0.075)
    const bend = Prng.between(c.random, 0.1, 0.32) * c.height
    return `<path d="M${f(-0.05 * c.width)} ${f(y)}C${f(c.width * 0.3)} ${f(y - bend)} ${f(c.width * 0.65)} ${f(y + bend)} ${
      f(c.width * 1.05)
    } ${f(y + rise)}" fill="none" stroke="${i % 5 === 2 ? c.palette.light : ink(c)}" stroke-opacity="${
      Prng.between(c.random, 0.45, 0.9).toFixed(2)
    }" stroke-linecap="round" stroke-width="${f(c.unit * Prng.between(c.random, 0.012, 0.05))}"/>`
  }).join("")
}

const rays = (c: Canvas) => {
  const cx = Prng.between(c.random, 0.25, 0.75) * c.width
  const cy = Prng.between(c.random, 0.3, 0.55) * c.height
  const reach = c.width + c.height
  const count = Prng.int(c.random, 11, 19)
  const start = Prng.between(c.random, 0, Math.PI)
  const beam = (i: number, fill: string) => {
    const [from, to] = [i, i + 0.5].map((k) => start + (k / count) * Math.PI * 2) as [number, number]
    return `<path d="M${f(cx)} ${f(cy)}L${f(cx + reach * Math.cos(from))} ${f(cy + reach * Math.sin(from))}L${
      f(cx + reach * Math.cos(to))
    } ${f(cy + reach * Math.sin(to))}Z" fill="${fill}" fill-opacity="0.5"/>`
  }
  return range(count).map((i) => beam(i, c.palette.inks[i % 3] ?? c.palette.inks[0])).join("") +
    range(5).map((i) => disc(cx, cy, c.unit * (0.27 - i * 0.05), i % 2 === 0 ? c.palette.inks[i % 4] ?? "" : c.palette.light, 0.95))
      .join("")
}

const motifs = [hills, mountains, bubbles, tiles, ribbons, rays] as const

/** An SVG document of this size. The same generator state gives the same document. */
export const svg = (options: {
  readonly width: number
  readonly height: number
  readonly random: Prng.Random
  readonly transparent: boolean
}): string => {
  const { height, random, transparent, width } = options
  const palette = Prng.pick(random, palettes)
  const canvas: Canvas = { width, height, unit: Math.min(width, height), palette, random }
  const tilt = Prng.between(random, -0.25, 0.25)
  const motif = Prng.pick(random, motifs)
  const stops = palette.sky.map((color, i) => `<stop offset="${i * 0.5}" stop-color="${color}"/>`).join("")
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<defs><linearGradient id="sky" x1="${f(0.5 - tilt)}" y1="0" x2="${f(0.5 + tilt)}" y2="1">${stops}</linearGradient>` +
    `<radialGradient id="halo"><stop offset="0" stop-color="${palette.light}" stop-opacity="0.55"/>` +
    `<stop offset="0.45" stop-color="${palette.light}" stop-opacity="0.18"/>` +
    `<stop offset="1" stop-color="${palette.light}" stop-opacity="0"/></radialGradient></defs>` +
    (transparent ? "" : `<rect width="${width}" height="${height}" fill="url(#sky)"/>`) + motif(canvas) + "</svg>"
}
