/** Draws the map of an index on a canvas: thousands of keys within one frame. */
import { RECORD_STATES } from '../../contract/index-map.ts'
import type { IndexAnswer, IndexedRecord, IndexMap, IndexScopes } from '../../contract/index-map.ts'
import { figure } from './format.ts'
import { STANDINGS } from './index-words.ts'
import type { Shape } from './index-words.ts'
import { toPicture } from './map-camera.ts'
import type { Camera, Size } from './map-camera.ts'

export interface MapColours {
  paper: string
  ink: string
  muted: string
  line: string
  accent: string
  query: string
}

export interface DrawnMap {
  map: IndexMap
  scopes: IndexScopes | null
  showsScopes: boolean
  selected: IndexedRecord | null
  answer: IndexAnswer | null
  camera: Camera
  size: Size
  colours: MapColours
  /** a mark in the middle, which Enter takes */
  aims: boolean
}

type Context = CanvasRenderingContext2D

const FONT = '12px "Inter Variable", system-ui, sans-serif'
/** Smaller circles than this are no more than their dot. */
const LEAST_CIRCLE_PX = 4
/** More circles than this cover each other and tell nothing, and take longer than a frame. */
export const MOST_CIRCLES = 1500
/** More dots than this are small squares of whole pixels, which take a fifth of the time. */
const MOST_ROUND = 1500

/**
 * @param context of a canvas whose unit is the CSS pixel
 * @returns whether there are so many circles in sight that none was drawn
 */
export function drawMap(context: Context, drawn: DrawnMap): boolean {
  const { size, colours } = drawn
  context.fillStyle = colours.paper
  context.fillRect(0, 0, size.width, size.height)
  const isCrowded = !drawCircles(context, drawn)
  for (const [place] of RECORD_STATES.entries()) drawRecords(context, drawn, place)
  drawSelected(context, drawn)
  drawQuery(context, drawn)
  if (drawn.aims) drawAim(context, drawn)
  return isCrowded
}

/** Sure scopes of live records, or clusters with their centres. @returns false where there are too many */
function drawCircles(context: Context, drawn: DrawnMap): boolean {
  const { map, showsScopes, camera, size, colours } = drawn
  if (!showsScopes) return true
  const circles = circlesInSight(drawn)
  if (circles === null) return false
  context.strokeStyle = colours.line
  context.lineWidth = 0.75
  context.beginPath()
  for (const [px, py, r] of circles) {
    context.moveTo(px + r, py)
    context.arc(px, py, r, 0, 2 * Math.PI)
  }
  for (const { x, y } of map.clusters) {
    const [px, py] = toPicture(camera, size, x, y)
    context.moveTo(px - 4, py)
    context.lineTo(px + 4, py)
    context.moveTo(px, py - 4)
    context.lineTo(px, py + 4)
  }
  context.stroke()
  return true
}

/** In px; null: more than are drawn. */
function circlesInSight({ map, scopes, camera, size }: DrawnMap): [px: number, py: number, r: number][] | null {
  const circles: [number, number, number][] = []
  const take = (x: number, y: number, radius: number): boolean => {
    const r = radius * camera.scale
    const [px, py] = toPicture(camera, size, x, y)
    if (r >= LEAST_CIRCLE_PX && isInSight(px, py, r, size)) circles.push([px, py, r])
    return circles.length <= MOST_CIRCLES
  }
  const { x, y } = map.records
  if (scopes && !scopes.sure.every((sure, i) => take(x[i], y[i], sure))) return null
  return map.clusters.every((cluster) => take(cluster.x, cluster.y, cluster.radius)) ? circles : null
}

/** All records of one standing, as one path. */
function drawRecords(context: Context, { map, camera, size, colours }: DrawnMap, standing: number): void {
  const { shape } = STANDINGS[RECORD_STATES[standing]]
  const { x, y, standing: standings } = map.records
  const r = markSize(x.length, shape)
  const isCoarse = shape === 'dot' && x.length > MOST_ROUND
  context.fillStyle = colours.accent
  context.beginPath()
  for (let i = 0; i < x.length; i++) {
    if (standings[i] !== standing) continue
    const [px, py] = toPicture(camera, size, x[i], y[i])
    if (!isInSight(px, py, r, size)) continue
    if (isCoarse) context.fillRect(Math.round(px - r), Math.round(py - r), Math.round(2 * r), Math.round(2 * r))
    else trace(context, shape, px, py, r)
  }
  context.lineWidth = 1.25
  context.strokeStyle = colours.ink
  if (shape === 'dot') context.fill()
  else context.stroke()
}

function drawSelected(context: Context, drawn: DrawnMap): void {
  const { map, selected, scopes, camera, size, colours } = drawn
  if (!selected || selected.record >= map.records.x.length) return
  const at = (place: number) => toPicture(camera, size, map.records.x[place], map.records.y[place])
  const [px, py] = at(selected.record)
  context.strokeStyle = colours.ink
  context.lineWidth = 1.5
  const rival = selected.scope?.rival
  if (rival) {
    const [rx, ry] = at(rival.record)
    line(context, px, py, rx, ry)
    diamond(context, rx, ry, 7)
    label(context, colours, `rival, ${figure(rival.distance)}`, rx, ry + 4, rx < px ? -11 : 11)
  }
  if (selected.by) line(context, px, py, ...at(selected.by.record), [2, 3])
  const cluster = selected.cluster && map.clusters[selected.cluster.place]
  if (cluster) line(context, px, py, ...toPicture(camera, size, cluster.x, cluster.y))
  const sure = (selected.scope?.sure ?? 0) * camera.scale
  if (scopes && sure > 0) ring(context, px, py, sure)
  context.strokeStyle = colours.accent
  context.lineWidth = 2.5
  ring(context, px, py, 9)
}

function drawQuery(context: Context, { map, answer, camera, size, colours }: DrawnMap): void {
  if (!answer || answer.state !== map.state) return
  const [px, py] = toPicture(camera, size, answer.x, answer.y)
  context.strokeStyle = colours.query
  context.lineWidth = 1.5
  const nearest = answer.record ?? answer.near.at(0)?.record
  if (nearest !== undefined) {
    const [nx, ny] = toPicture(camera, size, map.records.x[nearest], map.records.y[nearest])
    line(context, px, py, nx, ny, answer.block === null ? [5, 4] : [])
  }
  context.fillStyle = colours.query
  context.beginPath()
  star(context, px, py, 9)
  context.fill()
  context.strokeStyle = colours.paper
  context.stroke()
  label(context, colours, 'your text', px, py - 12, 0)
}

function drawAim(context: Context, { size, colours }: DrawnMap): void {
  const [x, y] = [size.width / 2, size.height / 2]
  context.strokeStyle = colours.accent
  context.lineWidth = 1.5
  line(context, x - 12, y, x - 4, y)
  line(context, x + 4, y, x + 12, y)
  line(context, x, y - 12, x, y - 4)
  line(context, x, y + 4, x, y + 12)
}

/** Half the extent of a mark, px: among many they are smaller. */
function markSize(count: number, shape: Shape): number {
  const dot = count > MOST_ROUND ? 1.75 : count > 400 ? 2.5 : 4
  return shape === 'dot' ? dot : dot + 1.25
}

function trace(context: Context, shape: Shape, x: number, y: number, r: number): void {
  if (shape === 'square') context.rect(x - r, y - r, 2 * r, 2 * r)
  else if (shape === 'cross') {
    context.moveTo(x - r, y - r)
    context.lineTo(x + r, y + r)
    context.moveTo(x + r, y - r)
    context.lineTo(x - r, y + r)
  } else {
    context.moveTo(x + r, y)
    context.arc(x, y, r, 0, 2 * Math.PI)
  }
}

function isInSight(x: number, y: number, r: number, { width, height }: Size): boolean {
  return x + r >= 0 && x - r <= width && y + r >= 0 && y - r <= height
}

function line(context: Context, x: number, y: number, toX: number, toY: number, dash: number[] = []): void {
  context.setLineDash(dash)
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(toX, toY)
  context.stroke()
  context.setLineDash([])
}

function ring(context: Context, x: number, y: number, r: number): void {
  context.beginPath()
  context.arc(x, y, r, 0, 2 * Math.PI)
  context.stroke()
}

function diamond(context: Context, x: number, y: number, r: number): void {
  context.beginPath()
  context.moveTo(x, y - r)
  context.lineTo(x + r, y)
  context.lineTo(x, y + r)
  context.lineTo(x - r, y)
  context.closePath()
  context.stroke()
}

function star(context: Context, x: number, y: number, r: number): void {
  for (let i = 0; i < 8; i++) {
    const [angle, far] = [(i * Math.PI) / 4 - Math.PI / 2, i % 2 === 0 ? r : r * 0.4]
    const [px, py] = [x + far * Math.cos(angle), y + far * Math.sin(angle)]
    if (i === 0) context.moveTo(px, py)
    else context.lineTo(px, py)
  }
  context.closePath()
}

/** Words that stay readable on whatever lies under them. @param aside px to the right of x, or to the left; 0: over it */
function label(
  context: Context,
  { ink, paper }: MapColours,
  words: string,
  at: number,
  y: number,
  aside: number
): void {
  const x = at + aside
  context.textAlign = aside === 0 ? 'center' : aside > 0 ? 'left' : 'right'
  context.font = FONT
  context.lineWidth = 4
  context.lineJoin = 'round'
  context.strokeStyle = paper
  context.strokeText(words, x, y)
  context.fillStyle = ink
  context.fillText(words, x, y)
}
