/** What part of a map is in sight: which of its points is in the middle of the picture, and how large a unit is. */
export interface Camera {
  /** of the map; y grows upwards */
  readonly x: number
  readonly y: number
  /** px a unit */
  readonly scale: number
}

/** In px. */
export interface Size {
  readonly width: number
  readonly height: number
}

interface Points {
  readonly x: readonly number[]
  readonly y: readonly number[]
}

const EDGE_PX = 36
/** How much nearer than the whole one can look. */
const DEEPEST = 400
/** And how much farther. */
const FARTHEST = 0.5

/** All points in sight, as large as there is room. */
export function wholeMap({ x, y }: Points, { width, height }: Size): Camera {
  if (x.length === 0) return { x: 0, y: 0, scale: 1 }
  const [left, right] = rangeOf(x)
  const [low, high] = rangeOf(y)
  const across = (width - 2 * EDGE_PX) / (right - left)
  const up = (height - 2 * EDGE_PX) / (high - low)
  const scale = Math.min(across, up)
  return {
    x: (left + right) / 2,
    y: (low + high) / 2,
    // Points all in one place have no extent to go by.
    scale: Number.isFinite(scale) && scale > 0 ? scale : 40
  }
}

export function toPicture(camera: Camera, { width, height }: Size, x: number, y: number): [px: number, py: number] {
  return [width / 2 + (x - camera.x) * camera.scale, height / 2 - (y - camera.y) * camera.scale]
}

export function toMap(camera: Camera, { width, height }: Size, px: number, py: number): [x: number, y: number] {
  return [camera.x + (px - width / 2) / camera.scale, camera.y - (py - height / 2) / camera.scale]
}

/** Nearer by a factor, or farther where it is below 1; what is under px, py stays there. @param whole sets the limits */
export function zoomed(camera: Camera, size: Size, factor: number, whole: Camera, px: number, py: number): Camera {
  const scale = Math.min(DEEPEST * whole.scale, Math.max(FARTHEST * whole.scale, camera.scale * factor))
  const [x, y] = toMap(camera, size, px, py)
  return { x: x - (px - size.width / 2) / scale, y: y + (py - size.height / 2) / scale, scale }
}

/** The picture moved along with what is drawn, in px. */
export function moved(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y + dy / camera.scale }
}

function rangeOf(values: readonly number[]): [number, number] {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return [least, most]
}
