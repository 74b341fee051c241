/** Charts as a picture: one SVG text, or painted on a canvas, from the same layout that the page draws. */
import type { ChartLayout, Curve } from './chart-layout.ts'

export interface ChartPicture {
  title: string
  means: string
  layout: ChartLayout
}

export interface PictureColours {
  paper: string
  ink: string
  muted: string
  line: string
  alarm: string
  /** of the palette */
  curves: readonly string[]
}

const GAP = 24
const HEAD = 44
const FONT = '12px Inter, system-ui, sans-serif'
const DASHES: Record<Curve['style'], number[]> = { solid: [], dashed: [6, 4], dotted: [2, 3] }

interface Sheet {
  width: number
  height: number
  places: { picture: ChartPicture; x: number; y: number }[]
  notesAt: number
}

function sheetOf(pictures: readonly ChartPicture[], notes: readonly string[]): Sheet {
  const { width: w, height: h } = pictures[0]?.layout.box ?? { width: 400, height: 200 }
  const columns = Math.min(2, Math.max(1, pictures.length))
  const places = pictures.map((picture, i) => ({
    picture,
    x: GAP + (i % columns) * (w + GAP),
    y: GAP + Math.floor(i / columns) * (HEAD + h + GAP)
  }))
  const notesAt = GAP + Math.ceil(pictures.length / columns) * (HEAD + h + GAP)
  return { width: GAP + columns * (w + GAP), height: notesAt + 18 * notes.length + GAP, places, notesAt }
}

/** A whole SVG file. @param notes lines under the charts: how the figures came about */
export function chartsSvg(
  pictures: readonly ChartPicture[],
  notes: readonly string[],
  colours: PictureColours
): string {
  const { width, height, places, notesAt } = sheetOf(pictures, notes)
  const text = (x: number, y: number, words: string, fill: string, more = ''): string =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${fill}" ${more}>${escaped(words)}</text>`
  const charts = places.map(({ picture: { title, means, layout: l }, x, y }) => {
    const parts = [
      text(0, 14, title, colours.ink, 'font-weight="600" font-size="13"'),
      text(0, 32, means, colours.muted),
      `<g transform="translate(0 ${HEAD})">`,
      `<path d="M${l.left} ${l.top}V${l.bottom}H${l.right}" fill="none" stroke="${colours.line}"/>`,
      ...l.across.map((t) => text(t.at, l.bottom + 17, t.words, colours.muted, 'text-anchor="middle"')),
      ...l.up.map((t) => text(l.left - 6, t.at + 4, t.words, colours.muted, 'text-anchor="end"')),
      ...l.curves.flatMap(({ curve, line, band, label }) => {
        const colour = colours.curves[curve.colour % colours.curves.length]
        return [
          band && `<path d="${band}" fill="${colour}" opacity="0.14"/>`,
          `<path d="${line}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-dasharray="${DASHES[curve.style].join(' ')}"/>`,
          label === null ? '' : text(l.right + 8, label + 4, curve.name, nameColour(curve, colours))
        ]
      }),
      ...l.marks.map((m) => `<path d="${markPath(m.x, l.top)}" fill="${colours.alarm}"/>`),
      '</g>'
    ]
    return `<g transform="translate(${x} ${y})">${parts.join('')}</g>`
  })
  const told = notes.map((note, i) => text(GAP, notesAt + 12 + 18 * i, note, colours.muted))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter, system-ui, sans-serif" font-size="12"><rect width="100%" height="100%" fill="${colours.paper}"/>${charts.join('')}${told.join('')}</svg>\n`
}

/** The same as a PNG, two pixels for one. */
export async function chartsPng(
  pictures: readonly ChartPicture[],
  notes: readonly string[],
  colours: PictureColours
): Promise<Blob | null> {
  const { width, height, places, notesAt } = sheetOf(pictures, notes)
  const canvas = document.createElement('canvas')
  ;[canvas.width, canvas.height] = [2 * width, 2 * height]
  const pen = canvas.getContext('2d')
  if (!pen) return null
  pen.scale(2, 2)
  pen.fillStyle = colours.paper
  pen.fillRect(0, 0, width, height)
  const text = (
    x: number,
    y: number,
    words: string,
    fill: string,
    align: CanvasTextAlign = 'left',
    font = FONT
  ): void => {
    ;[pen.fillStyle, pen.textAlign, pen.font] = [fill, align, font]
    pen.fillText(words, x, y)
  }
  for (const { picture, x, y } of places) {
    const { title, means, layout: l } = picture
    pen.save()
    pen.translate(x, y)
    text(0, 14, title, colours.ink, 'left', `600 13px Inter, system-ui, sans-serif`)
    text(0, 32, means, colours.muted)
    pen.translate(0, HEAD)
    pen.strokeStyle = colours.line
    pen.stroke(new Path2D(`M${l.left} ${l.top}V${l.bottom}H${l.right}`))
    for (const t of l.across) text(t.at, l.bottom + 17, t.words, colours.muted, 'center')
    for (const t of l.up) text(l.left - 6, t.at + 4, t.words, colours.muted, 'right')
    for (const { curve, line, band, label } of l.curves) {
      const colour = colours.curves[curve.colour % colours.curves.length]
      ;[pen.fillStyle, pen.globalAlpha] = [colour, 0.14]
      if (band) pen.fill(new Path2D(band))
      pen.globalAlpha = 1
      ;[pen.strokeStyle, pen.lineWidth] = [colour, 1.5]
      pen.setLineDash(DASHES[curve.style])
      pen.stroke(new Path2D(line))
      pen.setLineDash([])
      pen.lineWidth = 1
      if (label !== null) text(l.right + 8, label + 4, curve.name, nameColour(curve, colours))
    }
    pen.fillStyle = colours.alarm
    for (const m of l.marks) pen.fill(new Path2D(markPath(m.x, l.top)))
    pen.restore()
  }
  notes.forEach((note, i) => text(GAP, notesAt + 12 + 18 * i, note, colours.muted))
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}

/** A dotted line is a level, and stands behind the others. */
const nameColour = ({ style, colour }: Curve, { curves, muted }: PictureColours): string =>
  style === 'dotted' ? muted : curves[colour % curves.length]

/** A triangle that points down at the batch. */
export const markPath = (x: number, top: number): string =>
  `M${(x - 5).toFixed(1)} ${top - 9}h10L${x.toFixed(1)} ${top}Z`

/** Hands a file to the person. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
