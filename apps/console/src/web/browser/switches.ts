import { effect } from '@preact/signals'
import type { LiveState } from '../live.ts'
import { liveState, pauseLive } from '../live.ts'
import type { Theme } from '../preferences.ts'
import { preferencesOf, THEMES } from '../preferences.ts'
import { timesShown } from '../shown-times.ts'

const PAUSED = 'live-paused'
const YEAR_S = 31_536_000
const THEME_WORDS: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' }
const LIVE_WORDS: Readonly<Record<LiveState, string>> = {
  idle: 'static',
  connecting: 'connecting',
  live: 'live',
  paused: 'paused',
  lost: 'not connected',
}

/** The switches at the top: colours, times, live or paused. */
export function connectSwitches(): void {
  const root = document.documentElement
  const chosen = preferencesOf(document.cookie)
  timesShown.value = chosen.times
  onClick('theme', (button) => {
    const theme = THEMES[(THEMES.indexOf(root.dataset.theme as Theme) + 1) % THEMES.length] ?? 'auto'
    root.dataset.theme = theme
    document.querySelector('meta[name=color-scheme]')?.setAttribute('content', theme === 'auto' ? 'light dark' : theme)
    button.textContent = THEME_WORDS[theme]
    keep('theme', theme)
  })
  onClick('times', (button) => {
    timesShown.value = timesShown.value === 'utc' ? 'local' : 'utc'
    button.textContent = timesShown.value === 'utc' ? 'UTC' : 'Local'
    keep('times', timesShown.value)
  })
  connectLive()
}

function connectLive(): void {
  const set = (paused: boolean): void => {
    // Of this tab alone, and not of those that are opened later.
    sessionStorage.setItem(PAUSED, String(paused))
    pauseLive(paused)
  }
  if (sessionStorage.getItem(PAUSED) === 'true') set(true)
  const button = onClick('live', () => set(liveState.value !== 'paused'))
  const word = button?.querySelector('.live-word')
  effect(() => {
    if (!button || !word) return
    button.dataset.live = liveState.value
    button.setAttribute('aria-pressed', String(liveState.value === 'paused'))
    word.textContent = LIVE_WORDS[liveState.value]
  })
}

function onClick(id: string, action: (button: HTMLElement) => void): HTMLElement | null {
  const button = document.getElementById(id)
  button?.addEventListener('click', () => action(button))
  return button
}

function keep(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not there without TLS
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=strict`
}
