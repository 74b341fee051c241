/** How the window looks to this person; kept by the browser, as it concerns this window alone. */
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
export const MOTIONS = ['system', 'reduced'] as const
export type Motion = (typeof MOTIONS)[number]

const THEME_KEY = 'erratum.theme'
const MOTION_KEY = 'erratum.motion'
const KEYS_KEY = 'erratum.keyCaps'

export class Preferences {
  theme = $state<Theme>(THEMES.find((t) => t === localStorage.getItem(THEME_KEY)) ?? 'system')
  motion = $state<Motion>(MOTIONS.find((m) => m === localStorage.getItem(MOTION_KEY)) ?? 'system')
  /** key caps beside the things that they do */
  keyCaps = $state(localStorage.getItem(KEYS_KEY) !== 'hidden')
  #systemIsDark = $state(false)

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)')
    this.#systemIsDark = query.matches
    query.addEventListener('change', (change) => (this.#systemIsDark = change.matches))
    $effect.root(() => {
      $effect(() => {
        document.documentElement.dataset['theme'] = this.shown
        document.documentElement.dataset['motion'] = this.motion
        localStorage.setItem(THEME_KEY, this.theme)
        localStorage.setItem(MOTION_KEY, this.motion)
        localStorage.setItem(KEYS_KEY, this.keyCaps ? 'shown' : 'hidden')
      })
    })
  }

  get shown(): 'light' | 'dark' {
    return this.theme === 'system' ? (this.#systemIsDark ? 'dark' : 'light') : this.theme
  }
}

export const preferences = new Preferences()
